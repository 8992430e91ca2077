"""Which uses of a block look the same: what they build, apart from numbers."""

from collections.abc import Hashable, Iterator

from archc.cost import built
from archc.diagram.describe import family
from archc.graph import (
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
from archc.tuples import NamedTuple

FOLLOWERS = ("norm", "activation")
"""Families that a picture shows behind the layer before them, in one node."""

Key = tuple[Hashable, int]
"""A block or share, and the structure of what it builds."""


class Structure(NamedTuple):
    """A block or share and the regions of all its uses that look the same. `letter` tells it from
    the block's other structures, if there are any."""

    name: str
    letter: str
    regions: tuple[Region, ...]


class Structures:
    """The structures of a network, in order of first use; the network itself is none."""

    def __init__(self, graph: Graph) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._signatures: dict[int, int] = {}
        self._lengths: dict[int, int] = {}
        self._seen: set[int] = set()
        self._uses: dict[Key, list[Region]] = {}
        self._names: dict[Key, str] = {}
        self._walk(graph.region)

    def structure(self, key: Key) -> Structure:
        """A structure with all its uses."""
        siblings = [other for other in self._uses if other[0] == key[0]]
        letter = letters(siblings.index(key)) if len(siblings) > 1 else ""
        return Structure(self._names[key], letter, tuple(self._uses[key]))

    def key(self, item: CallItem | ShareItem) -> Key:
        """The structure that an item uses."""
        return _origin(item), self.signature(item.region)

    def is_small(self, item: Item) -> bool:
        """Whether a block or share is drawn in place: at most a layer with its followers."""
        return isinstance(item, CallItem | ShareItem) and self._stages(item.region) <= 1

    def is_empty(self, item: CallItem | ShareItem) -> bool:
        """Whether a block or share passes its value on and does nothing else."""
        return self._stages(item.region) == 0

    def signature(self, region: Region) -> int:
        """A number for all that a region builds, apart from numbers."""
        if id(region) not in self._signatures:
            parts = tuple(self._signature(item) for item in kept(region))
            self._signatures[id(region)] = self._numbers.setdefault(parts, len(self._numbers))
        return self._signatures[id(region)]

    def runs(self, item: RepeatItem | LoopItem) -> list[tuple[list[Region], int]]:
        """The copies or turns in sequence; those that look the same are together."""
        found: list[tuple[list[Region], int]] = []
        turns = item.runs if isinstance(item, RepeatItem) else [(turn, 1) for turn in item.turns]
        for region, count in turns:
            if found and self.signature(found[-1][0][0]) == self.signature(region):
                regions, before = found.pop()
                found.append(([*regions, region], before + count))
            else:
                found.append(([region], count))
        return found

    def _signature(self, item: Item) -> Hashable:
        if isinstance(item, LayerItem):
            return "layer", item.site.start, family(item), tuple(item.inputs)
        if isinstance(item, CallItem | ShareItem):
            whole = self.is_small(item) or (isinstance(item, CallItem) and item.inline)
            return type(item), self.signature(item.region) if whole else _origin(item)
        if isinstance(item, MergeItem):
            branches = (b if isinstance(b, Region) else None for b in item.branches)
            return item.kind, tuple(b if b is None else self.signature(b) for b in branches)
        if isinstance(item, RepeatItem | LoopItem):
            runs = tuple(self.signature(regions[0]) for regions, _ in self.runs(item))
            return type(item), item.site.start, runs
        if isinstance(item, GroupItem):
            return "group", item.name, self.signature(item.region)
        if isinstance(item, WindowItem):
            return "windows", item.site.start, self.signature(item.region)
        return type(item), item.name

    def _stages(self, region: Region) -> int:
        """How many nodes a chain of layers is; 2 for all that is more than one."""
        if id(region) not in self._lengths:
            count = 0
            for item in kept(region):
                if isinstance(item, LayerItem):
                    count += not (count and family(item) in FOLLOWERS)
                elif isinstance(item, GroupItem | CallItem) and not getattr(item, "inline", False):
                    count += self._stages(item.region)
                else:
                    count += 2
            self._lengths[id(region)] = min(count, 2)
        return self._lengths[id(region)]

    def _walk(self, region: Region) -> None:
        if id(region) in self._seen:
            return
        self._seen.add(id(region))
        for item in kept(region):
            drawn = isinstance(item, ShareItem) or (isinstance(item, CallItem) and not item.inline)
            if drawn and not self.is_small(item):
                assert isinstance(item, CallItem | ShareItem)
                key = self.key(item)
                block = item.block.name.name if isinstance(item, CallItem) else item.name
                self._names.setdefault(key, block)
                uses = self._uses.setdefault(key, [])
                if id(item.region) not in self._seen:
                    uses.append(item.region)
            for inner in inner_regions(item):
                self._walk(inner)


def _origin(item: CallItem | ShareItem) -> Hashable:
    if isinstance(item, CallItem):
        return id(item.block)
    return "share", id(item.region.site.source), item.region.site.start


def kept(region: Region) -> Iterator[Item]:
    """The items that leave anything in the network."""
    return (item for item in region.items if not isinstance(item, LayerItem) or built(item))


def letters(number: int) -> str:
    """A, B, ..., Z, AA, ..."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
