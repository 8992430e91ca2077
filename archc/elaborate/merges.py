"""The shapes of merges: what their branches must agree in."""

from collections.abc import Sequence

from archc.layers.base import Mismatch
from archc.layers.cures import End, Put
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
            end = _equalled(shapes, other, common)
            raise Mismatch(
                "E0331",
                f"`{kind}` needs branches of one shape, got {_unlike(shapes)}",
                help=_ending(end) or "give the branches the same strides and paddings",
                cures=(end,) if end else (),
                result=min(common, other, key=lambda shape: shape.positions),
            )
    return common


def _agreed(shapes: Sequence[Shape]) -> Shape:
    """The shape that all should have, with the sizes that are known of any."""
    columns = zip(*(shape.dims for shape in shapes), strict=False)
    return Shape(tuple(map(agreed, columns)), shapes[0].layout)


def _equalled(shapes: Sequence[Shape], other: Shape, common: Shape) -> End | None:
    """What to end a branch with, so that `other` and `common` become one shape: the larger map
    shrinks by a stride."""
    if common.layout != other.layout or common.rank != other.rank or common.open or other.open:
        return None
    if common.layout == "ids":
        return None
    small, large = sorted((common, other), key=lambda shape: shape.positions)
    if small.positions == large.positions:
        small, large = common, other
    branch = next(i for i, shape in enumerate(shapes) if shape == large)
    if small.positions == large.positions:
        return End(branch, f"{'conv' if small.layout == 'first' else 'fc'} {small.channels}")
    stride = next(round(n / m) for n, m in zip(large.positions, small.positions, strict=True))
    strided = tuple(-(-n // stride) for n in large.positions)
    if small.layout != "first" or strided != small.positions:
        return None
    return End(branch, f"conv {small.channels} s{stride}")


def _padded(shapes: Sequence[Shape]) -> End | None:
    """What to end the first branch with whose map is smaller than others, so that all are of the
    size of the largest."""
    first = shapes[0]
    alike = all(s.layout == "first" == first.layout and s.rank == first.rank for s in shapes)
    if not alike or first.rank == 0 or any(shape.open for shape in shapes):
        return None
    largest = tuple(max(sides) for sides in zip(*(s.positions for s in shapes), strict=True))
    branch = next((i for i, s in enumerate(shapes) if s.positions != largest), None)
    if branch is None:
        return None
    lacking = [a - b for a, b in zip(largest, shapes[branch].positions, strict=True)]
    if len(set(lacking)) == 1 and lacking[0] % 2 == 0:
        return End(branch, f"pad {lacking[0] // 2}")
    # `pad` takes the last dimension first.
    sides = [side for n in reversed(lacking) for side in (n // 2, n - n // 2)]
    return End(branch, f"pad [{' '.join(map(str, sides))}]")


def _ending(end: End | None) -> str | None:
    """Advice in words; branches are counted from 1."""
    if end is None:
        return None
    return f"end branch {end.branch + 1} with `{end.step}`"


def _broadcast(shapes: Sequence[Shape]) -> Shape:
    first = shapes[0]
    fits = all(
        len(shape.dims) == len(first.dims) and shape.layout == first.layout for shape in shapes
    )
    sizes = [{*column} - {1} for column in zip(*(s.dims for s in shapes), strict=False)]
    numbers = [{size for size in column if not isinstance(size, Open)} for column in sizes]
    if not fits or any(len(column) > 1 for column in numbers):
        end = _equalled_for_mul(shapes)
        raise Mismatch(
            "E0331",
            f"`mul` needs branches of one shape, sizes of 1 aside, got {listed(shapes)}",
            help=_ending(end)
            or "give the branches the same number of dimensions, and their sizes in common, or 1",
            cures=(end,) if end else (),
        )
    # Sizes that differ are all the same but for those of 1: the largest counts.
    columns = zip(numbers, sizes, strict=True)
    return Shape(tuple(max(known or all_, default=1) for known, all_ in columns), first.layout)


def _equalled_for_mul(shapes: Sequence[Shape]) -> End | None:
    """What to end a branch with that differs from the first one, whose other sizes may be 1."""
    first = shapes[0]
    for branch, other in enumerate(shapes):
        if other.dims == first.dims or other.layout != first.layout or other.open or first.open:
            continue
        if other.layout == "ids" or other.rank != first.rank:
            continue
        alike = all(n in (m, 1) for n, m in zip(other.positions, first.positions, strict=True))
        if alike and other.channels != first.channels:
            return End(branch, f"{'conv' if first.layout == 'first' else 'fc'} {first.channels}")
    return None if len(shapes) != 2 else _equalled(shapes, shapes[1], first)


def _joined(kind: str, shapes: Sequence[Shape]) -> Shape:
    axis = axis_of(kind, shapes[0])
    common = _agreed(shapes)
    rest = common.dims[:axis] + common.dims[axis + 1 :]
    for other in shapes:
        others = other.dims[:axis] + other.dims[axis + 1 :]
        if other.layout != common.layout or differ(others, rest):
            what = "lengths" if kind == "join" else "channels"
            end = _padded(shapes) if kind == "concat" else None
            pads = f"pad the windows of branch {end.branch + 1}, or {_ending(end)}" if end else None
            raise Mismatch(
                "E0332",
                f"`{kind}` needs branches that differ in {what} alone, got {_unlike(shapes)}",
                help=pads,
                cures=(end,) if end else (),
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
        flips = ranks and len(first.dims) == 2 and not differ(first.dims[-1], second.dims[-1])
        raise Mismatch(
            "E0333",
            f"`matmul` needs AxB and BxC, got {listed(shapes)}",
            help="end branch 2 with `permute [2 1]`, which swaps its axes" if flips else None,
            cures=(End(1, "permute [2 1]"),) if flips else (),
        )
    return Shape((*first.dims[:-1], second.dims[-1]), first.layout)


def split(shape: Shape, branches: int) -> Shape:
    """A branch's share of the channels. Raises Mismatch."""
    if shape.layout == "ids" or shape.channels % branches:
        ids = shape.layout == "ids"
        more = 0 if ids else -(-shape.channels // branches) * branches
        step = f"{'conv' if shape.layout == 'first' else 'fc'} {more}"
        raise Mismatch(
            "E0334",
            f"`split` into {branches} needs a multiple of {branches} channels,"
            f" got {describe(shape)}",
            help=None if ids else f"put `{step}` in front of it",
            cures=() if ids else (Put(step),),
            trail=True,
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
