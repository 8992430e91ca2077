"""Other shapes for the same numbers."""

from typing import Annotated, TypeAlias

from archc.layers.base import Call, Code, Layer, Mismatch, Term, Window, arg
from archc.layers.cures import give
from archc.layers.kinds import Flag, ShapeSizes, Wholes
from archc.layers.sizes import filled
from archc.layers.windows import everywhere
from archc.shape import Shape, vector
from archc.symbolic import Size

Axes: TypeAlias = Annotated[tuple[int, ...], Wholes("a list of axes such as `[3 1 2]`")]


class Reshape(Layer):
    """Lays the same numbers out as another shape, row by row."""

    sizes: ShapeSizes = arg("the shape without the batch; one `?` is worked out")
    last: Flag = arg("whether the channels come last in it", False)

    view = True
    aliases = ("view", "unflatten")
    examples = (
        ("reshape 256x4x4", "4096", "256x4x4"),
        ("reshape [C//2 ? 2]", "64x7x9", "32x63x2"),
        ("reshape 49x64 last=yes", "64x7x7", "49x64"),
    )

    def shape(self, x: Shape) -> Shape:
        sizes = filled(self.sizes, x.numel, "numbers", "sizes", x)
        return _laid_out(sizes, self.last)

    def window(self, x: Shape) -> Window | None:
        return everywhere(x)

    def code(self, x: Shape) -> Code:
        sizes = Term(tuple(-1 if size is None else size for size in self.sizes), "sizes")
        if len(self.sizes) == 1:
            return Code(call=Call("torch.flatten", (Term(1),)))
        joined = "" if x.layout == "vector" else ".flatten(1)"
        return Code(call=Call("{0}" + joined + ".unflatten(1, {1})", (sizes,)))


class Permute(Layer):
    """Puts the axes in another order: `permute [2 3 1]` makes `HxWxC` of `CxHxW`."""

    gathers = True
    axes: Axes = arg("all axes in their new order, from 1 behind the batch")
    last: Flag = arg("whether the channels come last behind it", False)

    view = True
    examples = (
        ("permute [2 3 1] last=yes", "96x7x9", "7x9x96"),
        ("permute 1 3 2", "96x7x9", "96x9x7"),
    )

    def shape(self, x: Shape) -> Shape:
        places = self._places(x)
        return _laid_out(tuple(x.dims[place] for place in places), self.last)

    def window(self, x: Shape) -> Window | None:
        """Positions that keep their order among each other stay what they are."""
        channels = x.channel_axis - 1
        places = self._places(x)
        kept = [place for place in places if place != channels]
        at_end = places.index(channels) == (len(places) - 1 if self.last else 0)
        return None if kept == sorted(kept) and at_end else everywhere(x)

    def code(self, x: Shape) -> Code:
        fields = ", ".join(f"{{{place}}}" for place in range(1, len(self.axes) + 1))
        terms = tuple(Term(axis) for axis in self.axes)
        return Code(call=Call("{0}.permute(0, " + fields + ")", terms))

    def _places(self, x: Shape) -> list[int]:
        """The axes as places in `x.dims`. Raises Mismatch."""
        count = len(x.dims)
        places = [axis - 1 if axis > 0 else count + axis for axis in self.axes]
        if sorted(places) != list(range(count)):
            order = " ".join(map(str, range(1, count + 1)))
            raise Mismatch(
                "E0309",
                f"expected each of the {count} axes once, got {' '.join(map(str, self.axes))}",
                about="axes",
                help=f"give all of them, in any order: `[{order}]`",
                trail=True,
                cures=(give(axes=f"[{order}]"),),
            )
        return places


def _laid_out(dims: tuple[Size, ...], last: bool) -> Shape:
    return vector(dims[0]) if len(dims) == 1 else Shape(dims, "last" if last else "first")
