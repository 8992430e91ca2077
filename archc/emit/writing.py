"""The parts of a class with the texts of their numbers, and the arguments that these need."""

import re
from collections.abc import Mapping, Sequence

from archc.emit.arguments import Arguments, Unsuitable, Use, is_plain
from archc.emit.constructor import Named, OriginOf, Part, When, joined_parts
from archc.emit.expression import (
    Again,
    Expression,
    Hole,
    Make,
    Rows,
    Table,
    children,
    text,
    with_children,
)
from archc.emit.names import RESERVED, identifier
from archc.emit.proof import constant
from archc.emit.pytorch import literal
from archc.graph import CallItem
from archc.tuples import NamedTuple

_PASSES = 8
"""How often parts are written until their arguments stay the same; two or three are usual."""


class Written(NamedTuple):
    """A constructor: its arguments, the parts that it makes, and what starts their tensors."""

    arguments: Arguments
    parts: tuple[Part, ...]
    starts: tuple[Part, ...]


def written(
    uses: list[Use],
    parts: Sequence[tuple[Part, ...]],
    starts: Sequence[tuple[Part, ...]],
    offered: frozenset[str] | None,
) -> Written:
    """A constructor that serves all uses.

    What is an argument for one number is read by all others whose text names it: the parts are
    written again until no further one is found. Raises Unsuitable.
    """
    made = [joined_parts(row) for row in zip(*parts, strict=True)]
    started = [joined_parts(row) for row in zip(*starts, strict=True)]
    known: frozenset[str] = frozenset()
    for _ in range(_PASSES):
        arguments = Arguments(uses, known, offered)
        found = Written(
            arguments,
            tuple(_written(part, arguments) for part in made),
            tuple(_written(part, arguments) for part in started),
        )
        if known == arguments.found.keys():
            if arguments.recursive and not arguments.speak_of_the_text:
                raise Unsuitable
            return found
        known = frozenset(arguments.found)
    if arguments.recursive:
        raise Unsuitable
    return found


def again(target: str, item: CallItem, origin: OriginOf) -> Again:
    """An instance of a class in its own text."""
    entry = item.entry.shape
    channels = entry.channels if entry is not None and entry.layout != "ids" else None
    named = [("in_channels", Hole((channels,), "C", False, (origin("in_channels"),)))]
    for name, arg in item.args.items():
        if not is_plain(arg.value):
            continue
        hole = Hole((arg.value,), name, False, (origin(name),))
        named.append((identifier(name, RESERVED), hole))
    return Again(target, tuple(named))


def _again(expression: Again, arguments: Arguments) -> Make:
    """With those arguments that the class turned out to take."""
    named = dict(expression.arguments)
    arguments.recursive = True
    return Make(
        expression.target,
        tuple(
            (key, arguments.write(named[name], {}))
            for name, key in arguments.order()
            if name in arguments.known and name in named
        ),
    )


def _rows(hole: Hole, arguments: Arguments) -> Expression:
    """A table that all uses agree on, else an argument."""
    value = hole.values[0]
    if constant(hole.values) and isinstance(value, tuple):
        return _laid_out(value)
    return arguments.write(hole, {})


def _laid_out(value: object) -> Expression:
    """A tuple of numbers or of further tuples, to be broken into lines where it is long."""
    return Rows(tuple(map(_laid_out, value))) if type(value) is tuple else literal(value)


def _written(part: Part, arguments: Arguments) -> Part:
    """A part with the texts of its numbers."""
    if isinstance(part, Named):
        return part._replace(made=_filled(part.made, arguments, {}))
    test = arguments.write(part.test, {})
    then = tuple(_written(inner, arguments) for inner in part.then)
    otherwise = tuple(_written(inner, arguments) for inner in part.otherwise)
    return When(part.flag, test, then, otherwise)  # type: ignore[arg-type]


def _unshadowed(table: Table, arguments: Arguments) -> Table:
    """The table with variables that hide no argument of the constructor which its items read."""
    for name in arguments.known.intersection(table.names):
        other = f"{name}_"
        names = tuple(other if own == name else own for own in table.names)
        renamed = table._replace(item=_renamed(table.item, name, other), names=names)
        if re.search(rf"\b{name}\b", text(_filled(renamed.item, arguments, {}))):
            table = renamed
    return table


def _renamed(expression: Expression, name: str, other: str) -> Expression:
    if isinstance(expression, str):
        return other if expression == name else expression
    inner = tuple(_renamed(child, name, other) for child in children(expression))
    return with_children(expression, inner)


def _filled(
    expression: Expression, arguments: Arguments, siblings: Mapping[str, Hole]
) -> Expression:
    if isinstance(expression, Hole):
        return arguments.write(expression, siblings)
    if isinstance(expression, Table):
        expression = _unshadowed(expression, arguments)
    if isinstance(expression, Table) and isinstance(expression.rows, Hole):
        rows = _rows(expression.rows, arguments)
        return expression._replace(item=_filled(expression.item, arguments, {}), rows=rows)
    if isinstance(expression, Again):
        return _again(expression, arguments)
    inner = children(expression)
    around = {hole.hint: hole for hole in inner if isinstance(hole, Hole)}
    made = with_children(expression, tuple(_filled(e, arguments, around) for e in inner))
    return made.single() if isinstance(made, Table) else made
