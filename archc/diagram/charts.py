"""Graph to charts: the network's own, and one for each block that it holds."""

from collections.abc import Sequence

from archc.collection import without_collection
from archc.diagram.chart import Chart, Charting
from archc.diagram.room import shortened
from archc.diagram.stages import Builder
from archc.diagram.structures import Key, Structures
from archc.diagram.units import Calls, Fork, Group, Unit
from archc.graph import Graph
from archc.tuples import NamedTuple

MAX_NODES = 100
"""A network with more is neither laid out nor read in reasonable time."""
MAX_ASIDE = 40
"""Nodes of one block."""
MAX_ASIDE_ALL = 160
"""Nodes of all blocks."""


class Charts(NamedTuple):
    """The network, then its blocks; `hidden` ones have no room. `letters` tell structures apart."""

    main: Chart
    aside: tuple[Chart, ...]
    hidden: int
    letters: dict[Key, str]


@without_collection()
def charts(graph: Graph, depth: int | None = None) -> Charts:
    """The charts of a network. What is nested deeper than `depth` is not opened."""
    structures = Structures(graph)
    builder = Builder(graph, structures, depth)
    units = shortened(builder.units([graph.region], 1, True), MAX_NODES)
    main = Charting("n").network(graph, units)
    waiting = _keys(units)
    found: list[Chart] = []
    done: set[Key] = set()
    letters: dict[Key, str] = {key: structures.structure(key).letter for key, _ in waiting}
    room, hidden = MAX_ASIDE_ALL, 0
    while waiting:
        key, level = waiting.pop(0)
        if key in done or not builder.opens(level):
            continue
        done.add(key)
        if room <= 0:
            hidden += 1
            continue
        structure = structures.structure(key)
        held = shortened(builder.units(structure.regions, level + 1, False), MAX_ASIDE)
        charting = Charting(f"b{len(found) + 1}n")
        found.append(charting.block(f"{structure.name} {structure.letter}".strip(), held))
        room -= charting.count
        inner = _keys(held)
        letters |= {key: structures.structure(key).letter for key, _ in inner}
        waiting += inner
    return Charts(main, tuple(found), hidden, letters)


def _keys(units: Sequence[Unit]) -> list[tuple[Key, int]]:
    """The structures that units use, and how deep these uses are nested."""
    found: list[tuple[Key, int]] = []
    for unit in units:
        if isinstance(unit, Calls):
            found += [(key, unit.level) for row in unit.rows for key in row.keys]
        elif isinstance(unit, Group):
            found += _keys(unit.units)
        elif isinstance(unit, Fork):
            found += [key for branch in unit.branches for key in _keys(branch)]
    return found
