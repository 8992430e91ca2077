"""Which steps only training needs: those that lead to nothing but outputs of training."""

from collections.abc import Iterator

from archc.graph.items import (
    CallItem,
    Item,
    LayerItem,
    OutputItem,
    RecallItem,
    Region,
    TapItem,
    inner_regions,
    outputs,
)


def train_only(region: Region) -> frozenset[int]:
    """The places of those items in a network's region."""
    found = list(outputs(region.items))
    if not any(item.train for item in found):
        return frozenset()
    needed = {region.exit.id, *(item.value.id for item in found if not item.train)}
    needed.update(hand.value.id for hand in region.hands if hand.output is None)
    unneeded: set[int] = set()
    train = {item.value.id for item in found if item.train}
    for place in reversed(range(len(region.items))):
        item = region.items[place]
        if isinstance(item, TapItem | RecallItem | OutputItem):
            continue
        if needed & set(_made(item)):
            needed |= set(_read(item))
        elif train & set(_made(item)):
            train |= set(_read(item))
            unneeded.add(place)
    return frozenset(unneeded)


def _made(item: Item) -> Iterator[int]:
    if not isinstance(item, TapItem | OutputItem):
        yield item.out.id
    if isinstance(item, CallItem):
        yield from (hand.value.id for hand in item.handed)
    if not isinstance(item, CallItem) or item.inline:
        for inner in inner_regions(item):
            for further in inner.items:
                yield from _made(further)


def _read(item: Item) -> Iterator[int]:
    if isinstance(item, LayerItem):
        yield from (value.id for value in item.inputs.values())
    elif isinstance(item, RecallItem):
        yield item.out.id
    elif not isinstance(item, TapItem | OutputItem):
        yield item.entry.id
    if isinstance(item, CallItem):
        yield from (value.id for value in item.values.values())
    if not isinstance(item, CallItem) or item.inline:
        for inner in inner_regions(item):
            for further in inner.items:
                yield from _read(further)
