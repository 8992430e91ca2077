"""The shapes of merges: what their branches must agree in."""

from collections.abc import Sequence

from archc.layers.base import Mismatch
from archc.shape import Shape, describe
from archc.symbolic import Open, agreed, differ

PAIRS = ("sub", "matmul")


def merged(kind: str, shapes: Sequence[Shape]) -> Shape:
    """The shape behind a merge of at least two branches. Raises Mismatch."""
    if kind in PAIRS and len(shapes) != 2:
        raise Mismatch("E0333", f"`{kind}` takes two branches, got {len(shapes)}")
    if kind in ("add", "sub"):
        return _equal(kind, shapes)
    if kind == "mul":
        return _broadcast(shapes)
    if kind in ("concat", "split", "join"):
        return _joined(kind, shapes)
    if kind == "stack":
        return _stacked(shapes)
    return _product(shapes)


def _equal(kind: str, shapes: Sequence[Shape]) -> Shape:
    common = _agreed(shapes)
    for other in shapes:
        if differ(other, common):
            raise Mismatch(
                "E0331",
                f"`{kind}` needs branches of one shape, got {_unlike(shapes)}",
                help=_equal_help(common, other),
            )
    return common


def _agreed(shapes: Sequence[Shape]) -> Shape:
    """The shape that all should have, with the sizes that are known of any."""
    columns = zip(*(shape.dims for shape in shapes), strict=False)
    return Shape(tuple(map(agreed, columns)), shapes[0].layout)


def _equal_help(first: Shape, other: Shape) -> str | None:
    if first.layout != other.layout or first.rank != other.rank or first.layout == "ids":
        return None
    if first.positions == other.positions:
        step = "conv" if first.layout == "first" else "fc"
        return f"end the other branch with `{step} {first.channels}`"
    if first.channels == other.channels:
        return "give both branches the same strides and paddings"
    return None


def _broadcast(shapes: Sequence[Shape]) -> Shape:
    first = shapes[0]
    fits = all(
        len(shape.dims) == len(first.dims) and shape.layout == first.layout for shape in shapes
    )
    sizes = [{*column} - {1} for column in zip(*(s.dims for s in shapes), strict=False)]
    numbers = [{size for size in column if not isinstance(size, Open)} for column in sizes]
    if not fits or any(len(column) > 1 for column in numbers):
        raise Mismatch(
            "E0331",
            f"`mul` needs branches of one shape, sizes of 1 aside, got {listed(shapes)}",
        )
    # Sizes that differ are all the same but for those of 1: the largest counts.
    columns = zip(numbers, sizes, strict=True)
    return Shape(tuple(max(known or all_, default=1) for known, all_ in columns), first.layout)


def _joined(kind: str, shapes: Sequence[Shape]) -> Shape:
    axis = axis_of(kind, shapes[0])
    common = _agreed(shapes)
    rest = common.dims[:axis] + common.dims[axis + 1 :]
    for other in shapes:
        others = other.dims[:axis] + other.dims[axis + 1 :]
        if other.layout != common.layout or differ(others, rest):
            what = "lengths" if kind == "join" else "channels"
            raise Mismatch(
                "E0332",
                f"`{kind}` needs branches that differ in {what} alone, got {_unlike(shapes)}",
            )
    total = sum(shape.dims[axis] for shape in shapes)
    return Shape((*rest[:axis], total, *rest[axis:]), common.layout)


def axis_of(kind: str, shape: Shape) -> int:
    """The place in `dims` of the axis that `concat` and `split` (channels) or `join` joins. Raises
    Mismatch."""
    if kind != "join":
        if shape.layout == "ids":
            raise Mismatch("E0332", f"`{kind}` joins channels, got {describe(shape)}")
        return shape.channel_axis - 1
    if shape.rank != 1:
        raise Mismatch("E0332", f"`join` takes tokens or sequences, got {describe(shape)}")
    return 1 if shape.layout == "first" else 0


def _stacked(shapes: Sequence[Shape]) -> Shape:
    first = _equal("stack", shapes)
    return Shape((len(shapes), *first.dims), "last" if first.rank == 0 else first.layout)


def _product(shapes: Sequence[Shape]) -> Shape:
    """As torch: the last size of the first against the last but one of the second."""
    first, second = shapes
    ranks = len(first.dims) == len(second.dims) >= 2
    inner = not ranks or differ(first.dims[-1], second.dims[-2])
    if inner or differ(first.dims[:-2], second.dims[:-2]):
        raise Mismatch("E0333", f"`matmul` needs AxB and BxC, got {listed(shapes)}")
    return Shape((*first.dims[:-1], second.dims[-1]), first.layout)


def split(shape: Shape, branches: int) -> Shape:
    """A branch's share of the channels. Raises Mismatch."""
    if shape.layout == "ids" or shape.channels % branches:
        raise Mismatch(
            "E0334",
            f"`split` into {branches} needs a multiple of {branches} channels,"
            f" got {describe(shape)}",
        )
    return shape.replace_channels(shape.channels // branches)


def listed(shapes: Sequence[Shape]) -> str:
    """`8x4x4 and 16x4x4`."""
    *most, last = map(str, shapes)
    return f"{', '.join(most)} and {last}" if most else last


def _unlike(shapes: Sequence[Shape]) -> str:
    """Shapes of which some differ, in words where all look the same."""
    same = len(set(map(str, shapes))) == 1
    return listed(shapes) + (" of different sizes whatever `?` is" if same else "")
