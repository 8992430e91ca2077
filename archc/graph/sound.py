"""The part of a network in front of its first mistake."""

from collections.abc import Sequence

from archc.graph.items import Item, OutputItem, TapItem, Value, inner_regions
from archc.graph.network import Graph
from archc.source import Span
from archc.syntax import tree


def sound_part(graph: Graph, file: tree.File, mistakes: Sequence[Span]) -> Graph | None:
    """A network up to the first of its parts in which there is a mistake, or behind which a shape
    is not known; None where that is the first one."""
    blocks = [item.span for item in file.items if isinstance(item, tree.Block)]
    whole = graph.call is None and graph.region.kind == "file"
    in_text = [
        place
        for place in mistakes
        if _within(place, graph.region.site)
        and not (whole and any(_within(place, block) for block in blocks))
    ]
    first = min((place.start for place in in_text), default=len(graph.region.site.source.text))
    kept: list[Item] = []
    for item in graph.region.items:
        if item.site.end > first or not _sound(item, mistakes):
            break
        kept.append(item)
    if not kept or graph.region.entry.shape is None:
        return None
    region = graph.region._replace(items=tuple(kept), exit=_value(kept[-1]))
    return graph._replace(region=region)


def _sound(item: Item, mistakes: Sequence[Span]) -> bool:
    """Whether all shapes in an item are known and no mistake lies in a text that it builds."""
    if _value(item).shape is None:
        return False
    return all(
        not any(_within(place, region.site) for place in mistakes)
        and all(_sound(inner, mistakes) for inner in region.items)
        for region in inner_regions(item)
    )


def _value(item: Item) -> Value:
    """The value behind an item."""
    return item.value if isinstance(item, TapItem | OutputItem) else item.out


def _within(place: Span, region: Span) -> bool:
    return place.source == region.source and region.start <= place.start and place.end <= region.end
