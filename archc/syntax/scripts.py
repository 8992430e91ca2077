"""Lines of a script: `x = relu(self.conv1(x))`."""

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
    one_behind_the_other,
    parts_of,
)
from archc.syntax.tokens import span_of

_FUNCTIONS = frozenset(("abs", "ceil", "enum", "floor", "int", "len", "max", "min", "round", "sum"))
"""What is called in expressions."""


def handed_on(source: Source, tokens: Sequence[Token]) -> Called | None:
    """What is wrong with calls that hand a named value on, as `forward` has them; None for other
    items."""
    if [token.type for token in tokens[:3]] != ["NAME", "EQUAL", "CALL"]:
        return None
    steps: list[Written | None] = []
    part = tuple(tokens[2:])
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
