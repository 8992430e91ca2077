"""Sums over a tree of regions: each region is counted once, and multiplied."""

from collections.abc import Callable

from archc.graph.items import (
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
from archc.source import Span
from archc.symbolic import Size, number


def built_steps(region: Region) -> int:
    """Layers and merges built, copies counted; shared ones once a use."""
    return Totals().steps(region)


def largest(region: Region) -> Span:
    """The place of the item that builds the most steps, of the region where there is none."""
    totals = Totals()
    return max(region.items, key=totals.steps_of, default=region).site


def weights(region: Region) -> tuple[object, ...]:
    """The shapes of a region's tensors, in order, nested as its items are; equal where one set of
    tensors serves both."""
    return tuple(_weights(item) for item in region.items)


def _weights(item: Item) -> tuple[object, ...]:
    if isinstance(item, LayerItem):
        # The module too: a norm over channels first is another one than over channels last.
        return (item.code.init,)
    if isinstance(item, RepeatItem):
        return tuple((count, weights(region)) for region, count in item.runs)
    return tuple(map(weights, item.turns if isinstance(item, LoopItem) else inner_regions(item)))


class Totals:
    """The sums of one tree, remembered by region."""

    def __init__(self) -> None:
        self._known: dict[int, Size] = {}

    def parameters(self, region: Region) -> int:
        return number(self._sum(region, _parameters))

    def macs(self, region: Region) -> Size:
        return self._sum(region, _macs)

    def macs_once(self, region: Region) -> Size:
        return self._sum(region, _macs_once)

    def steps(self, region: Region) -> int:
        return number(self._sum(region, _steps))

    def steps_of(self, item: Item) -> int:
        return number(self._of(item, _steps))

    def _sum(self, region: Region, of: Callable[[Item], Size]) -> Size:
        if id(region) not in self._known:
            total = sum(self._of(item, of) for item in region.items)
            # A turn that builds nothing is gone through all the same.
            self._known[id(region)] = max(total, 1) if of is _steps else total
        return self._known[id(region)]

    def _of(self, item: Item, of: Callable[[Item], Size]) -> Size:
        if isinstance(item, LayerItem):
            return of(item)
        if isinstance(item, RepeatItem):
            return sum(count * self._sum(region, of) for region, count in item.runs)
        if isinstance(item, ShareItem) and of is _parameters and not item.first:
            return 0
        if isinstance(item, WindowItem) and of is _macs:
            once = Totals().macs_once(item.region)
            return item.window.number * (self._sum(item.region, of) - once) + once
        if isinstance(item, LoopItem):
            return sum(self._sum(turn, of) for turn in item.turns)
        return of(item) + sum(self._sum(region, of) for region in inner_regions(item))


def _steps(item: Item) -> int:
    return int(isinstance(item, LayerItem | MergeItem))


def _parameters(item: Item) -> int:
    return item.parameters if isinstance(item, LayerItem) else 0


def _macs_once(item: Item) -> Size:
    return item.macs_once if isinstance(item, LayerItem) else 0


def _macs(item: Item) -> Size:
    return item.macs if isinstance(item, LayerItem | MergeItem) else 0
