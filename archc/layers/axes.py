"""Layers over axes: they count from 1 behind the batch, or from the end by negative numbers."""

from typing import ClassVar

from archc.layers.base import Call, Code, Layer, Mismatch, Term, Window, arg
from archc.layers.cures import Give, Put, give
from archc.layers.kinds import Axis, MaybeAxis
from archc.shape import Shape, describe, vector
from archc.symbolic import product


def axis_index(axis: int, x: Shape, about: str) -> int:
    """The place of an axis in `x.dims`. Raises Mismatch (E0309)."""
    count = len(x.dims)
    index = axis - 1 if axis > 0 else count + axis
    if axis == 0 or not 0 <= index < count:
        axes = f"an axis from 1 to {count}" if count > 1 else "axis 1"
        raise Mismatch(
            "E0309",
            f"expected {axes}, got {axis}",
            about=about,
            note="0 is the batch" if axis == 0 else f"{describe(x)} has {_axes(count)}",
            help=f"write `{about}={count}` for the last axis",
            trail=True,
            result=x,
            cures=(Give({about: str(count)}),),
        )
    return index


def _axes(count: int) -> str:
    return f"{count} axes" if count > 1 else "one axis"


class OverAxis(Layer, abstract=True):
    """A torch function over the channels or another axis."""

    axis: MaybeAxis = arg("the axis, from 1 behind the batch; `none` for the channels", None)

    function: ClassVar[str]

    def shape(self, x: Shape) -> Shape:
        self._index(x)
        return x

    def window(self, x: Shape) -> Window | None:
        """Each output sees all of the axis."""
        place = self._index(x) - (x.layout != "last")
        if not 0 <= place < x.rank:
            return None
        ones = (1,) * x.rank
        return Window((*ones[:place], x.positions[place], *ones[place + 1 :]), ones, ones)

    def code(self, x: Shape) -> Code:
        return Code(call=Call(self.function, (), (("dim", self._dim(x)),)))

    def _index(self, x: Shape) -> int:
        return x.channel_axis - 1 if self.axis is None else axis_index(self.axis, x, "axis")

    def _dim(self, x: Shape) -> Term:
        if self.axis is not None:
            return Term(self.axis, "axis")
        return Term(1 if x.layout == "first" else -1)


class Softmax(OverAxis):
    """`exp(x)` divided by its sum over the channels, or over another axis."""

    function = "F.softmax"
    aliases = ("softmax2d", "soft_max")
    examples = (("softmax", "10", "10"), ("softmax axis=2", "4x9", "4x9"))


class LogSoftmax(OverAxis):
    """The logarithm of softmax, computed without loss."""

    function = "F.log_softmax"
    aliases = ("log_softmax",)
    examples = (("logsoftmax", "10", "10"), ("logsoftmax axis=-1", "4x9", "4x9"))


class GLU(OverAxis):
    """Gated linear unit: the first half of the channels, or of another axis, times the sigmoid of
    the second half."""

    function = "F.glu"
    aliases = ("gatedlinearunit", "gated_linear_unit")
    examples = (("glu", "8x4x4", "4x4x4"), ("glu axis=2", "3x8", "3x4"))

    def shape(self, x: Shape) -> Shape:
        index = self._index(x)
        half, odd = divmod(x.dims[index], 2)
        if odd:
            self._refuse_odd(x, index)
        return Shape((*x.dims[:index], half, *x.dims[index + 1 :]), x.layout)

    def code(self, x: Shape) -> Code:
        dim = self._dim(x)
        return Code(call=Call(self.function, (), () if dim.value == -1 else (("dim", dim),)))

    def _refuse_odd(self, x: Shape, index: int) -> None:
        over_channels = index == x.channel_axis - 1
        size = x.dims[index]
        step = "conv" if x.layout == "first" else "fc"
        wider = f"{step} {size + 1} k1" if step == "conv" else f"{step} {size + 1}"
        other = None if x.channels % 2 else f"leave `axis` out: {x.channels} channels can be halved"
        what = "number of channels" if over_channels else f"size of axis {index + 1}"
        raise Mismatch(
            "E0309",
            f"`glu` needs an even {what}, got {size}",
            about="axis",
            help=f"put `{wider}` in front of it" if over_channels else other,
            trail=True,
            result=Shape((*x.dims[:index], (size + 1) // 2, *x.dims[index + 1 :]), x.layout),
            cures=(Put(wider),) if over_channels else (give(axis=None),) if other else (),
        )


class Flatten(Layer):
    """Joins axes into one: all of them into a vector, or those from `from` to `to`."""

    from_: Axis = arg("the first axis to join, from 1 behind the batch", 1)
    to: Axis = arg("the last axis to join; negative ones count from the end", -1)

    view = True
    aliases = ("flat", "ravel")
    examples = (
        ("flatten", "64x7x7", "3136"),
        ("flatten from=2", "64x7x7", "64x49"),
    )

    def shape(self, x: Shape) -> Shape:
        first = axis_index(self.from_, x, "from")
        last = axis_index(self.to, x, "to")
        if first > last:
            raise Mismatch(
                "E0309",
                f"expected `from` before `to`, got axes {first + 1} and {last + 1}",
                about="from",
                help=f"write `from={last + 1} to={first + 1}`",
                trail=True,
                cures=(give(from_=last + 1, to=first + 1),),
            )
        joined = (*x.dims[:first], product(x.dims[first : last + 1]), *x.dims[last + 1 :])
        return Shape(joined, x.layout) if len(joined) > 1 else vector(joined[0])

    def code(self, x: Shape) -> Code:
        return Code(
            call=Call("torch.flatten", (self.term("from"),), self.options(end_dim=("to", -1)))
        )
