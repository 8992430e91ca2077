"""Pooling: windows, a given number of windows, or one window over all positions."""

from math import gcd
from typing import ClassVar

from archc.layers.base import Call, Code, Layer, Mismatch, Term, Window, arg, spellings
from archc.layers.cures import give
from archc.layers.kinds import Flag, MaybeSides, PoolPadding, Sides
from archc.layers.windows import (
    by,
    half_padding,
    pooled,
    refuse_larger_window,
    sees_only_padding,
    short,
)
from archc.shape import Shape
from archc.symbolic import Open, Size


class _Windows(Layer, abstract=True):
    """What the maximum and the mean have in common."""

    k: MaybeSides
    s: MaybeSides
    p: PoolPadding
    ceil: Flag
    to: MaybeSides

    accepts = ("first",)
    max_rank = 3
    kind: ClassVar[str]
    """As torch writes it: `max` or `avg`."""

    def __init__(self, **values: object) -> None:
        super().__init__(**half_padding(values))

    def shape(self, x: Shape) -> Shape:
        if self.to is not None:
            self._refuse_both()
            return x.replace_positions(self.to)
        k, s, p, d = self._sides()
        overhang = tuple(a - 1 if self.ceil else 0 for a in s)
        refuse_larger_window(self.word, x, k, tuple(2 * a for a in p), d, overhang)
        sides = tuple(zip(x.positions, k, s, p, d, strict=True))
        out = x.replace_positions(tuple(pooled(*side, self.ceil) for side in sides))
        self._refuse_wide_padding(k, p, out)
        if any(sees_only_padding(*side, self.ceil) for side in sides):
            raise Mismatch(
                "E0310",
                f"every window of `{self.word}` must hold a position of its input,"
                f" got one that holds only padding",
                about="d",
                note=f"dilation {by(d)} jumps over all of {by(x.positions)}",
                help="use a smaller dilation: `d1` fits",
                trail=True,
                cures=(give(d=1),),
            )
        return out

    def window(self, x: Shape) -> Window:
        """With `to` the largest of its windows, which can differ by one position."""
        if self.to is not None:
            return _adaptive_window(x.positions, self.to)
        k, s, _, d = self._sides()
        return Window(k, s, d)

    def code(self, x: Shape) -> Code:
        if self.to is not None:
            return Code(call=Call(f"F.adaptive_{self.kind}_pool{x.rank}d", (self.term("to"),)))
        options = self.options(
            stride=("s", self.k),
            padding=("p", 0),
            **self._further_options(),
            ceil_mode=("ceil", False),
        )
        return Code(call=Call(f"F.{self.kind}_pool{x.rank}d", (self.term("k"),), options))

    def _further_options(self) -> dict[str, tuple[str, object]]:
        return {}

    def _dilation(self, rank: int) -> tuple[int, ...]:
        return (1,) * rank

    def _sides(self) -> tuple[tuple[int, ...], ...]:
        """Kernel, stride, padding and dilation. Raises Mismatch without a kernel."""
        if self.k is None:
            raise Mismatch(
                "E0211",
                f"`{self.word}` needs the side of its window or `to=`, got neither",
                help=f"write `{self.word} 2` to halve the map, or `{self.word} to=1`",
                cures=(give(k=2), give(to=1)),
            )
        padding = self.p if isinstance(self.p, tuple) else (0,) * len(self.k)
        return self.k, self.s or self.k, padding, self._dilation(len(self.k))

    def _refuse_both(self) -> None:
        for parameter in self.parameters:
            value = getattr(self, parameter.name)
            values = set(value) if isinstance(value, tuple) else {value}
            if parameter.name == "to" or values == {parameter.default}:
                continue
            raise Mismatch(
                "E0211",
                f"`{self.word}` takes a window or `to=`, got `{parameter.name}` beside `to`",
                about="to",
                note=f"works out its windows itself, without `{parameter.name}`",
                help=f"write `{self.word} to={short(self.to or ())}`, or leave `to` out",
                cures=(give(to=None),),
            )

    def _refuse_wide_padding(self, k: tuple[int, ...], p: tuple[int, ...], out: Shape) -> None:
        half = tuple(a // 2 for a in k)
        if all(a <= b for a, b in zip(p, half, strict=True)):
            return
        fitting = short(tuple(map(min, p, half)))
        raise Mismatch(
            "E0304",
            f"`{self.word}` can be padded by at most half of its window, {by(half)} for"
            f" {by(k)}, got {by(p)}",
            about="p",
            help=f"use `p{fitting}`, or a larger window",
            result=out,
            cures=(give(p=fitting),),
        )


class Pool(_Windows):
    """The maximum of each window, or of `to` windows that share the map evenly."""

    k: MaybeSides = arg("side of the window", None)
    s: MaybeSides = arg("stride", default_from="k")
    p: PoolPadding = arg("padding on each side; `half` is (k-1)//2*d", 0)
    d: Sides = arg("dilation: the distance between the window's taps", 1)
    ceil: Flag = arg("whether a last window may stand out behind the border", False)
    to: MaybeSides = arg("number of windows, instead of all the others", None)

    kind = "max"
    aliases = (
        *spellings("maxpool", "max_pool", "maxpooling", "max_pooling"),
        *spellings("adaptivemaxpool", "adaptive_max_pool"),
    )
    examples = (
        ("pool 2", "64x30x30", "64x15x15"),
        ("pool 3 s2 p1", "64x112x112", "64x56x56"),
        ("pool 2 ceil=yes", "8x7x7", "8x4x4"),
        ("pool to=7", "64x30x20", "64x7x7"),
    )

    def indices(self, x: Shape) -> Call:
        call = self.code(x).call
        assert call is not None
        return call._replace(keywords=(*call.keywords, ("return_indices", Term(True))))

    def _dilation(self, rank: int) -> tuple[int, ...]:
        return self.d

    def _further_options(self) -> dict[str, tuple[str, object]]:
        return {"dilation": ("d", 1)}


class AvgPool(_Windows):
    """The mean of each window, or of `to` windows that share the map evenly."""

    k: MaybeSides = arg("side of the window", None)
    s: MaybeSides = arg("stride", default_from="k")
    p: PoolPadding = arg("padding on each side; `half` is (k-1)//2", 0)
    ceil: Flag = arg("whether a last window may stand out behind the border", False)
    pad_count: Flag = arg("whether the padding's zeros count in the mean", True)
    to: MaybeSides = arg("number of windows, instead of all the others", None)

    kind = "avg"
    aliases = (
        *spellings("avg_pool", "averagepool", "average_pool"),
        *("avgpool1d", "avgpool2d", "avgpool3d"),
        *spellings("averagepooling", "average_pooling", "avgpooling", "meanpool"),
        *spellings("adaptiveavgpool", "adaptive_avg_pool"),
    )
    examples = (
        ("avgpool 2", "64x30x30", "64x15x15"),
        ("avgpool 3 s1 p1 pad_count=no", "8x9x9", "8x9x9"),
        ("avgpool to=6x6", "256x13x13", "256x6x6"),
    )

    def shape(self, x: Shape) -> Shape:
        # torch's avg_pool3d alone compares its window with the bare input.
        if self.to is None and x.rank == 3:
            k, _, p, _ = self._sides()
            bare = tuple(map(min, k, x.positions))
            if bare != k:
                padding = "" if all(a <= b // 2 for a, b in zip(p, bare, strict=True)) else " p0"
                raise Mismatch(
                    "E0303",
                    f"`avgpool` needs a volume of at least {by(k)}, got {by(x.positions)}",
                    about="k",
                    note="in 3d the padding does not count",
                    help=f"use `k{short(bare)}{padding}`, or shrink it less in the steps before",
                    trail=True,
                )
        return super().shape(x)

    def _further_options(self) -> dict[str, tuple[str, object]]:
        return {"count_include_pad": ("pad_count", True)}


class _Global(Layer, abstract=True):
    """One window over all positions."""

    accepts = ("first",)
    max_rank = 3
    kind: ClassVar[str]

    def shape(self, x: Shape) -> Shape:
        return x.replace_positions((1,) * x.rank)

    def window(self, x: Shape) -> Window:
        return _adaptive_window(x.positions, (1,) * x.rank)

    def code(self, x: Shape) -> Code:
        return Code(call=Call(f"F.adaptive_{self.kind}_pool{x.rank}d", (Term(1),)))


class Gap(_Global):
    """Global average pooling: the mean of each channel over all positions, `C x 1 x 1`."""

    kind = "avg"
    aliases = (
        *spellings("globalaveragepooling", "globalaveragepool", "globalavgpool"),
        *spellings("global_average_pooling", "global_average_pool", "global_avg_pool"),
    )
    examples = (("gap", "512x7x7", "512x1x1"), ("gap", "64x100", "64x1"))


class Gmp(_Global):
    """Global maximum pooling: the largest number of each channel, `C x 1 x 1`."""

    kind = "max"
    aliases = (
        *spellings("globalmaxpooling", "globalmaxpool", "globalmaximumpooling"),
        *spellings("global_max_pooling", "global_max_pool"),
    )
    examples = (("gmp", "512x7x7", "512x1x1"),)


def _adaptive_window(positions: tuple[Size, ...], to: tuple[int, ...]) -> Window:
    """Output i of m sees the inputs from i*n//m to -(-(i+1)*n//m): at most (m - gcd + n) / m."""
    # The least common divisor there is gives the largest window of an open size.
    common = (1 if isinstance(n, Open) else gcd(n, m) for n, m in zip(positions, to, strict=True))
    kernel = tuple(-(-(m - g + n) // m) for n, m, g in zip(positions, to, common, strict=True))
    stride = tuple(1 if n < m else n // m for n, m in zip(positions, to, strict=True))
    return Window(kernel, stride, (1,) * len(to))
