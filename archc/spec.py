"""What a user means by SPEC: a file or a block of it, a shipped spec, standard input, a text."""

import os
import re
import sys

from archc.diagnostic import ArchError
from archc.errors import syntax as errors
from archc.resources import specs_folder
from archc.source import Source, Span
from archc.syntax.parse import MAX_SIZE
from archc.tuples import NamedTuple

_SUFFIX = ".arch"
_MARK = b"\xef\xbb\xbf"
"""The byte-order mark that some editors put in front of UTF-8."""
_MOST = (
    4 * MAX_SIZE + 1
)  # bytes: every text of a legal size, and enough of the others to refuse them


class Spec(NamedTuple):
    """A text to compile, the block of it that is meant, and what is said from outside."""

    source: Source
    name: str
    block: str | None = None
    inputs: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    folder: str = "."
    """The folder that paths in the spec start from."""
    allow_python: bool = False
    """Whether Python code that the spec names may be imported."""
    python_folder: str | None = None
    """Where that code is looked for first; None for the project's folder."""


def from_text(text: str, name: str = "-e", network: str = "net") -> Spec:
    """A spec given as a text; a byte order mark in front of it is none of it."""
    return Spec(Source(name, text.removeprefix("\ufeff")), network)


def from_command_line(spec: str) -> Spec:
    """A spec as the command line names it: `FILE`, `FILE:BLOCK`, a shipped name, or `-`.

    Raises FileNotFoundError where there is no such file, ArchError where it is not a text.
    """
    if spec == "-":
        return Spec(_decode("-", sys.stdin.buffer.read(_MOST)), "net")
    readings: list[tuple[str, str | None]] = [(spec, None)]
    path, colon, block = spec.rpartition(":")
    if colon and re.fullmatch(r"[A-Za-z_][\w.]*", block):
        readings.append((path, block))
    # A real file wins over a shipped spec.
    for file, chosen in readings:
        if os.path.isfile(file):
            return _load(file, file, chosen)
    for file, chosen in readings:
        for name in (file, file + _SUFFIX):
            shipped = _shipped(name.removeprefix("specs/"))
            if shipped is not None:
                return _load(shipped, "specs/" + name.removeprefix("specs/"), chosen)
    raise FileNotFoundError(2, _missing(spec), spec)


def from_python(spec: "str | os.PathLike[str]") -> Spec:
    """A spec as the Python API names it: a string that ends in `.arch` or `.arch:NAME` and every
    path object is a path, anything else is a text. Raises as `from_command_line` does."""
    if not isinstance(spec, str):
        return from_command_line(os.fspath(spec))
    if re.fullmatch(r"[^\n]*\.arch(:[A-Za-z_][\w.]*)?", spec):
        return from_command_line(spec)
    return from_text(spec, "<text>")


def shipped_names() -> tuple[str, ...]:
    """The names of the specs that come with archc."""
    folder = specs_folder()
    paths = (path.relative_to(folder) for path in folder.rglob("*" + _SUFFIX))
    return tuple(sorted(p.as_posix()[: -len(_SUFFIX)] for p in paths if p.parts[0] != "bad"))


def _shipped(name: str) -> str | None:
    if not name.endswith(_SUFFIX) or os.path.isabs(name) or ".." in name.split("/"):
        return None
    path = specs_folder() / name
    return str(path) if path.is_file() else None


def _missing(spec: str) -> str:
    from archc.errors.base import nearest

    meant = nearest(spec.rpartition("/")[2].removesuffix(_SUFFIX), shipped_names())
    hint = f"; did you mean the shipped spec `{meant}`?" if meant else ""
    return f"no such file, and no shipped spec of this name{hint}"


def _load(path: str, shown: str, block: str | None) -> Spec:
    """Reads a file; `shown` is its name in diagnostics."""
    with open(path, "rb") as file:
        source = _decode(shown, file.read(_MOST))
    name = block or os.path.splitext(os.path.basename(path))[0]
    return Spec(source, name, block, folder=os.path.dirname(path) or ".")


def _decode(name: str, data: bytes) -> Source:
    """Bytes to a text. Raises ArchError."""
    text = data.removeprefix(_MARK)
    try:
        return Source(name, text.decode("utf-8"))
    except UnicodeDecodeError as error:
        source = Source(name, text.decode("utf-8", errors="replace"))
        start = len(text[: error.start].decode("utf-8"))
        offset = error.start + len(data) - len(text)
        raise ArchError([errors.not_utf8(Span(source, start, start + 1), offset)]) from None
