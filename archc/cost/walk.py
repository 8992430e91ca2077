"""A network's steps in order of execution: each with its path and what it sees of the input."""

from collections import Counter
from collections.abc import Iterator, Mapping

from archc.cost.receptive import Field, behind, entering, in_windows, merged
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
    WindowItem,
    joined,
    known,
    parts,
    train_only,
)
from archc.layers.values import Ref
from archc.symbolic import Size
from archc.tuples import NamedTuple


class Step(NamedTuple):
    """A layer or a merge in its place. `again` says that its weights were built before, `train`
    that only outputs of training need it. It runs on `windows` of an example at once."""

    path: str
    item: LayerItem | MergeItem
    field: Field
    again: bool
    train: bool
    windows: Size = 1


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
    """Where a text's parts are: `prefix` for those here, `homes` for the shares of the text and of
    the turns around. `outer` is where the body that stands here is written."""

    prefix: str
    homes: tuple[str, ...]
    names: _Names
    again: bool = False
    outer: "_Place | None" = None
    windows: Size = 1


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
        place, field = _Place("", ("",), _Names({})), fields[0]
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
            homes = place.homes[: len(place.homes) - item.up]
            path = joined(homes[-1], item.name)
            again = place.again or path in self.shares
            self.shares.add(path)
            there = place._replace(prefix=path, homes=homes, again=again)
            return self.region(item.region, field, there)
        if isinstance(item, GroupItem) and item.region.kind == "body":
            assert place.outer is not None
            outer = place.outer._replace(windows=place.windows)
            return self.region(item.region, field, outer)
        if isinstance(item, TapItem):
            place.names.fields[item.name] = field
            return field
        if isinstance(item, RecallItem):
            return self.named(item.name, place) or field._replace(sides=None)
        if isinstance(item, OutputItem):
            return field
        if isinstance(item, WindowItem):
            seen = in_windows(field, item.window.sides, item.window.grid)
            self.region(item.region, seen, place._replace(windows=item.window.number))
            return seen
        for name, inner in parts(item):
            path = joined(place.prefix, name)
            homes = (*place.homes, path) if inner.kind == "turn" else place.homes
            field = self.region(inner, field, place._replace(prefix=path, homes=homes))
        return field

    def layer(self, item: LayerItem, field: Field, place: _Place) -> Field:
        ports = [
            (port, found) for port, found in self.read(item.args, place) if port in item.inputs
        ]
        # The tokens of a window all see the same.
        field = behind(item, field, ports) if place.windows == 1 else field
        path = joined(place.prefix, item.name)
        self.found.append(Step(path, item, field, place.again, self.train, place.windows))
        return field

    def merge(self, item: MergeItem, field: Field, place: _Place) -> Field:
        fields = [self.region(region, field, place) for region in item.regions]
        if len(fields) == 1:
            return fields[0]
        shapes = [known(region.exit) for region in item.regions]
        if place.windows == 1:
            field = merged(list(zip(fields, shapes, strict=True)), known(item.out))
        path = joined(place.prefix, item.kind)
        self.merges[path] += 1
        name = f"{path}{self.merges[path]}"
        self.found.append(Step(name, item, field, False, self.train, place.windows))
        return field

    def call(self, item: CallItem, field: Field, place: _Place) -> Field:
        path = joined(place.prefix, item.name)
        names = _Names(dict(self.read(item.args, place)))
        outer = place if item.inline else None
        inner = _Place(path, (path,), names, place.again, outer, place.windows)
        field = self.region(item.region, field, inner)
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
