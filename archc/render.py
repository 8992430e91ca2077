"""Diagnostics as text for people and as JSON for programs."""

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate, groupby
from typing import Any

from archc.diagnostic import Diagnostic, Fix
from archc.source import Source, Span
from archc.tuples import NamedTuple

_TAB = "    "
_WIDEST = 160
"""Columns of a line that are shown; of a longer one only a part."""


class _Style(NamedTuple):
    """The escape sequences of a rendering; empty ones without colour."""

    strong: str = ""
    error: str = ""
    warning: str = ""
    place: str = ""
    help: str = ""
    off: str = ""


_PLAIN = _Style()
_COLORED = _Style("\033[1m", "\033[1;31m", "\033[1;33m", "\033[1;34m", "\033[1;32m", "\033[0m")


class _Mark(NamedTuple):
    """A remark on part of a line; the diagnostic's own place is marked with `^`."""

    span: Span
    message: str
    sign: str


def render_text(diagnostics: Iterable[Diagnostic], color: bool = False) -> str:
    """Diagnostics with the lines they speak of, one behind the other."""
    style = _COLORED if color else _PLAIN
    return "\n\n".join("\n".join(_render(d, style)) for d in diagnostics)


def as_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic as `archc check --format json` prints it."""
    labels = [{**_place(label.span), "message": label.message} for label in diagnostic.labels]
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        **_place(diagnostic.span),
        "labels": labels,
        "help": diagnostic.help,
        "fixes": [_fix(fix) for fix in diagnostic.fixes],
    }


def _fix(fix: Fix) -> dict[str, Any]:
    edits = [{**_place(edit.span), "text": edit.text} for edit in fix.edits]
    return {"safety": fix.safety, "edits": edits}


def _place(span: Span) -> dict[str, Any]:
    (line, column), (end_line, end_column) = span.first, span.last
    return {
        "file": span.source.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }


def _render(diagnostic: Diagnostic, style: _Style) -> list[str]:
    severity = style.error if diagnostic.severity == "error" else style.warning
    head = (
        f"{style.strong}{visible(diagnostic.file)}:{diagnostic.line}:{diagnostic.column}:"
        f"{style.off} {severity}{diagnostic.severity}[{diagnostic.code}]{style.off}:"
        f" {style.strong}{visible(diagnostic.message)}{style.off}"
    )
    marks = [_Mark(diagnostic.span, diagnostic.note, "^")]
    marks += [_Mark(label.span, label.message, "-") for label in diagnostic.labels]
    lines = [head, *_snippets(marks, severity, style)]
    if diagnostic.help is not None:
        lines.append(f"  {style.help}help{style.off}: {visible(diagnostic.help)}")
    return lines


def _snippets(marks: Sequence[_Mark], severity: str, style: _Style) -> list[str]:
    """The marked lines in the order of the text, with a remark under each mark."""
    marks = [mark for mark in marks if not _blank(mark.span.source.text)]
    if not marks:
        return []
    ordered = sorted(marks, key=lambda mark: mark.span.start)
    width = max(len(str(mark.span.first[0])) for mark in ordered)
    lines: list[str] = []
    before: tuple[Source, int] | None = None
    for (source, number), group in groupby(ordered, key=lambda m: (m.span.source, m.span.first[0])):
        if before is not None and before[0] == source and number > before[1] + 1:
            lines.append(f"{style.place}{'.' * width}{style.off}")
        before = (source, number)
        on_line = list(group)
        shown = _excerpt(source.line(number), on_line)
        lines.append(f"{style.place}{number:>{width}} |{style.off} {shown.text}".rstrip())
        for mark in on_line:
            paint = severity if mark.sign == "^" else style.place
            under = _underline(mark, shown)
            lines.append(
                f"{style.place}{'':>{width}} |{style.off} {paint}{under}{style.off}".rstrip()
            )
    return lines


def _blank(text: str) -> bool:
    return not text or text.isspace()


class _Excerpt(NamedTuple):
    """The part of a line that is shown: from `start`, a number of columns, on; `lead` are the
    columns of the dots that stand for what is left out in front."""

    text: str
    start: int
    lead: int


def _excerpt(line: str, marks: Sequence[_Mark]) -> _Excerpt:
    """A line, or of a very long one what is around its chief mark."""
    columns = _columns(line)
    if columns[-1] <= _WIDEST:
        return _Excerpt(_expand(line), 0, 0)
    chief = next((mark for mark in marks if mark.sign == "^"), marks[0])
    wanted = columns[chief.span.first[1] - 1] - _WIDEST // 3
    first = bisect_left(columns, max(0, wanted))
    stop = bisect_right(columns, columns[first] + _WIDEST) - 1
    front = "..." if first else ""
    behind = "..." if stop < len(line) else ""
    return _Excerpt(f"{front}{_expand(line[first:stop])}{behind}", columns[first], len(front))


def _underline(mark: _Mark, shown: _Excerpt) -> str:
    (line, column), (end_line, end_column) = mark.span.first, mark.span.last
    text = mark.span.source.line(line)
    columns = _columns(text)
    stop = end_column - 1 if end_line == line else len(text)
    start, end = (columns[min(place, len(text))] for place in (column - 1, stop))
    first, last = start - shown.start, max(start + 1, end) - shown.start
    first, last = max(first, 0), min(last, _WIDEST if shown.lead or shown.start else last)
    room = _width(shown.text) - shown.lead
    if last <= 0 or first > room:  # it stands in a part that is left out
        return visible(f"column {column}: {mark.message}") if mark.message else ""
    signs = mark.sign * max(1, min(last, room + 1) - first)
    return f"{' ' * (shown.lead + first)}{signs} {visible(mark.message)}".rstrip()


@lru_cache(maxsize=4)
def _columns(line: str) -> Sequence[int]:
    """The column at which each code point of a line is shown, counted from 0, and that of its
    end. A line with many mistakes is measured once."""
    if line.isascii() and line.isprintable():
        return range(len(line) + 1)
    return list(accumulate((_width(_expand(letter)) for letter in line), initial=0))


def _expand(text: str) -> str:
    return visible(text.replace("\t", _TAB))


def visible(text: str) -> str:
    """A text that cannot steer a terminal: control and direction characters are spelt out."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in text)


def _width(text: str) -> int:
    """Columns of a terminal: East Asian wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.category(c) in ("Mn", "Me")
        else 2
        if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )
