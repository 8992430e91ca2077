"""One input, judged: its verdict, or what is wrong and how to see it again."""

import os
import traceback
from collections.abc import Callable
from tempfile import TemporaryDirectory
from typing import NamedTuple
from unittest.mock import patch

from .bounds import TooSlow, limited_time
from .draw import Case
from .examine import Broken, examine

_MOST_TRIALS = 300
_SLOW = "too slow"


class Verdict(NamedTuple):
    """`kind` says in a word what became of an input; for a failure it is equal where the same line
    of the program fails, and `wrong` tells the story."""

    kind: str
    wrong: str = ""


def judge(case: Case) -> Verdict:
    """Examines an input in a folder of its own, in bounded time."""
    # Python that nobody can start: what modules of others make of shapes is not asked here.
    nobody = patch.dict(os.environ, {"ARCHC_PYTHON": os.devnull})
    with nobody, TemporaryDirectory(prefix="archc-fuzzing-") as folder:
        try:
            with limited_time():
                return Verdict(examine(case, folder))
        except (Exception, TooSlow) as error:
            return Verdict(_place(error), traceback.format_exc(limit=-8))


def _place(error: BaseException) -> str:
    """The kind of a failure and where in archc it shows."""
    if isinstance(error, Broken):
        return ":".join(str(error).split(":")[:2])
    if isinstance(error, TooSlow):
        return _SLOW
    frames = traceback.extract_tb(error.__traceback__)
    own = next((frame for frame in reversed(frames) if "archc" in frame.filename), frames[-1])
    return f"{type(error).__name__} in {os.path.basename(own.filename)}:{own.lineno}"


def smaller(case: Case) -> Case:
    """A small input that fails alike: the main text without all parts that are not needed. What is
    slow stays as it is: to try others takes as long."""
    kind = judge(case).kind
    trials = _MOST_TRIALS if kind == _SLOW else 0

    def fails(main: bytes | str) -> bool:
        nonlocal trials
        trials += 1
        return trials < _MOST_TRIALS and judge(case._replace(main=main)).kind == kind

    return case._replace(main=_shrunk(case.main, fails))


def _shrunk(main: bytes | str, fails: Callable[[bytes | str], bool]) -> bytes | str:
    """Takes out ever smaller pieces while what is left fails."""
    size = len(main) // 2
    while size:
        at = 0
        while at < len(main):
            shorter = main[:at] + main[at + size :]
            if fails(shorter):
                main = shorter
            else:
                at += size
        size //= 2
    return main
