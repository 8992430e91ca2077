"""A compiled network at other input sizes: its steps and their numbers stay, shapes alone change.

The question is whether the source that `archc build` writes would run. Each step's rule is asked
again, and its own text must come out the same: a step whose text changes has a size of the original
input in it. What builds nothing refuses nothing. A sum whose branches PyTorch would silently
broadcast is refused, as everywhere.
"""

from collections.abc import Mapping
from math import prod

from archc.elaborate import merges
from archc.graph import (
    Arg,
    CallItem,
    Graph,
    GroupItem,
    Item,
    LayerItem,
    LoopItem,
    MergeItem,
    RecallItem,
    Region,
    RepeatItem,
    ShareItem,
    TapItem,
    WindowItem,
    known,
)
from archc.layers.base import Code, Layer, Mismatch, Pooled
from archc.layers.values import Ref
from archc.shape import Shape, describe
from archc.source import Span
from archc.tuples import NamedTuple

_MOST_CALLS = 100_000
"""Calls that are remembered: some 50 MB."""


class Refusal(NamedTuple):
    """The step that a size does not get through, and why: expected before found."""

    site: Span
    word: str
    message: str


class _Flow(NamedTuple):
    """A value: its shape and, behind a pool, what a port for indices reads."""

    shape: Shape
    pooled: Pooled | None = None


class _Text:
    """An instance of a block's text: its named values and the names in its labelled parts. `outer`
    is where the body that stands in it is written."""

    def __init__(self, names: dict[str, _Flow], outer: "_Text | None" = None) -> None:
        self.names = names
        self.parts: dict[str, _Text] = {}
        self.outer = outer

    def find(self, name: str) -> _Flow:
        part, _, inner = name.partition(".")
        return self.parts[part].find(inner) if inner else self.names[name]

    def passed(self, args: Mapping[str, Arg]) -> dict[str, _Flow]:
        """The values that arguments name."""
        return {
            name: self.find(arg.value.name)
            for name, arg in args.items()
            if isinstance(arg.value, Ref)
        }


class _Refused(Exception):
    def __init__(self, site: Span, word: str, message: str) -> None:
        super().__init__(message)
        self.refusal = Refusal(site, word, message)


class _Built(NamedTuple):
    """What a layer has become: its text, and whether its places of maxima can be read."""

    code: Code
    indexed: bool


