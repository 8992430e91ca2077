"""The turns of a loop as one expression over a table of the numbers that change."""

from collections.abc import Mapping

from archc.emit.expression import (
    Column,
    Expression,
    Formula,
    Hole,
    Table,
    filled,
    joined,
    shape_of,
)
from archc.emit.functions import ANY
from archc.emit.hints import hinted
from archc.emit.names import RESERVED, identifier
from archc.emit.proof import constant, same

_PROGRESSION = 3
"""Turns from which on equal steps are no accident."""


def table(
    target: str, turns: tuple[Expression, ...], bound: Mapping[str, Column]
) -> Expression | None:
    """`target(item for names in rows)`; None where the turns differ in more than numbers. `bound`
    are the loop's own variables with their values turn by turn."""
    if len(turns) < 2 or len(set(map(shape_of, turns))) > 1:
        return None
    item = joined(turns)
    changing: list[tuple[Column, str]] = []

    def collect(hole: Hole) -> Expression:
        seen = any(_equal(hole.values, values) for values, _ in changing)
        if not constant(hole.values) and not seen:
            changing.append((hole.values, hole.hint))
        return hole

    filled(item, collect)
    if not changing:
        number = Formula("range({})", (Hole((len(turns),), "count"),))
        return Table(target, filled(item, _first), ("_",), number)
    if len(turns) >= _PROGRESSION and all(_step(values) for values, _ in changing):
        return _over_range(target, item, len(turns))
    names = _names(changing, bound)

    def fill(hole: Hole) -> Expression:
        places = (i for i, (values, _) in enumerate(changing) if _equal(hole.values, values))
        place = next(places, None)
        return _first(hole) if place is None else names[place]

    columns = [values for values, _ in changing]
    rows = tuple(zip(*columns, strict=True)) if len(columns) > 1 else columns[0]
    return Table(target, filled(item, fill), names, Hole((rows,), "rows"))


def _over_range(target: str, item: Expression, count: int) -> Table:
    """Numbers that grow by equal steps are computed from the turn's index."""

    def fill(hole: Hole) -> Expression:
        step = _step(hole.values)
        if not step:
            return _first(hole)
        start = _first(hole)
        return Formula("{} + i * {}", (start, Hole((step,), "growth")))

    number = Formula("range({})", (Hole((count,), "count"),))
    return Table(target, filled(item, fill), ("i",), number)


def _step(values: Column) -> int:
    """By how much values grow each turn; 0 where they do not grow evenly."""
    numbers = [value for value in values if type(value) is int]
    if len(numbers) < len(values):
        return 0
    steps = {b - a for a, b in zip(numbers, numbers[1:], strict=False)}
    return steps.pop() if len(steps) == 1 and min(steps) > 0 else 0


def _names(changing: list[tuple[Column, str]], bound: Mapping[str, Column]) -> tuple[str, ...]:
    """A variable for each column: the loop's own where it has these values."""
    names: list[str] = []
    for values, hint in changing:
        own = [name for name, column in bound.items() if _equal(column, values)]
        name = identifier(own[0] if own else hinted(hint), RESERVED)
        while name in names:
            name += "_"
        names.append(name)
    return tuple(names)


def _first(hole: Hole) -> Hole:
    """A hole of all turns as one of the class: its value is the first turn's."""
    known = [value for value in hole.values if value is not ANY]
    return hole._replace(values=(known[0] if known else ANY,), origins=hole.origins[:1])


def _equal(a: Column, b: Column) -> bool:
    return len(a) == len(b) and all(map(same, a, b))
