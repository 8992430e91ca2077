"""Lines of a script: `x = relu(self.conv1(x))`, `model.add(Conv2D(8, 3))`."""

import re
from collections.abc import Sequence

from lark import Token

from archc.elsewhere import written_here
from archc.errors import syntax as errors
from archc.source import Source
from archc.syntax.called import (
    Called,
    Written,
    as_step,
    closer_of,
    contained,
    one_behind_the_other,
    parts_of,
)
from archc.syntax.tokens import MERGES, span_of

Tokens = tuple[Token, ...]
_FUNCTIONS = frozenset((
    "abs", "ceil", "enum", "floor", "int", "len", "max", "min", "range", "round", "sqrt", "log",
    "sum", "zip", "divisible",
))  # fmt: skip
"""What is called in expressions."""
_ADDING = (".add", ".append")


def from_a_script(source: Source, tokens: Sequence[Token]) -> Called | None:
    """What is wrong with an item that names or adds what it calls; None for other items."""
    whole = tuple(tokens)
    while len(whole) > 1 and whole[-1].type == "COMMA":
        whole = whole[:-1]
    if [token.type for token in whole[:3]] == ["NAME", "EQUAL", "CALL"]:
        return _handed_on(source, whole) or _assigned(source, whole)
    if whole[0].type == "CALL" and whole[0][:-1].endswith(_ADDING):
        return _added(source, whole)
    return None


def _handed_on(source: Source, tokens: Tokens) -> Called | None:
    """Calls that hand a named value on, as `forward` has them."""
    steps: list[Written | None] = []
    part = tokens[2:]
    while part[0].type == "CALL" and closer_of(part, 0) == len(part) - 1:
        first = next(parts_of(part[1:-1]), None)
        if first is None:
            return None
        name = part[0][:-1]
        known = written_here(name, ()) is not None
        if not known and name in _FUNCTIONS:
            return None
        known = known or "." not in name
        steps.append(as_step(source, part[0], name, part[len(first) + 2 : -1]) if known else None)
        part = first
    if len(part) > 1 or part[0] != tokens[0]:
        return None
    whole = span_of(source, tokens[0]).to(span_of(source, tokens[-1]))
    # What `self.conv1` is, `__init__` says, which is not here.
    there = [step for step in reversed(steps) if step is not None]
    text = " | ".join(step.text for step in there) if len(there) == len(steps) else None
    meant = one_behind_the_other(there, tokens[0], tokens[-1])
    nothing = (Token.new_borrow_pos("NAME", "id", tokens[0]),)
    return Called(errors.handed_on(whole, tokens[0], text), meant or nothing)


def _assigned(source: Source, tokens: Tokens) -> Called | None:
    """`conv1 = nn.Conv2d(1, 8, 3)`, `x = Conv2D(8, 3)(x)` and `model = Sequential([...])`."""
    call = tokens[2]
    close = closer_of(tokens, 2)
    if close is None or not _makes_a_step(call[:-1]) or not _only_calls(tokens[close + 1 :]):
        return None
    steps = contained(source, call, tokens[3:close])
    whole = span_of(source, tokens[0]).to(span_of(source, tokens[-1]))
    place = span_of(source, tokens[0]).to(span_of(source, tokens[1]))
    text = " | ".join(step.text for step in steps)
    tap: Tokens = ()
    if _taken_up(source, tokens[0], whole.end):
        text += f" -> {tokens[0]}"
        tap = tuple(
            Token.new_borrow_pos(kind, sign, tokens[-1])
            for kind, sign in (("ARROW", "->"), ("NAME", str(tokens[0])))
        )
    said = errors.assigned(place, tokens[0], text, whole)
    nothing = (Token.new_borrow_pos("LBRACE", "{", call), Token.new_borrow_pos("RBRACE", "}", call))
    return Called(said, (*(one_behind_the_other(steps, call, tokens[-1]) or nothing), *tap))


def _makes_a_step(name: str) -> bool:
    """Whether a call is one of a step, not of a function in an expression."""
    known = written_here(name, ()) is not None or name in MERGES
    bare = name.rpartition(".")[2]
    return known or bare[:1].isupper()


def _only_calls(behind: Tokens) -> bool:
    """Whether `(x)` alone stands behind, or nothing."""
    while behind and behind[0].type == "LPAR":
        close = closer_of(behind, 0)
        behind = behind[close + 1 :] if close is not None else ()
    return not behind


def _taken_up(source: Source, name: str, start: int) -> bool:
    """Whether a named value is taken up further down, by its name or in a merge."""
    if not source.short:
        return False
    word = re.escape(name)
    merged = rf"\b(?:{'|'.join(MERGES)})\w*\([^()\n]{{0,200}}\b{word}\b"
    return bool(re.search(rf"@{word}\b|{merged}", source.text[start:]))


def _added(source: Source, tokens: Tokens) -> Called | None:
    """`model.add(Conv2D(8, 3))`."""
    close = closer_of(tokens, 0)
    if close is None or close < len(tokens) - 1:
        return None
    steps = contained(source, tokens[0], tokens[1:close], always=True)
    whole = span_of(source, tokens[0]).to(span_of(source, tokens[-1]))
    text = " | ".join(step.text for step in steps)
    place = span_of(source, tokens[0])
    place = place._replace(end=place.end - 1)
    said = errors.container(place, tokens[0][:-1], text, whole)
    return Called(said, one_behind_the_other(steps, tokens[0], tokens[-1]) or None)
