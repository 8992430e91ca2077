"""Shapes as archc computes with them: the sizes behind the batch, and which one counts channels."""

from typing import Literal

from archc.symbolic import Open, Size, product
from archc.tuples import NamedTuple

Layout = Literal["vector", "first", "last", "ids"]


class Shape(NamedTuple):
    """The sizes of a value without its batch.

    Layouts: `vector` is [C]; `first` is [C, ...], one to any number of sizes behind the channels;
    `last` is [..., C]; `ids` is [L], whole numbers without channels. A size may be open: not known
    before the network runs.
    """

    dims: tuple[Size, ...]
    layout: Layout

    @property
    def channels(self) -> Size:
        """`C`; token ids have none, and no layer that asks for it takes them."""
        if self.layout == "ids":
            raise ValueError("token ids have no channels")
        return self.dims[-1] if self.layout == "last" else self.dims[0]

    @property
    def positions(self) -> tuple[Size, ...]:
        """All sizes but the channels: `()` for a vector, (H, W) for a map."""
        if self.layout == "ids":
            return self.dims
        return self.dims[:-1] if self.layout == "last" else self.dims[1:]

    @property
    def rank(self) -> int:
        """The number of positions' dimensions: 2 for a map CxHxW."""
        return len(self.positions)

    @property
    def numel(self) -> Size:
        """Numbers an example, the batch apart."""
        return product(self.dims)

    @property
    def channel_axis(self) -> int:
        """The channels' axis in a tensor with its batch: 1, or the last one."""
        return len(self.dims) if self.layout == "last" else 1

    def replace_channels(self, channels: Size) -> "Shape":
        """The same positions with another number of channels."""
        if self.layout == "last":
            return Shape((*self.dims[:-1], channels), self.layout)
        return Shape((channels, *self.dims[1:]), self.layout)

    def replace_positions(self, positions: tuple[Size, ...]) -> "Shape":
        """The same channels at other positions (`first` and `last` layouts)."""
        if self.layout == "last":
            return Shape((*positions, self.dims[-1]), self.layout)
        return Shape((self.dims[0], *positions), self.layout)

    @property
    def open(self) -> bool:
        """Whether a size is not known before the network runs."""
        return any(isinstance(size, Open) for size in self.dims)

    def __str__(self) -> str:
        """As a spec writes it: `3x32x32`, `?` for an open size."""
        return "x".join(map(str, self.dims))


def vector(channels: Size) -> Shape:
    """[B, C]."""
    return Shape((channels,), "vector")


def feature_map(*dims: Size) -> Shape:
    """[B, C, ...], channels first."""
    return Shape(dims, "first")


def describe(shape: Shape) -> str:
    """What a shape is, in words: `the 3x32x32 map`, `the vector 120`."""
    if shape.layout == "vector":
        return f"the vector {shape}"
    if shape.layout == "ids":
        return f"{shape} token ids"
    if shape.layout == "last":
        return f"the {shape} {'tokens' if shape.rank == 1 else 'channels-last map'}"
    return f"the {shape} map" if shape.rank > 1 else f"the {shape} sequence"
