"""Parts and sums over axes."""

from typing import ClassVar

from archc.layers.axes import axis_index
from archc.layers.base import Call, Code, Layer, Mismatch, Term, Window, arg
from archc.layers.cures import LeaveOut
from archc.layers.kinds import Axis, Count, MaybeAxis
from archc.layers.sizes import refuse_missing_place, refuse_nothing_left
from archc.layers.windows import everywhere
from archc.shape import Shape, describe, vector
from archc.symbolic import Size


class Take(Layer):
    """One token as a vector: `take 0` behind `cls` is what a classifier reads."""

    i: Axis = arg("which token, from 0; negative ones count from the end")

    accepts = ("last",)
    max_rank = 1
    view = True
    examples = (("tokens | take 0", "96x7x9", "96"), ("tokens | take -1", "96x7x9", "96"))

    def shape(self, x: Shape) -> Shape:
        refuse_missing_place(self.i, x.dims[0], "token", "i", x)
        return vector(x.channels)

    def code(self, x: Shape) -> Code:
        return Code(call=Call("{0}[:, {1}]", (self.term("i"),)))


class _Reduction(Layer, abstract=True):
    """Over all positions, or one axis."""

    axis: MaybeAxis = arg(
        "the one axis that goes, from 1 behind the batch; `none` for all positions", None
    )

    function: ClassVar[str]

    def shape(self, x: Shape) -> Shape:
        if len(x.dims) == 1:
            raise Mismatch(
                "E0301",
                f"`{self.word}` takes a value with positions, got {describe(x)}",
                help="leave it out: a vector has one position",
                trail=True,
                result=x,
                cures=(LeaveOut(),),
            )
        if self.axis is None:
            return vector(x.channels)
        place = axis_index(self.axis, x, "axis")
        left = (*x.dims[:place], *x.dims[place + 1 :])
        return vector(left[0]) if len(left) == 1 else Shape(left, x.layout)

    def window(self, x: Shape) -> Window | None:
        return everywhere(x)

    def code(self, x: Shape) -> Code:
        if self.axis is not None:
            return Code(call=Call(f"{{0}}.{self.function}({{1}})", (self.term("axis"),)))
        first = 2 if x.layout == "first" else 1
        axes: object = tuple(range(first, first + x.rank)) if x.rank > 1 else first
        return Code(call=Call(f"{{0}}.{self.function}({{1}})", (Term(axes),)))


class Mean(_Reduction):
    """The mean over all positions, which leaves a vector, or over one axis."""

    function = "mean"
    aliases = ("average", "reduce_mean")
    examples = (
        ("mean", "96x7x9", "96"),
        ("tokens | mean", "96x7x9", "96"),
        ("mean axis=2", "96x7x9", "96x9"),
    )


class Sum(_Reduction):
    """The sum over all positions, which leaves a vector, or over one axis."""

    function = "sum"
    aliases = ("reduce_sum",)
    examples = (("sum", "96x7x9", "96"), ("sum axis=3", "96x7x9", "96x7"))


class Slice(Layer):
    """The part from `a` to `b` of the channels or of another axis, as Python slices."""

    a: Axis = arg("the first place; negative ones count from the end", 0)
    b: MaybeAxis = arg("the place behind the last one; `none` for all the rest", None)
    axis: MaybeAxis = arg("the axis, from 1 behind the batch; `none` for the channels", None)
    step: Count = arg("every how manieth place is taken", 1)

    accepts = ("vector", "first", "last", "ids")
    view = True
    aliases = ("narrow",)
    examples = (
        ("slice 0 3", "8x4x4", "3x4x4"),
        ("slice 1 -1 axis=2", "8x6x4", "8x4x4"),
        ("slice axis=3 step=2", "8x6x4", "8x6x2"),
    )

    def shape(self, x: Shape) -> Shape:
        place = self._place(x)
        size = self._size(x.dims[place])
        out = Shape((*x.dims[:place], size, *x.dims[place + 1 :]), x.layout)
        if size < 1:
            about = "a" if self.a else "b"
            count = x.dims[place]
            places = f"axis {place + 1} has the places 0 to {count - 1}"
            refuse_nothing_left(x, out, about, f"{places}: `b`, if given, lies behind `a`")
        return out

    def window(self, x: Shape) -> Window | None:
        place = self._place(x) - (x.layout == "first")
        if not 0 <= place < x.rank:
            return None
        ones = (1,) * x.rank
        return Window(ones, (*ones[:place], self.step, *ones[place + 1 :]), ones)

    def code(self, x: Shape) -> Code:
        place = self._place(x)
        before = "..., " if place and place == len(x.dims) - 1 else ":, " * (place + 1)
        terms = (self.term("a"), *([] if self.b is None else [self.term("b")]), self.term("step"))
        start = "{1}" if self.a else ""
        stop = "" if self.b is None else "{2}"
        step = f":{{{len(terms)}}}" if self.step > 1 else ""
        return Code(call=Call(f"{{0}}[{before}{start}:{stop}{step}]", terms))

    def _size(self, n: Size) -> Size:
        """How many of n places are taken."""
        first = max(n + self.a, 0) if self.a < 0 else min(n, self.a)
        end = n
        if self.b is not None:
            end = max(n + self.b, 0) if self.b < 0 else min(n, self.b)
        return max(0, -(-(end - first) // self.step))

    def _place(self, x: Shape) -> int:
        if self.axis is not None:
            return axis_index(self.axis, x, "axis")
        return 0 if x.layout == "ids" else x.channel_axis - 1
