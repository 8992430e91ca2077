"""The network after elaboration: regions of items over values, each number with its origin."""

from collections.abc import Iterator, Mapping
from math import prod
from typing import Literal, NamedTuple

from archc.layers.base import Layer
from archc.layers.values import Value as ArgumentValue
from archc.shape import Shape
from archc.source import Span
from archc.syntax.tree import Expr


class Value(NamedTuple):
    """What flows between steps. `shape` is None behind a mistake; `site` made it."""

    id: int
    shape: Shape | None
    site: Span


class Arg(NamedTuple):
    """An argument as it counts: its value, the text it came from, and who gave it."""

    value: ArgumentValue
    expr: Expr | None
    source: Literal["step", "with", "default", "layer"]


class LayerItem(NamedTuple):
    """A layer in its place. `name` is the part's name in code and state dict; `inputs` are by port,
    the piped value under `x`."""

    site: Span
    word: str
    name: str
    layer: Layer
    args: Mapping[str, Arg]
    inputs: Mapping[str, Value]
    out: Value

    @property
    def input_shape(self) -> Shape:
        """The shape of the piped value."""
        return known(self.inputs["x"])

    @property
    def output_shape(self) -> Shape:
        return known(self.out)

    @property
    def parameters(self) -> int:
        """Trainable numbers."""
        tensors = self.layer.tensors(self.input_shape)
        return sum(prod(tensor.shape) for tensor in tensors if not tensor.buffer)

    @property
    def macs(self) -> int:
        """Multiply-accumulates at batch 1."""
        return self.layer.macs(self.input_shape, self.output_shape)


class Region(NamedTuple):
    """Items in order of execution, between the value that enters and the one that leaves."""

    kind: Literal["file"]
    site: Span
    items: tuple[LayerItem, ...]
    entry: Value
    exit: Value


class Graph(NamedTuple):
    """A whole network. `title` is the comment that opens its text, if there is one."""

    name: str
    title: str
    region: Region

    @property
    def input(self) -> Shape:
        return known(self.region.entry)

    @property
    def output(self) -> Shape:
        return known(self.region.exit)

    @property
    def parameters(self) -> int:
        """Trainable numbers of all tensors, each built once."""
        return sum(item.parameters for item in self.layers())

    @property
    def macs(self) -> int:
        """Multiply-accumulates of an evaluation at batch 1."""
        return sum(item.macs for item in self.layers())

    def layers(self) -> Iterator[LayerItem]:
        """Every layer in order of execution."""
        yield from self.region.items


def known(value: Value) -> Shape:
    """The shape of a value in a graph without mistakes."""
    if value.shape is None:
        raise ValueError("the shape behind a mistake is not known")
    return value.shape
