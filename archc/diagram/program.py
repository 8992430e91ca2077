"""DOT text to pictures, by Graphviz's program `dot`."""

import re
import shutil
import subprocess

FORMATS = ("svg", "png", "pdf")

TIME_LIMIT = 30
"""Seconds until a layout is given up."""

_RESOLUTION = "144"
"""Dots an inch of a png: text stays sharp at twice the size."""

_GET_DOT = (
    "get it by `apt install graphviz`, `brew install graphviz` or `winget install graphviz`,"
    " or from https://graphviz.org/download"
)


class CannotRender(Exception):
    """There is no picture; the text says why, and what helps."""


def render(source: str, form: str) -> bytes:
    """The picture of a DOT text as svg, png or pdf.

    Raises CannotRender without `dot`, where it fails, and after 30 seconds; ValueError for other
    formats.
    """
    if form not in FORMATS:
        raise ValueError(f"there is no format '{form}'; there are {', '.join(FORMATS)}")
    program = shutil.which("dot")
    if program is None:
        raise CannotRender(f"`dot` of Graphviz is not installed: {_GET_DOT}")
    command = [program, f"-T{form}", *([f"-Gdpi={_RESOLUTION}"] if form == "png" else [])]
    try:
        done = subprocess.run(
            command, input=source.encode(), capture_output=True, timeout=TIME_LIMIT
        )
    except subprocess.TimeoutExpired:
        raise CannotRender(f"`dot` needs more than {TIME_LIMIT} seconds for this picture") from None
    except OSError as error:
        raise CannotRender(f"`dot` cannot be run: {error.strerror}") from None
    if done.returncode or not done.stdout:
        said = " ".join(done.stderr.decode(errors="replace").split())[:200]
        raise CannotRender(f"`dot` failed: {said or f'status {done.returncode}'}")
    return _cleaned(done.stdout) if form == "svg" else done.stdout


def _cleaned(svg: bytes) -> bytes:
    """Drops the titles of nodes and edges, which browsers show as tooltips and which say nothing:
    `stage1`. The first title is the picture's own. `transparent`, which old versions of Graphviz
    write, is no colour of SVG 1.1."""
    head, title, rest = svg.replace(b'"transparent"', b'"none"').partition(b"</title>")
    return head + title + re.sub(rb"<title>[^<]*</title>\r?\n?", b"", rest)
