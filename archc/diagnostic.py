"""What archc says about a text: one type for errors and warnings of every phase."""

from collections.abc import Iterable, Iterator
from typing import Literal

from archc.source import Span
from archc.tuples import NamedTuple

Severity = Literal["error", "warning"]
Safety = Literal["safe", "unsafe"]


class Label(NamedTuple):
    """A further place that explains a diagnostic."""

    span: Span
    message: str


class Edit(NamedTuple):
    """A text that takes the place of a span: an empty span inserts, an empty text deletes."""

    span: Span
    text: str


class Fix(NamedTuple):
    """Edits that, made together, do away with a diagnostic. A safe one says what the author plainly
    meant; any other is one way out of several, or a guess."""

    edits: tuple[Edit, ...]
    safety: Safety


class Diagnostic(NamedTuple):
    """One mistake: where, what was expected, what was found, and a way out.

    `line`, `column`, `end_line` and `end_column` are those of the JSON format; `end_column` is
    exclusive. `note` is the remark under the caret. `fixes` are ways out that a program can take.
    """

    code: str
    severity: Severity
    message: str
    span: Span
    labels: tuple[Label, ...] = ()
    help: str | None = None
    note: str = ""
    fixes: tuple[Fix, ...] = ()

    @property
    def file(self) -> str:
        return self.span.source.name

    @property
    def line(self) -> int:
        return self.span.first[0]

    @property
    def column(self) -> int:
        return self.span.first[1]

    @property
    def end_line(self) -> int:
        return self.span.last[0]

    @property
    def end_column(self) -> int:
        return self.span.last[1]


class ArchError(Exception):
    """A spec has problems. `diagnostics` holds them, the exception's text is their rendering."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        from archc.render import render_text

        self.diagnostics = tuple(diagnostics)
        super().__init__(render_text(self.diagnostics))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether a phase's result must not be used further."""
    return any(diagnostic.severity == "error" for diagnostic in diagnostics)


def in_order(diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """One diagnostic a place and code, in the order of their places."""
    seen: set[tuple[str, int, int]] = set()
    for diagnostic in sorted(diagnostics, key=lambda d: (d.span.start, d.span.end)):
        place = (diagnostic.file, diagnostic.span.start, diagnostic.span.end)
        if place not in seen:
            seen.add(place)
            yield diagnostic
