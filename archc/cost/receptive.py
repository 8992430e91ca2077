"""Receptive fields: how far along an input a result can see."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

from archc.graph import LayerItem, known
from archc.shape import Shape
from archc.symbolic import Open, Size, Undecided, number
from archc.tuples import NamedTuple

_SIZES_ALONE = ("like",)
"""Ports whose values are not read."""

_FINEST = 64
"""Results a position, at most, that a resampling is told from others by."""


class Seen(NamedTuple):
    """Along one dimension of the input: positions from the first to the last that a result depends
    on, and positions between what neighbouring results see, less than one behind `up`."""

    size: Size
    stride: Fraction


class Field(NamedTuple):
    """What is seen of an input, one a dimension of its positions; `sides` is None where the
    dimensions or strides cannot be told apart any more."""

    input: Shape
    sides: tuple[Seen, ...] | None

    @property
    def sizes(self) -> tuple[Size, ...] | None:
        """The extent along each dimension."""
        return None if self.sides is None else tuple(seen.size for seen in self.sides)


Branch = tuple[Field, Shape]
"""What a value sees, and the value's shape."""


def entering(shape: Shape) -> Field:
    """The field of an input's own values."""
    return Field(shape, tuple(Seen(1, Fraction(1)) for _ in shape.positions))


def behind(item: LayerItem, field: Field, ports: Sequence[tuple[str, Field]]) -> Field:
    """The field behind a layer, given that of its piped value and those of its ports.

    Each window of extent e adds (e - 1) * stride positions to what its input sees, where stride is
    the product of all strides before it (Araujo, Norris, Sim: Computing Receptive Fields of
    Convolutional Neural Networks, Distill 2019). Padding counts as positions.
    """
    passed = _through_windows(item, field)
    read = [(other, known(item.inputs[port])) for port, other in ports if port not in _SIZES_ALONE]
    if not read:
        return passed
    return merged([(passed, item.output_shape), *read], item.output_shape)


def in_windows(field: Field, sides: Sequence[int], grid: bool) -> Field:
    """The field of what is computed in windows of these sides. On a grid, the positions of a window
    are spread over the whole map."""
    if field.sides is None or len(field.sides) != len(sides):
        return Field(field.input, None)
    found = []
    for seen, side, size in zip(field.sides, sides, field.input.positions, strict=True):
        wide = _largest_size([seen.size, size]) if grid else _wider(seen, side - 1)
        found.append(seen._replace(size=wide))
    return Field(field.input, tuple(found))


def merged(branches: Sequence[Branch], out: Shape) -> Field:
    """The field of values combined: along each dimension the largest, unknown where the branches
    step along the input at different strides. A branch of one position is seen from all others.
    """
    spread = [branch for branch in branches if branch[0].input.rank] or list(branches)
    entry = spread[0][0].input
    sides = [field.sides for field, _ in spread if field.input is entry]
    known = [side for side in sides if side is not None]
    if len(known) < len(spread) or any(
        shape.rank not in (0, out.rank if out.rank else shape.rank) for _, shape in spread
    ):
        return Field(entry, None)
    if out.rank not in (0, entry.rank):
        return Field(entry, None)
    shapes = [shape for _, shape in spread]
    found = [_largest(axis, known, shapes) for axis in range(entry.rank)]
    if any(seen is None for seen in found):
        return Field(entry, None)
    return Field(entry, tuple(seen for seen in found if seen is not None))


def _largest(axis: int, sides: Sequence[tuple[Seen, ...]], shapes: Sequence[Shape]) -> Seen | None:
    seen = [side[axis] for side in sides]
    strides = {
        one.stride
        for one, shape in zip(seen, shapes, strict=True)
        if shape.rank and shape.positions[axis] != 1
    } or {max(one.stride for one in seen)}
    size = _largest_size([one.size for one in seen])
    return Seen(size, strides.pop()) if len(strides) == 1 else None


def _largest_size(sizes: Sequence[Size]) -> Size:
    """The largest: an open one is that of the whole input."""
    numbers = [size for size in sizes if not isinstance(size, Open)]
    return next((size for size in sizes if isinstance(size, Open)), None) or max(numbers)


def _wider(seen: Seen, spread: int) -> Size:
    """What a window sees whose taps reach over `spread` further positions."""
    size = seen.size
    return size if isinstance(size, Open) else ceil(size + spread * seen.stride)


def _through_windows(item: LayerItem, field: Field) -> Field:
    x, out, entry = item.input_shape, item.output_shape, field.input
    if x.rank == 0:
        return field if out.rank == 0 else Field(entry, None)
    if out.rank == 0:
        return Field(entry, tuple(_all(size) for size in entry.positions))
    if field.sides is None or not len(field.sides) == x.rank == out.rank:
        return Field(entry, None)
    if not item.layer.traceable:
        return Field(entry, None)
    try:
        window = item.layer.window(x)
        if window is None:
            return field
        growth = item.layer.growth(x) or (1,) * x.rank
        sides = zip(field.sides, x.positions, entry.positions, growth, *window, strict=True)
        return Field(entry, tuple(_through(*side) for side in sides))
    except Undecided:
        return Field(entry, None)


def _all(size: Size) -> Seen:
    return Seen(size, Fraction(1 if isinstance(size, Open) else size))


def _through(
    seen: Seen,
    positions: Size,
    entry: Size,
    growth: float,
    kernel: Size,
    stride: Size,
    dilation: int,
) -> Seen:
    """Raises Undecided where an open size does not tell."""
    if isinstance(kernel, Open) and kernel == positions:
        return _all(entry)
    spread = dilation * (number(kernel) - 1)
    size = _wider(seen, spread)
    # A window over all positions sees all of the input and none of what lies around it.
    if not isinstance(positions, Open) and spread >= positions - 1:
        size = entry if isinstance(entry, Open) else min(size, entry)
    finest = _FINEST if isinstance(positions, Open) else positions * _FINEST
    rate = Fraction(growth).limit_denominator(finest)
    return Seen(size, seen.stride * number(stride) / rate)
