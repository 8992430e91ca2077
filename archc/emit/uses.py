"""The uses of each block, in the order in which their classes must stand."""

from collections.abc import Iterable, Iterator

from archc.emit.arguments import Use
from archc.graph import CallItem, Region, inner_regions

Key = tuple[object, int]
"""A block, and how often it is nested in itself below."""


def groups(regions: Iterable[Region]) -> Iterator[list[Use]]:
    """The uses of each block in networks, those of blocks that others call first. A block that
    calls itself has a group for each depth."""
    return _Groups(regions).ordered()


class _Groups:
    def __init__(self, regions: Iterable[Region]) -> None:
        self.uses: dict[Key, list[Use]] = {}
        self.calls: dict[Key, dict[Key, None]] = {}
        self._seen: dict[int, tuple[Key, dict[object, int]]] = {}
        for region in regions:
            self._below(region)

    def ordered(self) -> Iterator[list[Use]]:
        done: set[Key] = set()

        def visit(key: Key) -> Iterator[list[Use]]:
            if key in done:
                return
            done.add(key)
            for inner in self.calls[key]:
                yield from visit(inner)
            yield self.uses[key]

        for key in self.uses:
            yield from visit(key)

    def _below(self, region: Region) -> tuple[dict[Key, None], dict[object, int]]:
        """What a region calls, and how deep each block is nested in it."""
        keys: dict[Key, None] = {}
        depths: dict[object, int] = {}
        for item in calls_in(region):
            key, nested = self._use(item)
            keys[key] = None
            for block, depth in {**nested, key[0]: key[1] + 1}.items():
                depths[block] = max(depths.get(block, 0), depth)
        return keys, depths

    def _use(self, item: CallItem) -> tuple[Key, dict[object, int]]:
        known = self._seen.get(id(item.region))
        if known is not None:
            return known
        keys, depths = self._below(item.region)
        block = item.block.span
        key = (block, depths.get(block, 0))
        self.uses.setdefault(key, []).append(Use(item.region, item))
        self.calls.setdefault(key, {}).update(keys)
        self._seen[id(item.region)] = (key, depths)
        return key, depths


def calls_in(region: Region) -> Iterator[CallItem]:
    """The calls in a class's text that make instances of other classes."""
    for item in region.items:
        if isinstance(item, CallItem) and not item.inline:
            yield item
        else:
            for inner in inner_regions(item):
                yield from calls_in(inner)
