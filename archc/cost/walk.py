"""A network's steps in order of execution: each with its path and what it sees of the input."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from archc.cost.receptive import Field, behind, entering, merged
from archc.emit.liveness import train_only
from archc.graph import (
    Arg,
    CallItem,
    Graph,
    GroupItem,
    Item,
    LayerItem,
    MergeItem,
    OutputItem,
    RecallItem,
    Region,
    ShareItem,
    TapItem,
    joined,
    known,
    parts,
)
from archc.layers.values import Ref


class Step(NamedTuple):
    """A layer or a merge in its place. `again` says that its weights were built before, `train`
    that only outputs of training need it."""

    path: str
    item: LayerItem | MergeItem
    field: Field
    again: bool
    train: bool


def steps(graph: Graph) -> tuple[Step, ...]:
    """The layers and merges of a network in order of execution, copies one by one; what builds
    nothing is among them, merges of one branch are not."""
    return _Walk(graph).steps


class _Names:
    """The fields of the named values of one text, and the names of its labelled parts."""

    def __init__(self, fields: dict[str, Field]) -> None:
        self.fields = fields
        self.parts: dict[str, _Names] = {}

    def find(self, name: str) -> Field | None:
        part, _, inner = name.partition(".")
        if inner and part in self.parts:
            return self.parts[part].find(inner)
        return self.fields.get(name)


class _Place(NamedTuple):
    """Where a text's parts are: `prefix` for those here, `home` for the text's shares. `outer` is
    where the body that stands here is written."""

    prefix: str
    home: str
    names: _Names
    again: bool = False
    outer: "_Place | None" = None


class _Walk:
    def __init__(self, graph: Graph) -> None:
        self.found: list[Step] = []
        self.shares: set[str] = set()
        self.merges: Counter[str] = Counter()
        self.train = False
        fields = [entering(known(put.value)) for put in graph.inputs]
        names = zip(graph.inputs, fields, strict=True)
        self.inputs = {put.name: field for put, field in names if put.name is not None}
        unneeded = train_only(graph.region)
        place, field = _Place("", "", _Names({})), fields[0]
        for index, item in enumerate(graph.region.items):
            self.train = index in unneeded
            field = self.item(item, field, place)

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(self.found)

    def region(self, region: Region, field: Field, place: _Place) -> Field:
        for item in region.items:
            field = self.item(item, field, place)
        return field

    def item(self, item: Item, field: Field, place: _Place) -> Field:
        """The field behind an item."""
        if isinstance(item, LayerItem):
            return self.layer(item, field, place)
        if isinstance(item, MergeItem):
            return self.merge(item, field, place)
        if isinstance(item, CallItem):
            return self.call(item, field, place)
        if isinstance(item, ShareItem):
            path = joined(place.home, item.name)
            again = place.again or path in self.shares
            self.shares.add(path)
            return self.region(item.region, field, place._replace(prefix=path, again=again))
        if isinstance(item, GroupItem) and item.region.kind == "body":
            assert place.outer is not None
            return self.region(item.region, field, place.outer)
        if isinstance(item, TapItem):
            place.names.fields[item.name] = field
            return field
        if isinstance(item, RecallItem):
            return self.named(item.name, place) or field._replace(sides=None)
        if isinstance(item, OutputItem):
            return field
        for name, inner in parts(item):
            field = self.region(inner, field, place._replace(prefix=joined(place.prefix, name)))
        return field

    def layer(self, item: LayerItem, field: Field, place: _Place) -> Field:
        ports = [
            (port, found) for port, found in self.read(item.args, place) if port in item.inputs
        ]
        field = behind(item, field, ports)
        self.found.append(
            Step(joined(place.prefix, item.name), item, field, place.again, self.train)
        )
        return field

    def merge(self, item: MergeItem, field: Field, place: _Place) -> Field:
        fields = [self.region(region, field, place) for region in item.regions]
        if len(fields) == 1:
            return fields[0]
        shapes = [known(region.exit) for region in item.regions]
        field = merged(list(zip(fields, shapes, strict=True)), known(item.out))
        path = joined(place.prefix, item.kind)
        self.merges[path] += 1
        self.found.append(Step(f"{path}{self.merges[path]}", item, field, False, self.train))
        return field

    def call(self, item: CallItem, field: Field, place: _Place) -> Field:
        path = joined(place.prefix, item.name)
        names = _Names(dict(self.read(item.args, place)))
        outer = place if item.inline else None
        field = self.region(item.region, field, _Place(path, path, names, place.again, outer))
        if item.name:
            place.names.parts[item.name] = names
        return field

    def read(self, args: Mapping[str, Arg], place: _Place) -> Iterator[tuple[str, Field]]:
        """The arguments that are values of the network."""
        for name, arg in args.items():
            if isinstance(arg.value, Ref):
                field = self.named(arg.value.name, place)
                if field is not None:
                    yield name, field

    def named(self, name: str, place: _Place) -> Field | None:
        return place.names.find(name) or self.inputs.get(name)


def evaluated(graph: Graph) -> Graph:
    """The network without what only outputs of training need."""
    unneeded = train_only(graph.region)
    items = tuple(item for index, item in enumerate(graph.region.items) if index not in unneeded)
    return graph._replace(region=graph.region._replace(items=items))
