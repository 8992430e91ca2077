"""`archc check --watch`: the check again whenever a file changes."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn

_PAUSE = 0.2
_CLEAR = "\033[2J\033[3J\033[H"

State = Mapping[str, tuple[int, int] | None]


def watch(check: Callable[[], Iterable[str]]) -> NoReturn:
    """Checks, and checks again when one of the files that it names has changed, until the user
    interrupts it. A terminal is cleared first."""
    while True:
        if sys.stdout.isatty():
            print(_CLEAR, end="")
        seen = _state(check())
        sys.stdout.flush()
        while _state(seen) == seen:
            time.sleep(_PAUSE)


def _state(files: Iterable[str]) -> State:
    """When each file was changed, and its size; None where it is not there."""
    return {file: _stamp(file) for file in files}


def _stamp(file: str) -> tuple[int, int] | None:
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
