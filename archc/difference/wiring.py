"""Which steps a step takes its values from."""

from collections.abc import Mapping

from archc.cost import built
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
    TapItem,
    parts,
)
from archc.layers.values import Ref
from archc.tuples import NamedTuple


class Wiring(NamedTuple):
    """Of each step that builds something, in order of execution, the places of those whose results
    it takes; of each output the step that makes it. The network's inputs are -1, -2, ..."""

    sources: tuple[tuple[int, ...], ...]
    outputs: Mapping[str, int]


def wiring(graph: Graph) -> Wiring:
    """The connections of a network."""
    return _Walk(graph).wiring


class _Names:
    """The steps behind the named values of one text, and the names of its labelled parts."""

    def __init__(self, steps: dict[str, int], outer: "_Names | None" = None) -> None:
        self.steps = steps
        self.parts: dict[str, _Names] = {}
        self.outer = outer  # of a body that stands in this text: the names where it is written

    def find(self, name: str) -> int | None:
        part, _, inner = name.partition(".")
        if inner and part in self.parts:
            return self.parts[part].find(inner)
        return self.steps.get(name)


class _Walk:
    def __init__(self, graph: Graph) -> None:
        self.sources: list[tuple[int, ...]] = []
        self.outputs: dict[str, int] = {}
        self.inputs = {put.name: -1 - n for n, put in enumerate(graph.inputs) if put.name}
        final = self.region(graph.region, -1, _Names({}))
        self.outputs[""] = final

    @property
    def wiring(self) -> Wiring:
        return Wiring(tuple(self.sources), self.outputs)

    def region(self, region: Region, flow: int, names: _Names) -> int:
        for item in region.items:
            flow = self.item(item, flow, names)
        return flow

    def item(self, item: Item, flow: int, names: _Names) -> int:
        """The step whose result flows on behind an item."""
        if isinstance(item, LayerItem):
            ports = [s for port, s in self.read(item.args, names) if port in item.inputs]
            return self.step(flow, *ports) if built(item) else flow
        if isinstance(item, MergeItem):
            ends = [self.region(region, flow, names) for region in item.regions]
            return self.step(*ends) if len(ends) > 1 else ends[0]
        if isinstance(item, CallItem):
            inner = _Names(dict(self.read(item.args, names)), names if item.inline else None)
            names.parts[item.name] = inner
            return self.region(item.region, flow, inner)
        if isinstance(item, GroupItem) and item.region.kind == "body":
            assert names.outer is not None
            return self.region(item.region, flow, names.outer)
        if isinstance(item, TapItem):
            names.steps[item.name] = flow
        elif isinstance(item, RecallItem):
            found = self.named(item.name, names)
            return flow if found is None else found
        elif isinstance(item, OutputItem):
            self.outputs[item.name] = flow
        else:
            for _, region in parts(item):
                flow = self.region(region, flow, names)
        return flow

    def step(self, *sources: int) -> int:
        self.sources.append(sources)
        return len(self.sources) - 1

    def read(self, args: Mapping[str, Arg], names: _Names) -> list[tuple[str, int]]:
        """The arguments that are values of the network."""
        refs = ((name, arg.value.name) for name, arg in args.items() if isinstance(arg.value, Ref))
        found = ((name, self.named(ref, names)) for name, ref in refs)
        return [(name, source) for name, source in found if source is not None]

    def named(self, name: str, names: _Names) -> int | None:
        found = names.find(name)
        return self.inputs.get(name) if found is None else found
