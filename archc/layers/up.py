"""Resampling."""

from typing import Annotated, TypeAlias

from archc.layers.base import Call, Code, Layer, Mismatch, Term, Window, arg, formula
from archc.layers.cures import give
from archc.layers.kinds import Flag, MaybeFactors, MaybePort, MaybeSides, OneOf
from archc.layers.sizes import refuse_nothing_left, refuse_port
from archc.layers.values import Word
from archc.shape import Shape, describe
from archc.symbolic import Size, scaled

_LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}
_REACH = {"linear": 2, "bilinear": 2, "trilinear": 2, "bicubic": 4}

Mode: TypeAlias = Annotated[
    str, OneOf(("nearest", "nearest_exact", "linear", "bilinear", "trilinear", "bicubic", "area"))
]


class Up(Layer):
    """Resamples a channels-first map to `k` times its size, or to another one: `F.interpolate`.
    Each size is the old one times the factor, rounded down."""

    k: MaybeFactors = arg("the factor", None)
    to: MaybeSides = arg("the size to reach, instead of a factor", None)
    like: MaybePort = arg("a value whose positions are the size to reach", None)
    mode: Mode = arg("how numbers between positions are found", Word("nearest"))
    corners: Flag = arg("whether the corners' numbers stay where they are", False)

    accepts = ("first",)
    max_rank = 3
    aliases = (
        *("upsample", "upsampling", "interpolate", "resize", "upsamplingnearest2d"),
        *("upsampling1d", "upsampling2d", "upsampling3d", "upsamplingbilinear2d"),
    )
    examples = (
        ("up 2", "64x7x9", "64x14x18"),
        ("up to=14x14 mode=bilinear", "64x7x9", "64x14x14"),
        ("up 1.5", "8x5", "8x7"),
    )

    def shape(self, x: Shape) -> Shape:
        self._refuse_not_one()
        self._refuse_mode(x)
        out = x.replace_positions(self._sizes(x))
        if any(size < 1 for size in out.positions):
            refuse_nothing_left(x, out, "k", "use a larger factor, or `to=1`")
        return out

    def window(self, x: Shape) -> Window:
        if self.mode == "area":
            sizes = zip(x.positions, self._sizes(x), strict=True)
            reach = tuple(min(n, -(-n // m) + 1) for n, m in sizes)
        else:
            reach = (_REACH.get(self.mode, 1),) * x.rank
        ones = (1,) * x.rank
        return Window(reach, ones, ones)

    def growth(self, x: Shape) -> tuple[float, ...]:
        if self.k is not None and x.open:
            return self.k
        return tuple(m / n for n, m in zip(x.positions, self._sizes(x), strict=True))

    def code(self, x: Shape) -> Code:
        mode = () if self.mode == "nearest" else (("mode", Term(self.mode.replace("_", "-"))),)
        options = (*mode, *self.options(align_corners=("corners", False)))
        if self.like is not None:
            size = "[2:]" if self.like.layout == "first" else "[1:-1]"
            return Code(call=formula(f"F.interpolate({{0}}, {{like}}.shape{size}", (), options))
        if self.to is not None:
            return Code(call=Call("F.interpolate", (self.term("to"),), options))
        factor = (("scale_factor", self.term("k")), *options)
        return Code(call=Call("F.interpolate", (), factor))

    def _sizes(self, x: Shape) -> tuple[Size, ...]:
        if self.to is not None:
            return self.to
        if self.like is not None:
            return self.like.positions
        return tuple(scaled(n, k) for n, k in zip(x.positions, self.k or (), strict=True))

    def _refuse_not_one(self) -> None:
        given = [name for name in ("k", "to", "like") if getattr(self, name) is not None]
        if len(given) != 1:
            got = " and ".join(f"`{name}`" for name in given) or "none"
            raise Mismatch(
                "E0211",
                f"`up` needs one of a factor, `to` and `like`, got {got}",
                about=given[-1] if given else None,
                help="write `up 2` to double the sizes, `up to=14x14` or `up like=@x`",
            )

    def _refuse_mode(self, x: Shape) -> None:
        if self.like is not None and (
            self.like.layout not in ("first", "last") or self.like.rank != x.rank
        ):
            refuse_port("like", f"a value with {x.rank} dimensions of positions", self.like)
        fitting = {1: ("linear",), 2: ("bilinear", "bicubic"), 3: ("trilinear",)}[x.rank]
        if self.mode in _REACH and self.mode not in fitting:
            raise Mismatch(
                "E0317",
                f"`mode={self.mode}` resamples other numbers of dimensions, got {describe(x)}",
                about="mode",
                help=f"write `mode={_LINEAR[x.rank]}`",
                trail=True,
                result=x.replace_positions(self._sizes(x)),
                cures=(give(mode=_LINEAR[x.rank]),),
            )
        if self.corners and self.mode not in _REACH:
            raise Mismatch(
                "E0211",
                f"`corners` needs a linear or cubic `mode`, got `mode={self.mode}`",
                about="corners",
                help=f"leave `corners` out, or write `mode={_LINEAR[x.rank]}`",
                result=x.replace_positions(self._sizes(x)),
                cures=(give(corners=None), give(mode=_LINEAR[x.rank])),
            )
