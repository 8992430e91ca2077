"""Checks that ask torch."""

from pathlib import Path

from archc.pipeline import Analysis, analyse
from archc.probe import Probe
from archc.spec import from_text


def checked(probe: Probe, text: str, folder: Path | None = None) -> Analysis:
    """The analysis of a text, whose Python layers may be loaded where a folder is given."""
    spec = from_text(text)
    if folder is not None:
        spec = spec._replace(folder=str(folder), allow_python=True)
    return analyse(spec, probe=probe)


def codes(analysis: Analysis) -> list[str]:
    return [diagnostic.code for diagnostic in analysis.diagnostics]
