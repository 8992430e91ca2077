"""Which sizes a network takes, found by trying them."""

from collections.abc import Iterator, Sequence
from itertools import combinations, product

from archc.graph import Graph
from archc.sizing.replay import Refusal
from archc.sizing.runs import Runs, holds, runs
from archc.sizing.space import LEAST_LIMIT, MOST_STEPS, Axis, Point, Space
from archc.tuples import NamedTuple

_MOST_SIZES = 2_000_000
"""How far down a pattern is followed that began below what was tried."""

_NEAR = (1, 2, 3, 4, 8, 16, 32, 64, 128)


class Group(NamedTuple):
    """Axes of one size together, the sizes that are accepted with the spec's own for all others,
    and what refuses the sizes next to them."""

    axes: tuple[Axis, ...]
    runs: Runs
    refusals: tuple[tuple[int, Refusal], ...]
    first: int
    last: int
    each: bool
    """Whether each size from `first` to `last` was tried, or some of a pattern left out."""


class Found(NamedTuple):
    """What was found: no groups where the spec leaves sizes open and none were found that fit.
    Groups vary independently of each other, unless there is an example of a point accepted
    `besides`, or of one that is not, `but_not`. A point has a size for each axis."""

    axes: tuple[Axis, ...]
    groups: tuple[Group, ...]
    besides: Point | None
    but_not: tuple[Point, Refusal] | None


def search(graph: Graph) -> Found:
    """Tries sizes of a network's inputs."""
    return _Search(graph).found()


class _Line(NamedTuple):
    """What was found along one group, all other sizes as the spec has them: what refuses each size
    from `first` on; without `each` some of them are taken to be as others of their pattern."""

    axes: tuple[int, ...]
    first: int
    refusals: tuple[Refusal | None, ...]
    each: bool = True

    @property
    def last(self) -> int:
        return self.first + len(self.refusals) - 1

    def at(self, size: int) -> Refusal | None:
        return self.refusals[size - self.first]


