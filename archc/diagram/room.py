"""Units within bounds: what a picture has no room for is one node."""

from collections.abc import Sequence

from archc.diagram.units import Calls, Fork, Gap, Group, Output, Stage, Unit
from archc.shape import Shape


def weight(units: Sequence[Unit]) -> int:
    """How many nodes units are drawn as."""
    return sum(_weight(unit) for unit in units)


def shortened(units: Sequence[Unit], room: int) -> tuple[Unit, ...]:
    """The first and the last units, where there are too many nodes; between them stands a Gap.
    Forks and groups that take most of the room are not opened."""
    if weight(units) <= room:
        return tuple(units)
    fitting = [_closed(unit) if _weight(unit) > room // 2 else unit for unit in units]
    excess = weight(fitting) - room
    if excess <= 0:
        return tuple(fitting)
    first = _reached(fitting, room * 3 // 4)
    last = len(fitting) - _reached(fitting[::-1], room - room * 3 // 4)
    hidden = fitting[first:last]
    shapes = [_shapes(unit) for unit in hidden]
    ends = [pair for pair in shapes if pair is not None]
    if not ends:
        return (*fitting[:first], *fitting[last:])
    gap = Gap(
        sum(_stages(unit) for unit in hidden),
        ends[0][0],
        ends[-1][1],
        *_costs(hidden),
    )
    return (*fitting[:first], gap, *fitting[last:])


def _weight(unit: Unit) -> int:
    if isinstance(unit, Fork):
        return 1 + (unit.kind == "split") + sum(max(1, weight(branch)) for branch in unit.branches)
    if isinstance(unit, Group):
        return weight(unit.units)
    return int(isinstance(unit, Stage | Calls | Gap | Output))


def _reached(units: Sequence[Unit], room: int) -> int:
    """How many of the first units fit."""
    taken = 0
    for place, unit in enumerate(units):
        taken += _weight(unit)
        if taken > room:
            return place
    return len(units)


def _stages(unit: Unit) -> int:
    if isinstance(unit, Stage | Calls) and isinstance(unit.copies, int):
        return unit.copies
    return _weight(unit)


def _closed(unit: Unit) -> Unit:
    """A fork or group as one node."""
    shapes = _shapes(unit)
    if shapes is None or isinstance(unit, Stage | Calls | Gap):
        return unit
    name = unit.kind if isinstance(unit, Fork) else getattr(unit, "title", "")
    words = f"{len(unit.branches)} branches" if isinstance(unit, Fork) else f"{_weight(unit)} nodes"
    return Stage("part", name, (words,), *shapes, *_costs([unit]))


def _shapes(unit: Unit) -> tuple[Shape, Shape] | None:
    if isinstance(unit, Stage | Calls | Fork | Gap):
        return unit.input, unit.output
    if isinstance(unit, Group):
        inner = [pair for held in unit.units if (pair := _shapes(held)) is not None]
        return (inner[0][0], inner[-1][1]) if inner else None
    return None


def _costs(units: Sequence[Unit]) -> tuple[int, int]:
    parameters = macs = 0
    for unit in units:
        if isinstance(unit, Stage | Calls | Gap):
            parameters, macs = parameters + unit.parameters, macs + unit.macs
            continue
        inner = [unit.units] if isinstance(unit, Group) else []
        if isinstance(unit, Fork):
            macs += unit.macs
            inner = list(unit.branches)
        for held in inner:
            more = _costs(held)
            parameters, macs = parameters + more[0], macs + more[1]
    return parameters, macs
