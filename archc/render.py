"""Diagnostics as text for people and as JSON for programs."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from archc.diagnostic import Diagnostic, Fix
from archc.source import Source, Span

_TAB = "    "


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
    marks = [mark for mark in marks if mark.span.source.text.strip()]
    if not marks:
        return []
    ordered = sorted(marks, key=lambda mark: mark.span.start)
    width = max(len(str(mark.span.first[0])) for mark in ordered)
    lines: list[str] = []
    before: tuple[Source, int] | None = None
    for mark in ordered:
        source, number = mark.span.source, mark.span.first[0]
        if before is not None and before[0] == source and number > before[1] + 1:
            lines.append(f"{style.place}{'.' * width}{style.off}")
        if before != (source, number):
            text = _expand(source.line(number))
            lines.append(f"{style.place}{number:>{width}} |{style.off} {text}".rstrip())
        before = (source, number)
        paint = severity if mark.sign == "^" else style.place
        lines.append(
            f"{style.place}{'':>{width}} |{style.off} {paint}{_underline(mark)}{style.off}".rstrip()
        )
    return lines


def _underline(mark: _Mark) -> str:
    (line, column), (end_line, end_column) = mark.span.first, mark.span.last
    text = mark.span.source.line(line)
    stop = end_column - 1 if end_line == line else len(text)
    indent = _width(_expand(text[: column - 1]))
    signs = max(1, _width(_expand(text[column - 1 : stop])))
    return f"{' ' * indent}{mark.sign * signs} {visible(mark.message)}".rstrip()


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
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
