"""A place where the parser is stuck, and what helps there."""

from lark import Token

from archc.diagnostic import Fix
from archc.source import Source, Span
from archc.syntax.tokens import CLOSERS, OPENERS, span_of
from archc.tuples import NamedTuple

Tokens = tuple[Token, ...]


class Advice(NamedTuple):
    """What helps, as words and as edits, and the item's tokens as they were meant; None where they
    cannot be told."""

    help: str | None = None
    fixes: tuple[Fix, ...] = ()
    meant: Tokens | None = None
    at: int | None = None
    """The token that is wrong, where it is not the one that the parser does not take."""
    expected: str | None = None
    """What was expected, where it is not what the parser takes."""
    length: int = 1
    """How many tokens are wrong."""


class Stuck(NamedTuple):
    """The place in an item that cannot be read; behind the last token at its end."""

    source: Source
    tokens: Tokens
    at: int

    @property
    def kind(self) -> str:
        return self.tokens[self.at].type if self.at < len(self.tokens) else "$END"

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def kinds(self, start: int, stop: int) -> tuple[str, ...]:
        """The kinds of the tokens around the place: `kinds(-2, 0)` are those of the two before."""
        return tuple(token.type for token in self.tokens[max(0, self.at + start) : self.at + stop])

    def span(self, index: int) -> Span:
        return span_of(self.source, self.tokens[index])

    def end(self) -> Span:
        """The empty place behind the item."""
        last = self.span(-1)
        return last._replace(start=last.end)

    def instead(self, start: int, stop: int, *new: Token) -> Tokens:
        """The item with other tokens for some."""
        return (*self.tokens[:start], *new, *self.tokens[stop:])

    def made(self, kind: str, text: str, index: int | None = None) -> Token:
        """A token of another kind in the place of one."""
        return Token.new_borrow_pos(kind, text, self.tokens[self.at if index is None else index])


def step_start(stuck: Stuck, *ends: str) -> int:
    """Where the step begins that the place is in: in its bracket, behind a token of these kinds."""
    depth = 0
    for index in range(min(stuck.at, len(stuck.tokens)) - 1, -1, -1):
        kind = stuck.tokens[index].type
        depth += (kind in CLOSERS) - (kind in OPENERS)
        if depth < 0 or (depth == 0 and kind in ends):
            return index + 1
    return 0


def around(stuck: Stuck) -> tuple[int | None, int | None]:
    """The innermost bracket around the place, and the one that closes it."""
    depth, opener = 0, None
    for index in range(min(stuck.at, len(stuck.tokens)) - 1, -1, -1):
        depth += (stuck.tokens[index].type in CLOSERS) - (stuck.tokens[index].type in OPENERS)
        if depth < 0:
            opener = index
            break
    depth = 0
    for index in range(stuck.at, len(stuck.tokens)):
        depth += (stuck.tokens[index].type in OPENERS) - (stuck.tokens[index].type in CLOSERS)
        if depth < 0:
            return opener, index
    return opener, None
