"""The sizes of a network's inputs that may change, as points to be tried."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from archc.graph import Graph, known
from archc.shape import Shape
from archc.sizing.replay import Refusal, Replay

MOST_STEPS = 500_000
"""Rules asked for all lines, some 5 s, and at most twice that in all; large networks are tried at
fewer sizes."""

_NAMES = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}


Point = tuple[int, ...]


class Axis(NamedTuple):
    """A size of an input that may change: `size` in the spec, `place` among the inputs' shapes."""

    input: str
    name: str
    size: int
    place: tuple[int, int]


class Space:
    """The axes of a network's inputs, and its verdict on points of their sizes."""

    def __init__(self, graph: Graph) -> None:
        self.shapes = [known(put.value) for put in graph.inputs]
        self.axes = tuple(
            Axis(put.name or "x", name, size, (index, place))
            for index, put in enumerate(graph.inputs)
            for place, name, size in _sizes(self.shapes[index])
        )
        self.base = tuple(axis.size for axis in self.axes)
        self.replay = Replay(graph)
        self.share = MOST_STEPS // (len(self.axes) + 2)
        """The steps that one line may take, as may all other questions together."""

    def refusal(self, point: Point) -> Refusal | None:
        """What refuses a point."""
        dims = [list(shape.dims) for shape in self.shapes]
        for axis, size in zip(self.axes, point, strict=True):
            index, place = axis.place
            dims[index][place] = size
        pairs = zip(self.shapes, dims, strict=True)
        return self.replay.refusal(tuple(Shape(tuple(d), shape.layout) for shape, d in pairs))

    def point(self, *changes: tuple[Sequence[int], int]) -> Point:
        """The spec's own sizes, but for those of some axes."""
        sizes = list(self.base)
        for axes, size in changes:
            for axis in axes:
                sizes[axis] = size
        return tuple(sizes)

    def at(self, axes: Sequence[int], size: int) -> Refusal | None:
        """What refuses a size of some axes, with the spec's own for all others."""
        return self.refusal(self.point((axes, size)))

    def end(self) -> int:
        """The step at which what begins here has had its share."""
        return min(self.replay.steps + self.share, 2 * MOST_STEPS)


def _sizes(shape: Shape) -> Iterator[tuple[int, str, int]]:
    """Place, name and size of each position's dimension."""
    offset = 1 if shape.layout == "first" else 0
    names = _NAMES.get(shape.rank) or tuple(f"axis{n}" for n in range(1, shape.rank + 1))
    for place, (name, size) in enumerate(zip(names, shape.positions, strict=True), offset):
        yield place, name, size
