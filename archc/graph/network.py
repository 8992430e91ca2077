"""The whole network, and walks over it."""

from collections.abc import Iterator

from archc.graph.items import (
    CallItem,
    GroupItem,
    Item,
    LayerItem,
    Region,
    ShareItem,
    Value,
    inner_regions,
    joined,
    known,
    outputs,
    parts,
)
from archc.graph.liveness import train_only
from archc.graph.totals import Totals
from archc.shape import Shape
from archc.symbolic import Size
from archc.tuples import NamedTuple


class Input(NamedTuple):
    """What enters the network; the only one may have no name."""

    name: str | None
    value: Value


class Graph(NamedTuple):
    """A whole network. `title` is the comment that opens its text, if there is one; `call` is the
    call that a network makes which is a block."""

    name: str
    title: str
    inputs: tuple[Input, ...]
    region: Region
    call: CallItem | None = None

    @property
    def input(self) -> Shape:
        """The shape of what the first step gets."""
        return known(self.region.entry)

    @property
    def output(self) -> Shape:
        """The shape of the final value."""
        return known(self.region.exit)

    @property
    def parameters(self) -> int:
        """Trainable numbers of all tensors, each built once."""
        return Totals().parameters(self.region)

    @property
    def macs(self) -> Size:
        """Multiply-accumulates of an evaluation at batch 1."""
        return Totals().macs(self.evaluated.region)

    @property
    def evaluated(self) -> "Graph":
        """The network without what only outputs of training need."""
        return self._replace(region=_evaluated(self.region))

    @property
    def outputs(self) -> dict[str, Shape]:
        """What an evaluation returns, by name; the final value is `out` unless it is named."""
        return {name: known(value) for name, value, train in self._outputs() if not train}

    @property
    def train_outputs(self) -> dict[str, Shape]:
        """What training returns besides."""
        return {name: known(value) for name, value, train in self._outputs() if train}

    @property
    def further_outputs(self) -> dict[str, Shape | None]:
        """What is returned besides the final value, by name; None behind a mistake."""
        return {name: value.shape for name, value, _ in self._outputs()[1:]}

    def _outputs(self) -> list[tuple[str, Value, bool]]:
        items = list(outputs(self.region.items))
        named = items and items[-1] is self.region.items[-1] and not items[-1].train
        final = items.pop().name if named else "out"
        further = [(item.name, item.value, item.train) for item in items]
        return [(final, self.region.exit, False), *further]

    def distinct_layers(self) -> Iterator[LayerItem]:
        """Every layer once for equal copies, with its name in its own container."""
        yield from _distinct_layers(self.region, set())

    def layers(self) -> Iterator[LayerItem]:
        """Every layer in order of execution, its name the whole path in the state dict. Shared
        layers come once a use."""
        yield from _layers(self.region, "", ("",), ())


def _evaluated(region: Region) -> Region:
    """A region without what only outputs of training need, in the blocks that it calls too."""
    unneeded = train_only(region)
    kept = (item for place, item in enumerate(region.items) if place not in unneeded)
    return region._replace(items=tuple(map(_evaluated_item, kept)))


def _evaluated_item(item: Item) -> Item:
    if isinstance(item, CallItem) and any(h.output and h.output.train for h in item.handed):
        return item._replace(region=_evaluated(item.region))
    return item


def _distinct_layers(region: Region, seen: set[int]) -> Iterator[LayerItem]:
    for item in region.items:
        if isinstance(item, LayerItem):
            yield item
            continue
        for inner in inner_regions(item):
            if id(inner) not in seen:
                seen.add(id(inner))
                yield from _distinct_layers(inner, seen)


Homes = tuple[str, ...]


def _layers(
    region: Region, prefix: str, homes: Homes, outer: tuple[tuple[str, Homes], ...]
) -> Iterator[LayerItem]:
    """`homes` are the paths of the block whose text this is, and of the turns around, where shares
    are; `outer` are prefix and homes of the texts in which the bodies around are written."""
    for item in region.items:
        if isinstance(item, LayerItem):
            yield item._replace(name=joined(prefix, item.name))
        elif isinstance(item, GroupItem) and item.region.kind == "body":
            yield from _layers(item.region, *outer[-1], outer[:-1])
        elif isinstance(item, ShareItem):
            around = homes[: len(homes) - item.up]
            yield from _layers(item.region, joined(around[-1], item.name), around, outer)
        elif isinstance(item, CallItem):
            path = joined(prefix, item.name)
            texts = (*outer, (prefix, homes)) if item.inline else outer
            yield from _layers(item.region, path, (path,), texts)
        else:
            for name, part in parts(item):
                path = joined(prefix, name)
                inside = (*homes, path) if part.kind == "turn" else homes
                yield from _layers(part, path, inside, outer)
