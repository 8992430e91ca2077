"""What is said twice: a slip in a value that does not fit is one mistake with it, a name that an
edit gives is not missed, and no edit is offered inside of a text that another one writes anew."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from archc.diagnostic import Diagnostic, Fix
from archc.tuples import NamedTuple

_SLIP = "E0101"
_OF_SYNTAX = "E01"
_OF_VALUES = ("E0203", "E0210", "E0401", "E0404")
"""Codes whose place is the value or the line that does not fit."""


class _Place(NamedTuple):
    start: int
    end: int


def untangled(diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The diagnostics without slips in values that do not fit anyway, and without edits that
    cannot be made beside those of the syntax."""
    found = tuple(diagnostics)
    files = {d.file for d in found if d.code.startswith(_OF_SYNTAX)}
    named = _named(found)
    values = {file: _values(found, file) for file in files}
    texts = {file: _rewritten(found, file) for file in files}
    for diagnostic in found:
        if diagnostic.code == "E0230" and diagnostic.span.text.partition("@")[2] in named:
            continue
        if diagnostic.file not in files:
            yield diagnostic
        elif diagnostic.code == _SLIP:
            if not _lies_in(diagnostic, values[diagnostic.file]):
                yield diagnostic
        elif diagnostic.fixes and not diagnostic.code.startswith(_OF_SYNTAX):
            places = texts[diagnostic.file]
            kept = tuple(fix for fix in diagnostic.fixes if not _cuts(fix, places))
            yield diagnostic._replace(fixes=kept)
        else:
            yield diagnostic


def _named(found: Iterable[Diagnostic]) -> set[str]:
    """The names that edits give to values, which are taken up further down."""
    texts = (edit.text for d in found for fix in d.fixes for edit in fix.edits)
    return {text.rpartition("-> ")[2] for text in texts if "-> " in text}


def _values(found: Iterable[Diagnostic], file: str) -> list[_Place]:
    """The places of values that do not fit, in order; an unknown key's with the sign behind it."""
    return sorted(
        _Place(d.span.start, d.span.end + (len(" =") if d.code == "E0401" else 0))
        for d in found
        if d.file == file and d.severity == "error" and (d.code in _OF_VALUES or _is_no_line(d))
    )


def _is_no_line(diagnostic: Diagnostic) -> bool:
    """Whether a line of `train` is none at all, so that nothing in it is read."""
    return diagnostic.code == "E0406" and not diagnostic.fixes


def _rewritten(found: Iterable[Diagnostic], file: str) -> list[_Place]:
    """The texts that edits of the syntax write anew, in order and apart from one another."""
    texts = sorted(
        _Place(edit.span.start, edit.span.end)
        for d in found
        if d.file == file and d.code.startswith(_OF_SYNTAX)
        for fix in d.fixes[:1]
        for edit in fix.edits
        if edit.span.end > edit.span.start
    )
    apart: list[_Place] = []
    for text in texts:
        if apart and text.start < apart[-1].end:
            before = apart.pop()
            text = _Place(before.start, max(before.end, text.end))
        apart.append(text)
    return apart


def _lies_in(slip: Diagnostic, values: Sequence[_Place]) -> bool:
    """Whether a slip stands in one of the values, which do not contain one another."""
    at = bisect_right(values, _Place(slip.span.start, 2**62)) - 1
    return at >= 0 and values[at].start <= slip.span.start and slip.span.end <= values[at].end


def _cuts(fix: Fix, texts: Sequence[_Place]) -> bool:
    """Whether an edit begins or ends inside of one of the texts."""
    for edit in fix.edits:
        for place in (edit.span.start, edit.span.end):
            at = bisect_left(texts, _Place(place, -1)) - 1
            if at >= 0 and texts[at].start < place < texts[at].end:
                return True
    return False
