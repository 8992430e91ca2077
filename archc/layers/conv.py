"""Convolutions."""

from math import prod
from typing import Annotated, TypeAlias

from archc.layers.base import Call, Code, Layer, Mismatch, Tensor, Term, Window, arg, spellings
from archc.layers.cures import give
from archc.layers.groups import refuse_groups
from archc.layers.initial import Bias, Weight
from archc.layers.kinds import Count, MaybeCount, OneOf, Padding, Sides
from archc.layers.stated import refuse_other_channels
from archc.layers.values import Word
from archc.layers.windows import by, extent, half_padding, refuse_larger_window, short
from archc.shape import Shape, feature_map
from archc.symbolic import Size

PaddingMode: TypeAlias = Annotated[str, OneOf(("zeros", "reflect", "replicate", "circular"))]


class Conv(Layer):
    """Slides `c` kernels over a channels-first map or sequence: `Conv1d`, `Conv2d` or `Conv3d`.

    Each output size is `(size + 2p - d*(k-1) - 1) // s + 1`.
    """

    c: Count = arg("output channels")
    k: Sides = arg("side of the kernel", 1)
    s: Sides = arg("stride", 1)
    p: Padding = arg("padding on each side; `same` keeps the size, `half` is (k-1)//2*d", 0)
    d: Sides = arg("dilation: the distance between the kernel's taps", 1)
    g: Count = arg("groups, each of which sees only its share of the channels", 1)
    bias: Bias = arg("whether a bias is added, or how it starts", True)
    mode: PaddingMode = arg("what the padding holds", Word("zeros"))
    w: Weight = arg("how the weight starts", None)
    in_: MaybeCount = arg("input channels that must arrive", None)

    accepts = ("first",)
    max_rank = 3
    aliases = (*spellings("conv")[1:], *spellings("convolution"), "convolutional")
    examples = (
        ("conv 32 k3 p1", "3x32x32", "32x32x32"),
        ("conv 16 k5 s2", "1x28x28", "16x12x12"),
        ("conv 8 k1x7 p=same", "4x9x9", "8x9x9"),
        ("conv 8 k3 g4", "4x10", "8x8"),
        ("conv 2 k3 d2 p=half mode=circular", "1x5x6x7", "2x5x6x7"),
    )

    def __init__(self, **values: object) -> None:
        super().__init__(**half_padding(values))

    def shape(self, x: Shape) -> Shape:
        padding = self._padding()
        sizes = zip(x.positions, self.k, self.s, self.d, padding, strict=True)
        out = feature_map(self.c, *((n + p - extent(k, d)) // s + 1 for n, k, s, d, p in sizes))
        self._refuse_strided_same(x)
        refuse_larger_window("conv", x, self.k, padding, self.d)
        self._refuse_wide_padding(x, padding, out)
        refuse_other_channels(self.in_, x, out)
        refuse_groups(x.channels, self.c, self.g, out)
        return out

    def tensors(self, x: Shape) -> tuple[Tensor, ...]:
        weight = Tensor("weight", (self.c, x.dims[0] // self.g, *self.k))
        return (weight, Tensor("bias", (self.c,))) if self.bias is not False else (weight,)

    def macs(self, x: Shape, out: Shape) -> Size:
        return out.numel * (x.dims[0] // self.g) * prod(self.k)

    def window(self, x: Shape) -> Window:
        return Window(self.k, self.s, self.d)

    def code(self, x: Shape) -> Code:
        sizes = (Term(x.dims[0], "C"), self.term("c"), self.term("k"))
        options = self.options(
            stride=("s", 1),
            padding=("p", 0),
            dilation=("d", 1),
            groups=("g", 1),
            bias=("bias", True),
            padding_mode=("mode", "zeros"),
        )
        return Code(Call(f"nn.Conv{x.rank}d", sizes, options))

    def _padding(self) -> tuple[int, ...]:
        """Zeros on both sides together, a dimension."""
        if isinstance(self.p, tuple):
            return tuple(2 * p for p in self.p)
        if self.p == "valid":
            return (0,) * len(self.k)
        return tuple(extent(k, d) - 1 for k, d in zip(self.k, self.d, strict=True))

    def _refuse_strided_same(self, x: Shape) -> None:
        if self.p == "same" and any(s > 1 for s in self.s):
            sizes = (-(-n // s) for n, s in zip(x.positions, self.s, strict=True))
            raise Mismatch(
                "E0305",
                f"`p=same` works with stride 1 only, got stride {by(self.s)}",
                about="p",
                help="write `p=half`: with an odd kernel it halves the size at stride 2",
                result=feature_map(self.c, *sizes),
                cures=(give(p="half"),),
            )

    def _refuse_wide_padding(self, x: Shape, padding: tuple[int, ...], out: Shape) -> None:
        """A reflection cannot reach the border itself, a circle cannot go round twice."""
        spare = {"reflect": 1, "circular": 0}.get(self.mode)
        if spare is None:
            return
        limits = tuple(size - spare for size in x.positions)
        sides = tuple(both - both // 2 for both in padding)
        if all(a <= b for a, b in zip(sides, limits, strict=True)):
            return
        fitting = short(tuple(map(min, sides, limits)))
        less = f"use `p{fitting}`, or leave `mode` out"
        raise Mismatch(
            "E0304",
            f"`mode={self.mode}` can pad {by(x.positions)} positions by at most {by(limits)} a"
            f" side, got {by(sides)}",
            about="p",
            help=less if isinstance(self.p, tuple) else "leave `mode` out",
            trail=True,
            result=out,
            cures=(*([give(p=fitting)] if isinstance(self.p, tuple) else []), give(mode=None)),
        )
