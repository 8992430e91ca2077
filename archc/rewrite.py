"""Rewrites of a Graph for speed in training: the same results, names and state dict.

`archc build` does not rewrite: its code reads as the spec does.
"""

from collections.abc import Callable

from archc.graph import (
    Absent,
    CallItem,
    Graph,
    GroupItem,
    Item,
    LayerItem,
    LoopItem,
    MergeItem,
    Region,
    RepeatItem,
    ShareItem,
    WindowItem,
    inner_regions,
)

_CLAMPS = ("relu", "relu6")
"""Activations that keep the order of numbers and whose gradient is 0 wherever they make different
numbers equal: whichever of those a pool picks, the gradients are the same bits."""


def pools_first(graph: Graph) -> Graph:
    """`relu | pool` as `pool | relu`: the activation then works on fewer numbers.

    Outputs and gradients stay equal bit by bit. A pool whose places of maxima `unpool` reads stays
    behind, since its ties would be others.
    """
    return graph._replace(region=_Rewriting(_places_read(graph.region)).region(graph.region))


def _places_read(region: Region) -> set[int]:
    """The values that `unpool` reads places of, by their ids."""
    found: set[int] = set()
    for item in region.items:
        if isinstance(item, LayerItem) and "at" in item.inputs:
            found.add(item.inputs["at"].id)
        elif not isinstance(item, LayerItem):
            found.update(*map(_places_read, inner_regions(item)))
    return found


class _Rewriting:
    """One walk; equal copies stay one region."""

    def __init__(self, places_read: set[int]) -> None:
        self._places_read = places_read
        self._done: dict[int, Region] = {}

    def region(self, region: Region) -> Region:
        if id(region) not in self._done:
            items = [_inside(item, self.region) for item in region.items]
            for place in range(len(items) - 1):
                items[place : place + 2] = self._swapped(items[place], items[place + 1])
            self._done[id(region)] = region._replace(items=tuple(items))
        return self._done[id(region)]

    def _swapped(self, first: Item, second: Item) -> list[Item]:
        """Two neighbours in the better order. A value between them that has further readers would
        have a tap there."""
        if (
            not isinstance(first, LayerItem)
            or not isinstance(second, LayerItem)
            or first.word not in _CLAMPS
            or second.word != "pool"
            or second.out.id in self._places_read
        ):
            return [first, second]
        between = second.out._replace(id=first.out.id, site=second.site)
        return [
            second._replace(inputs={"x": first.inputs["x"]}, out=between),
            first._replace(inputs={"x": between}, out=second.out),
        ]


def _inside(item: Item, change: Callable[[Region], Region]) -> Item:
    """An item with other regions in it."""
    match item:
        case CallItem() | GroupItem() | WindowItem() | ShareItem():
            return item._replace(region=change(item.region))
        case MergeItem():
            branches = (b if isinstance(b, Absent) else change(b) for b in item.branches)
            return item._replace(branches=tuple(branches))
        case RepeatItem():
            return item._replace(runs=tuple((change(region), n) for region, n in item.runs))
        case LoopItem():
            return item._replace(turns=tuple(map(change, item.turns)))
        case _:
            return item