class _Search:
    """What is asked of a network. `space` answers."""

    def __init__(self, graph: Graph) -> None:
        self.space = Space(graph)

    def found(self) -> Found:
        if not self.space.fits:
            return Found(self.space.axes, (), None, None)
        lines = [self.line(axes) for axes in self.tied()]
        groups = tuple(self.group(line) for line in lines)
        return Found(self.space.axes, groups, *self.odd_points(lines, groups))

    def line(self, axes: tuple[int, ...]) -> _Line:
        """Tries sizes on both sides of the spec's own, as long as there are steps left."""
        first = last = self.space.base[axes[0]]
        limit, end = max(LEAST_LIMIT, 2 * first), self.space.end()
        below: list[Refusal | None] = []
        above: list[Refusal | None] = [None]
        while (first > 1 or last < limit) and self.space.replay.steps < end:
            if first > 1:
                first -= 1
                below.append(self.space.at(axes, first))
            if last < limit:
                last += 1
                above.append(self.space.at(axes, last))
        return self.lower(_Line(axes, first, (*reversed(below), *above)))

    def lower(self, line: _Line) -> _Line:
        """The line down to where the pattern that it begins with ends, taken to end once."""
        period = runs(line.first, [r is None for r in line.refusals])[-1].step
        start = next(size for size in range(line.first, line.last + 1) if not line.at(size))
        irregular = start >= line.first + period
        if irregular or not 1 < line.first <= _MOST_SIZES or self.space.replay.steps > MOST_STEPS:
            return line
        fits, fails = 0, start // period + 1
        while fails - fits > 1:
            middle = (fits + fails) // 2
            size = start - middle * period
            refused = size < 1 or self.space.at(line.axes, size)
            fits, fails = (fits, middle) if refused else (middle, fails)
        lowest = start - fits * period
        first, behind = max(1, lowest - 2 * period), min(lowest + 2 * period, line.first)
        tried = (self.space.at(line.axes, size) for size in range(first, behind))
        alike = (line.at(line.first + (n - line.first) % period) for n in range(behind, line.first))
        return _Line(line.axes, first, (*tried, *alike, *line.refusals), each=False)

    # --- axes that change together ---

    def tied(self) -> list[tuple[int, ...]]:
        """Axes in groups: those of one size that get through together and not alone."""
        groups: list[tuple[int, ...]] = [(place,) for place in range(len(self.space.axes))]
        end = self.space.end()
        for axes in self.ties():
            if self.space.replay.steps > end:
                break
            touched = [group for group in groups if set(group) & set(axes)]
            if len(touched) > 1 and self.gain(touched):
                groups = [group for group in groups if group not in touched]
                groups.append(tuple(sorted(axis for group in touched for axis in group)))
        return sorted(groups)

    def ties(self) -> Iterator[tuple[int, ...]]:
        """What may be tied: pairs, axes of one name, and all; each of one size in the spec."""
        places = range(len(self.space.axes))
        yield from (pair for pair in combinations(places, 2) if self.one_size(pair))
        for name in dict.fromkeys(axis.name for axis in self.space.axes):
            named = tuple(place for place in places if self.space.axes[place].name == name)
            if len(named) > 2 and self.one_size(named):
                yield named
        if len(places) > 2 and self.one_size(places):
            yield tuple(places)

    def one_size(self, axes: Sequence[int]) -> bool:
        return len({self.space.base[axis] for axis in axes}) == 1

    def gain(self, groups: Sequence[tuple[int, ...]]) -> bool:
        """Whether a size gets through for all of the groups that does not for any of them alone."""
        axes = tuple(axis for group in groups for axis in group)
        size = self.space.base[axes[0]]
        near = (2 * size, *(size + by for by in _NEAR), *(size - by for by in _NEAR))
        return any(
            all(self.space.at(group, other) for group in groups) and not self.space.at(axes, other)
            for other in near
            if other > 0
        )

    # --- what was found along a line ---

    def group(self, line: _Line) -> Group:
        found = runs(line.first, [refusal is None for refusal in line.refusals])
        sizes = self.telling(line, found)
        refusals = tuple((size, refusal) for size in sizes if (refusal := line.at(size)))
        axes = tuple(self.space.axes[axis] for axis in line.axes)
        return Group(axes, found, refusals, line.first, line.last, line.each)

    def telling(self, line: _Line, found: Runs) -> list[int]:
        """The refused sizes that tell the most: below the first accepted one, at the first gap
        behind it, and behind the last one."""
        lowest = min(run.start for run in found)
        below = lowest - (found[0].step if len(found) == 1 else 1)
        later = range(lowest, line.last + 1)
        gap = next((size for size in later if line.at(size)), None)
        ends = [run.stop for run in found if run.stop is not None]
        behind = max(ends) + 1 if len(ends) == len(found) else None
        sizes = dict.fromkeys((below, gap, behind))
        return [size for size in sizes if size and line.first <= size <= line.last]

    # --- whether groups are independent ---

    def odd_points(
        self, lines: Sequence[_Line], groups: Sequence[Group]
    ) -> tuple[Point | None, tuple[Point, Refusal] | None]:
        """A point that is accepted although it is not in all groups' sets, and one that is refused
        although it is."""
        besides: Point | None = None
        but_not: tuple[Point, Refusal] | None = None
        end = self.space.end()
        pairs = list(zip(lines, (group.runs for group in groups), strict=True))
        for point in self.candidates(lines, groups):
            inside = all(_agrees(point, line, found) for line, found in pairs)
            if self.space.replay.steps > end or (besides and but_not):
                break
            if besides if not inside else but_not:
                continue
            refusal = self.space.refusal(point)
            if inside and refusal:
                but_not = point, refusal
            elif not inside and not refusal:
                besides = point
        return besides, but_not

    def candidates(self, lines: Sequence[_Line], groups: Sequence[Group]) -> Iterator[Point]:
        """Points where groups may turn out to depend on each other."""
        telling = [self.values(line, group.runs) for line, group in zip(lines, groups, strict=True)]
        for line, sizes in zip(lines, telling, strict=True):
            size = self.space.base[line.axes[0]]
            for axis in line.axes[1:]:
                near = (size - 1, size + 1, *sizes)
                yield from (self.space.point(((axis,), other)) for other in near if other)
        for scale in (2, 3):
            yield tuple(scale * size for size in self.space.base)
            yield tuple(max(1, size // scale) for size in self.space.base)
        for pick in (min, max):
            yield self.space.point(
                *((line.axes, pick(t)) for line, t in zip(lines, telling, strict=True))
            )
        for (line, sizes), (other, others) in combinations(zip(lines, telling, strict=True), 2):
            for one, two in product(sizes, others):
                yield self.space.point((line.axes, one), (other.axes, two))
        yield from self.trades(lines, groups)

    def values(self, line: _Line, found: Runs) -> list[int]:
        """Accepted and refused sizes that tell the most of a line."""
        base = self.space.base[line.axes[0]]
        accepted = [size for size in range(line.first, line.last + 1) if not line.at(size)]
        refused = [size for size in range(line.first, line.last + 1) if line.at(size)]
        middle = accepted[len(accepted) // 2]
        picked = [*accepted[:2], middle, accepted[-1], base, *refused[-1:], *refused[:1]]
        return list(dict.fromkeys([*picked, *self.telling(line, found)]))

    def trades(self, lines: Sequence[_Line], groups: Sequence[Group]) -> Iterator[Point]:
        """A larger size of one group for a smaller one of another: as many numbers in all."""
        ended = [
            (line, group) for line, group in zip(lines, groups, strict=True) if _ends(group.runs)
        ]
        for (line, group), (other, _) in combinations(ended, 2):
            size = self.space.base[line.axes[0]]
            for one in dict.fromkeys((_first_alike(line, group.runs), size // 2, 2 * size)):
                if one is not None and one > 0:
                    yield from (
                        self.space.point((line.axes, one), (other.axes, far))
                        for far in range(other.first, other.last + 1)
                    )


def _agrees(point: Point, line: _Line, found: Runs) -> bool:
    sizes = {point[axis] for axis in line.axes}
    return len(sizes) == 1 and holds(found, sizes.pop())


def _ends(found: Runs) -> bool:
    return all(run.stop is not None for run in found)


def _first_alike(line: _Line, found: Runs) -> int | None:
    """The smallest size refused by the step that refuses the one behind the last accepted."""
    last = max(run.stop or 0 for run in found)
    behind = line.at(last + 1) if last < line.last else None
    alike = (
        size
        for size in range(line.first, line.last + 1)
        if behind and (at := line.at(size)) and at.site == behind.site
    )
    return next(alike, None)
