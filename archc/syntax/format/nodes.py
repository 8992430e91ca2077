"""What a text is laid out from: items with separators between them, and the brackets in them."""

from collections.abc import Sequence
from typing import TypeAlias

from archc.syntax.format.words import Gap
from archc.tuples import NamedTuple


class Separator(NamedTuple):
    """What stands between two items: `flat` on one line; where a line breaks there, `before` ends
    it, and the next one is indented by `indent` more and begins with `after`."""

    flat: str
    before: str = ""
    after: str = ""
    indent: int = 0


FIRST = Separator("")
PIPE = Separator(" | ", after="| ", indent=2)
LINE = Separator(" | ")
BRANCH = Separator(", ", before=",")
ELEMENT = Separator(", ", before=",")
CELL = Separator(" ", before=",")
ROW = Separator("; ")

BREAKS = frozenset({"steps", "branches", "rows"})
"""Kinds of brackets in which the breaks of the author are kept."""


class Leaf(NamedTuple):
    """A word as it is written, and the space before it."""

    lead: str
    text: str
    gap: Gap = Gap()

    @property
    def flat(self) -> str | None:
        """The text on one line; None where a comment forces a break before it."""
        return None if self.gap.comments else self.text


class Bracket(NamedTuple):
    """An opening bracket, what it holds, and the closing one. `kind` is that of its items: steps,
    branches, rows, cells or elements. `flat` is None where it does not stay on one line."""

    lead: str
    gap: Gap
    open: str
    kind: str
    items: "tuple[Item, ...]"
    end: Gap
    close: str
    flat: str | None


Part: TypeAlias = Leaf | Bracket


class Item(NamedTuple):
    """A step, a row, a cell or an argument. `gap` is what stands before it."""

    separator: Separator
    gap: Gap
    parts: tuple[Part, ...]
    flat: str | None


def flat_parts(parts: Sequence[Part]) -> str | None:
    """Parts on one line, without the space before the first; None where a break is forced."""
    texts = []
    for n, part in enumerate(parts):
        if part.flat is None or (n and part.gap.comments):
            return None
        texts.append(part.lead + part.flat if n else part.flat)
    return "".join(texts)


def flat_bracket(open_: str, kind: str, items: Sequence[Item], end: Gap, close: str) -> str | None:
    gaps = [item.gap for item in items] + [end]
    if any(gap.comments or (gap.broken and kind in BREAKS and items) for gap in gaps):
        return None
    inner = ""
    for item in items:
        if item.flat is None:
            return None
        inner += item.separator.flat + item.flat
    return f"{open_} {inner} {close}" if kind == "steps" and items else open_ + inner + close
