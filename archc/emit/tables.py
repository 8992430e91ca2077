"""The turns of a loop as one expression over a table of the numbers that change."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise

from archc.emit.expression import (
    Column,
    Expression,
    Formula,
    Hole,
    Shapes,
    Table,
    Unrolled,
    children,
    filled,
    holes,
    joined,
    with_children,
)
from archc.emit.expression import Sequence as Listed
from archc.emit.functions import ANY
from archc.emit.hints import hinted
from archc.emit.names import RESERVED, identifier
from archc.emit.proof import agree, constant, same
from archc.tuples import NamedTuple

_PROGRESSION = 3
"""Turns from which on equal steps are no accident."""


class Changing(NamedTuple):
    """What differs between turns: the columns, each once, with what they are for, and which of them
    fills each hole of a turn; None for what stays the same."""

    columns: tuple[tuple[Column, str], ...]
    places: tuple[int | None, ...]


class Folds:
    """Folds the loops of one class: each into a table, or a list where turns differ in more than
    numbers. Turns that turn out not to agree are folded again apart, at every depth, and equal
    copies are one expression: what has been folded is remembered."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self._made: dict[int, tuple[Expression, Expression]] = {}
        """By the expression's id, with it, so that no other object takes its id."""

    def folded(self, expression: Expression) -> Expression:
        """An expression with each loop as a table or a list."""
        if not self.shapes.looped(expression):
            return expression
        if id(expression) not in self._made:
            made = (
                self.loop(expression)
                if isinstance(expression, Unrolled)
                else with_children(expression, tuple(map(self.folded, children(expression))))
            )
            self._made[id(expression)] = expression, made
        return self._made[id(expression)][1]

    def loop(self, loop: Unrolled) -> Expression:
        """A table or a list."""
        turns = loop.turns
        alike = self.shapes.alike(turns)
        turns = self._with_tables(turns) if alike else tuple(map(self.folded, turns))
        if len(turns) > 1 and self.shapes.alike(turns):
            return _table(loop.target, turns, loop.bound)
        return Listed(loop.target, turns)

    def _with_tables(self, turns: tuple[Expression, ...]) -> tuple[Expression, ...]:
        """Turns whose inner loops are tables with the same columns in each of them."""
        first = turns[0]
        if not self.shapes.looped(first):
            return turns
        distinct = {id(turn): turn for turn in turns}
        if len(distinct) < len(turns):
            made = dict(zip(distinct, self._with_tables(tuple(distinct.values())), strict=True))
            return tuple(made[id(turn)] for turn in turns)
        if isinstance(first, Unrolled):
            return self._tables([turn for turn in turns if isinstance(turn, Unrolled)])
        columns = [self._with_tables(column) for column in zip(*map(children, turns), strict=True)]
        rows = zip(*columns, strict=True)
        return tuple(with_children(t, row) for t, row in zip(turns, rows, strict=True))

    def _tables(self, loops: Sequence[Unrolled]) -> tuple[Expression, ...]:
        """Loops as tables with the same columns."""
        inner = [tuple(map(self.folded, loop.turns)) for loop in loops]
        everything = tuple(turn for found in inner for turn in found)
        if not self.shapes.alike(everything):
            return tuple(map(self.folded, loops))
        target = loops[0].target
        if all(len(found) == 1 for found in inner):
            return tuple(Listed(target, found) for found in inner)
        item, lengths = joined(everything), [len(found) for found in inner]
        changing = _changing(item, lengths)
        if _grow_alike(changing, lengths) and "i" not in _inner_names(item):
            found = zip(inner, lengths, strict=True)
            return tuple(_over_range(target, joined(turns), n) for turns, n in found)
        return tuple(
            _over(loop.target, joined(found), len(found), loop.bound, own)
            for loop, found, own in zip(loops, inner, _apart(changing, lengths), strict=True)
        )


def _table(target: str, turns: tuple[Expression, ...], bound: Mapping[str, Column]) -> Table:
    """`target(item for names in rows)`."""
    item = joined(turns)
    changing = _changing(item, [len(turns)])
    steady = all(_step(values) for values, _ in changing.columns)
    counts = len(turns) >= _PROGRESSION and "i" not in _inner_names(item)
    if changing.columns and counts and steady:
        return _over_range(target, item, len(turns))
    return _over(target, item, len(turns), bound, changing)


def _over(
    target: str, item: Expression, count: int, bound: Mapping[str, Column], changing: Changing
) -> Table:
    """A table of what changes, a number of turns if nothing does."""
    if changing.columns:
        return _over_rows(target, item, bound, changing)
    number = Formula("range({})", (Hole((count,), "count"),))
    return Table(target, filled(item, _first), ("_",), number)


