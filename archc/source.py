"""Texts and places in them. Lines and columns are 1-based code points."""

import re
from bisect import bisect_right
from functools import lru_cache

from archc.tuples import NamedTuple

_SHORT = 20_000


class Source(NamedTuple):
    """A text and the name under which diagnostics show it."""

    name: str
    text: str

    @property
    def short(self) -> bool:
        """Whether all of the text may be looked through again for a single mistake: there are as
        many mistakes as words, at worst."""
        return len(self.text) <= _SHORT

    def position(self, offset: int) -> tuple[int, int]:
        """The (line, column) of a code point, counted from 1."""
        starts = _line_starts(self.text)
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line without its line break."""
        starts = _line_starts(self.text)
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")


class Span(NamedTuple):
    """The code points `start` (included) to `end` (excluded) of a source."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def first(self) -> tuple[int, int]:
        """Line and column of the first code point."""
        return self.source.position(self.start)

    @property
    def last(self) -> tuple[int, int]:
        """Line and column just behind the last code point."""
        return self.source.position(self.end)

    def to(self, other: "Span") -> "Span":
        """From the start of this span to the end of the other."""
        return Span(self.source, self.start, other.end)


@lru_cache(maxsize=8)
def words(text: str) -> frozenset[str]:
    """All words of a text."""
    return frozenset(re.findall(r"\w+", text))


@lru_cache(maxsize=8)
def _line_starts(text: str) -> list[int]:
    starts = [0]
    offset = text.find("\n")
    while offset >= 0:
        starts.append(offset + 1)
        offset = text.find("\n", offset + 1)
    return starts
