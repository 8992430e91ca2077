"""Shapes as archc computes with them: the sizes behind the batch, and which one counts channels."""

from math import prod
from typing import Literal, NamedTuple

Layout = Literal["vector", "first", "last", "ids"]


class Shape(NamedTuple):
    """The sizes of a value without its batch.

    Layouts: `vector` is [C]; `first` is [C, ...], one to any number of sizes behind the channels;
    `last` is [..., C]; `ids` is [L], whole numbers without channels.
    """

    dims: tuple[int, ...]
    layout: Layout

    @property
    def channels(self) -> int:
        """`C`; token ids have none, and no layer that asks for it takes them."""
        if self.layout == "ids":
            raise ValueError("token ids have no channels")
        return self.dims[-1] if self.layout == "last" else self.dims[0]

    @property
    def positions(self) -> tuple[int, ...]:
        """All sizes but the channels: `()` for a vector, (H, W) for a map."""
        if self.layout == "ids":
            return self.dims
        return self.dims[:-1] if self.layout == "last" else self.dims[1:]

    @property
    def rank(self) -> int:
        """The number of positions' dimensions: 2 for a map CxHxW."""
        return len(self.positions)

    @property
    def numel(self) -> int:
        """Numbers an example, the batch apart."""
        return prod(self.dims)

    @property
    def channel_axis(self) -> int:
        """The channels' axis in a tensor with its batch: 1, or the last one."""
        return len(self.dims) if self.layout == "last" else 1

    def replace_channels(self, channels: int) -> "Shape":
        """The same positions with another number of channels."""
        if self.layout == "last":
            return Shape((*self.dims[:-1], channels), self.layout)
        return Shape((channels, *self.dims[1:]), self.layout)

    def replace_positions(self, positions: tuple[int, ...]) -> "Shape":
        """The same channels at other positions (`first` and `last` layouts)."""
        if self.layout == "last":
            return Shape((*positions, self.dims[-1]), self.layout)
        return Shape((self.dims[0], *positions), self.layout)

    def __str__(self) -> str:
        """As a spec writes it: `3x32x32`."""
        return "x".join(map(str, self.dims))


def vector(channels: int) -> Shape:
    """[B, C]."""
    return Shape((channels,), "vector")


def feature_map(*dims: int) -> Shape:
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
