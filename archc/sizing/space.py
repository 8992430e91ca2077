"""The sizes of a network's inputs that may change, as points to be tried."""

from collections.abc import Iterator, Sequence

from archc.graph import Graph, known
from archc.shape import Shape
from archc.sizing.replay import Refusal, Replay
from archc.symbolic import Size
from archc.tuples import NamedTuple

MOST_STEPS = 500_000
"""Rules asked for all lines, some 5 s, and at most twice that in all; large networks are tried at
fewer sizes."""

LEAST_LIMIT = 1024
"""Each size is tried up to this one, or up to twice the spec's own."""

_USUAL = (224, 256, 64, 32, 28, 512, 16, 299)
"""What an open size is taken to be where others are tried: the first that gets through."""

_NAMES = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}


Point = tuple[int, ...]


class Axis(NamedTuple):
    """A size of an input that may change: `size` in the spec, or what is taken for an open one;
    `place` among the inputs' shapes."""

    input: str
    name: str
    size: int
    place: tuple[int, int]


class Space:
    """The axes of a network's inputs, and its verdict on points of their sizes. `base` is the point
    of the spec's own sizes, `fits` says whether it gets through: for sizes that the spec leaves
    open there may be nothing found that does."""

    def __init__(self, graph: Graph) -> None:
        self.replay = Replay(graph)
        self.shapes = [known(put.value) for put in graph.inputs]
        self.axes = tuple(
            Axis(put.name or "x", name, size if isinstance(size, int) else 0, (index, place))
            for index, put in enumerate(graph.inputs)
            for place, name, size in _sizes(self.shapes[index])
        )
        fitting = self.fitting()
        self.fits = fitting is not None
        self.base = fitting or tuple(axis.size for axis in self.axes)
        pairs = zip(self.axes, self.base, strict=True)
        self.axes = tuple(axis._replace(size=size) for axis, size in pairs)
        self.share = MOST_STEPS // (len(self.axes) + 2)
        """The steps that one line may take, as may all other questions together."""

    def fitting(self) -> Point | None:
        """The spec's own sizes. Those that it leaves open are the ones that it has elsewhere for an
        axis of the same name, else a usual one, else any up to 1,024; None where nothing fits."""
        elsewhere = {axis.name: axis.size for axis in self.axes if axis.size}
        for size in (*_USUAL, *range(1, LEAST_LIMIT + 1)):
            for named in (elsewhere, {}):
                point = tuple(axis.size or named.get(axis.name, size) for axis in self.axes)
                if not self.refusal(point):
                    return point
        return None

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


def _sizes(shape: Shape) -> Iterator[tuple[int, str, Size]]:
    """Place, name and size of each position's dimension."""
    offset = 1 if shape.layout == "first" else 0
    names = _NAMES.get(shape.rank) or tuple(f"axis{n}" for n in range(1, shape.rank + 1))
    for place, (name, size) in enumerate(zip(names, shape.positions, strict=True), offset):
        yield place, name, size