def _over_rows(
    target: str, item: Expression, bound: Mapping[str, Column], changing: Changing
) -> Table:
    names = _names(changing, bound, frozenset(_inner_names(item)))
    places = iter(changing.places)

    def fill(hole: Hole) -> Expression:
        place = next(places)
        return _first(hole) if place is None else names[place]

    columns = [values for values, _ in changing.columns]
    single = len(columns) == 1
    rows = columns[0] if single else tuple(zip(*columns, strict=True))
    rest = Hole((rows,), f"{names[0]}s" if single and names[0].isalpha() else "rows")
    return Table(target, filled(item, fill), names, rest)


def _grow_alike(changing: Changing, lengths: list[int]) -> bool:
    """Whether all that changes grows by equal steps, the same in all loops."""
    if min(lengths) < _PROGRESSION:
        return False
    steps = [{_step(part) for part in _split(v, lengths)} for v, _ in changing.columns]
    return bool(steps) and all(len(found) == 1 and min(found) > 0 for found in steps)


def _over_range(target: str, item: Expression, count: int) -> Table:
    """Numbers that grow by equal steps are computed from the turn's index."""

    def fill(hole: Hole) -> Expression:
        step = _step(hole.values)
        if not step:
            return _first(hole)
        return Formula("{} + i * {}", (_first(hole), Hole((step,), "growth")))

    number = Formula("range({})", (Hole((count,), "count"),))
    return Table(target, filled(item, fill), ("i",), number)


def _changing(item: Expression, lengths: list[int]) -> Changing:
    """What differs within any of several loops, whose turns stand one behind the other. Where a
    turn only borrows a place any value will do: the column is another one that agrees, if there is
    one."""
    found = list(holes(item))
    differ = [any(not constant(part) for part in _split(h.values, lengths)) for h in found]
    whole = [
        h.values for h, flag in zip(found, differ, strict=True) if flag and ANY not in h.values
    ]
    columns: list[tuple[Column, str]] = []
    places: list[int | None] = []
    for hole, flag in zip(found, differ, strict=True):
        if not flag:
            places.append(None)
            continue
        values = next((other for other in whole if agree(hole.values, other)), hole.values)
        known = [i for i, (other, _) in enumerate(columns) if agree(values, other)]
        places.append(known[0] if known else len(columns))
        if not known:
            columns.append((values, hole.hint))
    return Changing(tuple(columns), tuple(places))


def _apart(changing: Changing, lengths: list[int]) -> Iterator[Changing]:
    """What changes in each of the loops."""
    for place in range(len(lengths)):
        columns = ((_split(values, lengths)[place], hint) for values, hint in changing.columns)
        yield changing._replace(columns=tuple(columns))


def _split(values: Column, lengths: list[int]) -> list[Column]:
    """The part of each loop of a column."""
    ends = accumulate(lengths)
    return [values[end - n : end] for end, n in zip(ends, lengths, strict=True)]


def _step(values: Column) -> int:
    """By how much values grow each turn; 0 where they do not grow evenly."""
    numbers = [value for value in values if type(value) is int]
    if len(numbers) < len(values):
        return 0
    steps = {b - a for a, b in pairwise(numbers)}
    return steps.pop() if len(steps) == 1 and min(steps) > 0 else 0


def _inner_names(item: Expression) -> Iterator[str]:
    """The variables of the tables in an expression."""
    if isinstance(item, Table):
        yield from item.names
    for child in children(item):
        yield from _inner_names(child)


def _names(
    changing: Changing, bound: Mapping[str, Column], taken: frozenset[str]
) -> tuple[str, ...]:
    """A variable for each column: the loop's own where it has these values; none that is `taken`
    by a table inside."""
    names: list[str] = []
    for values, hint in changing.columns:
        own = [name for name, column in bound.items() if _equal(column, values)]
        name = identifier(own[0] if own else hinted(hint), RESERVED)
        if name in names and name == "in_channels":
            name = "channels"
        while name in names or name in taken:
            name += "_"
        names.append(name)
    return tuple(names)


def _first(hole: Hole) -> Hole:
    """A hole of all turns as one of the class: its value is the first turn's."""
    known = [value for value in hole.values if value is not ANY]
    return hole._replace(values=(known[0] if known else ANY,), origins=hole.origins[:1])


def _equal(a: Column, b: Column) -> bool:
    return len(a) == len(b) and all(map(same, a, b))
