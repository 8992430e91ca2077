"""Where a step that could not be read begins and ends, so that the others are read all the same."""

from collections.abc import Sequence
from itertools import pairwise

from lark import Token

from archc.syntax.tokens import CLOSERS, MERGES, OPENERS


def without_step(tokens: Sequence[Token], at: int) -> list[Token] | None:
    """The tokens with the innermost step around a place put aside as one that is broken; None where
    the step is the whole item."""
    while True:
        opener = _container(tokens, at)
        if opener is None:
            return None
        first, last = _step(tokens, opener, at)
        if [token.type for token in tokens[first:last]] != ["BROKEN"]:
            break
        at = opener  # no step can stand here: what holds it is broken
    around = tokens[first:last] or [tokens[opener]]
    names = " ".join(declared(tokens[first:last]))
    broken = Token.new_borrow_pos("BROKEN", names, around[0])
    broken.end_pos = around[-1].end_pos
    return [*tokens[:first], broken, *tokens[last:]]


def start_of_step(tokens: Sequence[Token], at: int) -> int:
    """Where the innermost step around a place begins in the text."""
    opener = _container(tokens, at)
    first = 0 if opener is None else _step(tokens, opener, at)[0]
    return tokens[min(first, len(tokens) - 1)].start_pos or 0


def _container(tokens: Sequence[Token], at: int) -> int | None:
    """The innermost open bracket in front of a place that holds steps."""
    depth = 0
    for index in range(min(at, len(tokens)) - 1, -1, -1):
        kind = tokens[index].type
        if kind in CLOSERS:
            depth += 1
        elif kind in OPENERS and depth:
            depth -= 1
        elif kind == "LBRACE" or (kind == "CALL" and tokens[index][:-1] in MERGES):
            return index
    return None


def _step(tokens: Sequence[Token], opener: int, at: int) -> tuple[int, int]:
    """The step of a container that holds a place."""
    ends = {"_SEP"} | ({"COMMA"} if tokens[opener].type == "CALL" else set())
    first, depth = opener + 1, 0
    for index in range(opener + 1, len(tokens)):
        kind = tokens[index].type
        ends_step = depth == 0 and (kind in ends or kind in CLOSERS)
        if ends_step and index >= at:
            return first, index
        if ends_step:
            first = index + 1
        depth += (kind in OPENERS) - (kind in CLOSERS)
    return first, len(tokens)


_DECLARING = ("LET", "PARAM", "BLOCK", "SHARE", "ARROW", "USE", "INPUT", "FOR")
_NAMES = ("NAME", "CALL", "LOST", "UNCLOSED")


def declared(tokens: Sequence[Token]) -> tuple[str, ...]:
    """The names that unreadable text would declare: what they mean is unknown, not missing."""
    pairs = pairwise(tokens)
    return tuple(
        str(name).rstrip("(")
        for word, name in pairs
        if (word.type in _DECLARING or word == "as") and name.type in _NAMES
    )
