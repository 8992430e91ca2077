"""The uses of each block, in the order in which their classes must stand."""

from collections.abc import Iterable, Iterator

from archc.emit.arguments import Use
from archc.graph import CallItem, Region, own_items

Key = tuple[object, int]
"""A block, and how often it is nested in itself below."""


def groups(regions: Iterable[Region]) -> Iterator[list[list[Use]]]:
    """The uses of each block in networks, those of blocks that others call first: by how often the
    block is nested in itself, the innermost first. They come together where a block calls itself
    directly, else apart."""
    return _Groups(regions).ordered()


class _Groups:
    def __init__(self, regions: Iterable[Region]) -> None:
        self.uses: dict[Key, list[Use]] = {}
        self.depths: dict[object, list[Key]] = {}
        self.calls: dict[Key, dict[Key, None]] = {}
        self._seen: dict[int, tuple[Key, dict[object, int]]] = {}
        for region in regions:
            self._below(region)

    def ordered(self) -> Iterator[list[list[Use]]]:
        done: set[Key] = set()

        def visit(key: Key) -> Iterator[list[list[Use]]]:
            if key in done:
                return
            together = self._together(key)
            done.update(together)
            for member in together:
                for inner in self.calls[member]:
                    yield from visit(inner)
            yield [self.uses[member] for member in together]

        for key in self.uses:
            yield from visit(key)

    def _together(self, key: Key) -> list[Key]:
        """A block at all depths, if it is reached again through its own text alone."""
        block = key[0]
        depths = sorted(self.depths[block])
        if len(depths) == 1:
            return depths
        others = {inner for member in depths for inner in self.calls[member] if inner[0] != block}
        seen: set[Key] = set()
        return [key] if any(self._reaches(inner, block, seen) for inner in others) else depths

    def _reaches(self, key: Key, block: object, seen: set[Key]) -> bool:
        if key[0] == block:
            return True
        if key in seen:
            return False
        seen.add(key)
        return any(self._reaches(inner, block, seen) for inner in self.calls[key])

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
        # Uses that hand out other values are of other classes.
        block = item.block.span, tuple(hand.name for hand in item.region.hands)
        key = (block, depths.get(block, 0))
        if key not in self.uses:
            self.uses[key] = []
            self.depths.setdefault(block, []).append(key)
        self.uses[key].append(Use(item.region, item))
        self.calls.setdefault(key, {}).update(keys)
        self._seen[id(item.region)] = (key, depths)
        return key, depths


def calls_in(region: Region) -> Iterator[CallItem]:
    """The calls in a class's text that make instances of other classes, once for equal copies."""
    for item in own_items(region):
        if isinstance(item, CallItem) and not item.inline:
            yield item
