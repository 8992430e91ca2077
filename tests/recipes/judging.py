"""Recipes trained, and what must not happen then."""

import contextlib
import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from archc.cli.main import main as archc

from .drawing import Case


class Verdict(NamedTuple):
    """How a training ended, and what it must not have done: empty where all is well."""

    ended: str
    wrong: str


def judge(case: Case, folder: Path) -> Verdict:
    """Trains a case into a folder that is not there yet, with spec and data beside it, and does
    what is to follow."""
    spec = folder.parent / "net.arch"
    spec.write_text(case.text)
    case.write(folder.parent)
    arguments = ["train", str(spec), "--run", str(folder), "--limit-batches", "2"]
    verdict = _run([*arguments, *case.options])
    if verdict.ended != "done" or "--dry-run" in case.options:
        return verdict
    if not (folder / "result.json").exists():
        return Verdict("failed", "no result")
    return _run([word.replace("RUN", str(folder)) for word in case.afterwards])


def _run(arguments: Sequence[str]) -> Verdict:
    """Runs a command."""
    told = io.StringIO()
    with (
        contextlib.redirect_stdout(told),
        contextlib.redirect_stderr(told),
        warnings.catch_warnings(record=True) as warned,
    ):
        warnings.simplefilter("default")
        status = archc(arguments)
    if status not in (0, 1) or "Traceback" in told.getvalue():
        return Verdict("failed", f"{arguments}: {told.getvalue()}")
    if warned:
        return Verdict("failed", f"{arguments}: a Python warning: {warned[0].message}")
    if status == 1 and "error[" not in told.getvalue() and "archc: " not in told.getvalue():
        return Verdict("failed", f"{arguments}: status 1 without a reason: {told.getvalue()}")
    return Verdict("refused" if status else "done", "")