class Replay:
    """A network to be run at other input sizes. Blocks called with equal shapes are run once;
    `steps` counts the rules that were asked, and the inputs given."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.steps = 0
        self._built: dict[int, _Built] = {}
        self._calls: dict[tuple[object, ...], tuple[_Flow, _Text] | Refusal] = {}

    def refusal(self, shapes: tuple[Shape, ...]) -> Refusal | None:
        """What refuses inputs of these shapes, which lie as the network's own; None where they get
        through."""
        self.steps += len(shapes)
        if len(self._calls) > _MOST_CALLS:
            self._calls.clear()
        flows = [_Flow(shape) for shape in shapes]
        named = zip(self.graph.inputs, flows, strict=True)
        text = _Text({put.name: flow for put, flow in named if put.name is not None})
        try:
            self._region(self.graph.region, flows[0], text)
        except _Refused as refused:
            return refused.refusal
        return None

    def _region(self, region: Region, flow: _Flow, text: _Text) -> _Flow:
        for item in region.items:
            flow = self._item(item, flow, text)
        return flow

    def _item(self, item: Item, flow: _Flow, text: _Text) -> _Flow:
        """The value behind an item. Raises _Refused."""
        if isinstance(item, LayerItem):
            return self._layer(item, flow, text)
        if isinstance(item, CallItem):
            return self._call(item, flow, text)
        if isinstance(item, MergeItem):
            return self._merge(item, flow, text)
        if isinstance(item, RepeatItem):
            return self._repeat(item, flow, text)
        if isinstance(item, LoopItem):
            for turn in item.turns:
                flow = self._region(turn, flow, text)
            return flow
        if isinstance(item, GroupItem) and item.region.kind == "body":
            assert text.outer is not None
            return self._region(item.region, flow, text.outer)
        if isinstance(item, GroupItem | ShareItem):
            return self._region(item.region, flow, text)
        if isinstance(item, WindowItem):
            return self._windows(item, flow, text)
        if isinstance(item, RecallItem):
            return text.find(item.name)
        if isinstance(item, TapItem):
            text.names[item.name] = flow
        return flow

    def _layer(self, item: LayerItem, flow: _Flow, text: _Text) -> _Flow:
        self.steps += 1
        built = self._built_of(item)
        if built.code.init is None and built.code.call is None:
            return flow
        layer, x = item.layer, flow.shape
        if len(item.inputs) > 1:
            passed = text.passed(item.args)
            layer = layer.with_ports(**{port: _at(layer, port, passed[port]) for port in passed})
        try:
            out = layer.shape(x)
        except Mismatch as mismatch:
            raise _Refused(item.site, item.word, mismatch.message) from None
        if layer.code(x) != built.code:
            raise _Refused(item.site, item.word, _other_text(item, x))
        return _Flow(out, Pooled(layer, x, out) if built.indexed else None)

    def _built_of(self, item: LayerItem) -> _Built:
        found = self._built.get(id(item))
        if found is None:
            x = item.input_shape
            found = _Built(item.layer.code(x), item.layer.indices(x) is not None)
            self._built[id(item)] = found
        return found

    def _call(self, item: CallItem, flow: _Flow, text: _Text) -> _Flow:
        values = text.passed(item.args)
        if item.inline:
            # What the body names belongs to the text around.
            inner = _Text(values, text)
            out = self._region(item.region, flow, inner)
        else:
            key = (id(item.region), flow.shape, *values.items())
            if key not in self._calls:
                self._calls[key] = self._called(item.region, flow, _Text(values))
            found = self._calls[key]
            self.steps += 1
            if isinstance(found, Refusal):
                raise _Refused(*found)
            out, inner = found
        if item.name:
            text.parts[item.name] = inner
        return out

    def _called(self, region: Region, flow: _Flow, inner: _Text) -> "tuple[_Flow, _Text] | Refusal":
        try:
            return self._region(region, flow, inner), inner
        except _Refused as refused:
            return refused.refusal

    def _merge(self, item: MergeItem, flow: _Flow, text: _Text) -> _Flow:
        self.steps += 1
        try:
            if item.kind == "split":
                flow = _Flow(merges.split(flow.shape, len(item.branches)))
            shapes = [self._region(region, flow, text).shape for region in item.regions]
            return _Flow(merges.merged(item.kind, shapes) if len(shapes) > 1 else shapes[0])
        except Mismatch as mismatch:
            raise _Refused(item.site, item.kind, mismatch.message) from None

    def _repeat(self, item: RepeatItem, flow: _Flow, text: _Text) -> _Flow:
        for region, count in item.runs:
            for _ in range(count):
                before = flow, dict(text.names)
                flow = self._region(region, flow, text)
                if before == (flow, text.names):
                    # All further copies do the same.
                    break
        return flow

    def _windows(self, item: WindowItem, flow: _Flow, text: _Text) -> _Flow:
        """The map is padded to whole windows: only the number of windows changes."""
        tokens = Shape((prod(item.window.sides), flow.shape.channels), "last")
        inside = self._region(item.region, _Flow(tokens), text)
        return _Flow(flow.shape.replace_channels(inside.shape.channels))


def _at(layer: Layer, port: str, flow: _Flow) -> Shape | Pooled:
    """What arrives at a port of a layer, in the form that its rules have read before."""
    pooled = isinstance(vars(layer)[port], Pooled)
    return flow.pooled if pooled and flow.pooled is not None else flow.shape


def _other_text(item: LayerItem, x: Shape) -> str:
    before = known(item.inputs["x"])
    if before == x:
        return f"`{item.word}` has a size of the original input in it"
    return f"`{item.word}` is built for {describe(before)}, got {describe(x)}"
