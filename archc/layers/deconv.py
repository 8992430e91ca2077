"""Transposed convolutions."""

from math import prod

from archc.layers.base import Call, Code, Layer, Mismatch, Tensor, Term, Window, arg, spellings
from archc.layers.cures import give
from archc.layers.groups import refuse_groups
from archc.layers.initial import Bias, Weight
from archc.layers.kinds import Amounts, Count, MaybeCount, Sides
from archc.layers.sizes import refuse_nothing_left
from archc.layers.stated import refuse_other_channels
from archc.layers.windows import by, extent, short
from archc.shape import Shape, feature_map
from archc.symbolic import Size


class Deconv(Layer):
    """The transposed convolution of a channels-first map or sequence, which makes it larger:
    `ConvTranspose1d`, `ConvTranspose2d` or `ConvTranspose3d`.

    Each output size is `(size - 1)*s - 2p + d*(k-1) + 1 + outpad`.
    """

    c: Count = arg("output channels")
    k: Sides = arg("side of the kernel", 1)
    s: Sides = arg("stride: outputs a position", 1)
    p: Amounts = arg("positions cut off on each side", 0)
    d: Sides = arg("dilation: the distance between the kernel's taps", 1)
    g: Count = arg("groups, each of which sees only its share of the channels", 1)
    outpad: Amounts = arg("positions added at the end, fewer than the stride or dilation", 0)
    bias: Bias = arg("whether a bias is added, or how it starts", True)
    w: Weight = arg("how the weight starts", None)
    in_: MaybeCount = arg("input channels that must arrive", None)

    accepts = ("first",)
    max_rank = 3
    aliases = (
        *spellings("convtranspose", "conv_transpose", "deconvolution"),
        *("deconv1d", "deconv2d", "deconv3d", "transposed_conv", "upconv"),
        *("conv1dtranspose", "conv2dtranspose", "conv3dtranspose"),
    )
    examples = (
        ("deconv 64 k2 s2", "128x16x16", "64x32x32"),
        ("deconv 64 k3 s2 p1 outpad=1", "128x16x16", "64x32x32"),
        ("deconv 8 k4 s2 p1 g4", "16x10", "8x20"),
    )

    def shape(self, x: Shape) -> Shape:
        sides = zip(x.positions, self.k, self.s, self.p, self.d, self.outpad, strict=True)
        sizes = tuple((n - 1) * s - 2 * p + extent(k, d) + o for n, k, s, p, d, o in sides)
        out = feature_map(self.c, *sizes)
        self._refuse_wide_outpad(out)
        if any(size < 1 for size in sizes):
            refuse_nothing_left(x, out, "p", "use a smaller `p`, or a larger kernel")
        refuse_other_channels(self.in_, x, out)
        refuse_groups(x.channels, self.c, self.g, out)
        return out

    def tensors(self, x: Shape) -> tuple[Tensor, ...]:
        weight = Tensor("weight", (x.channels, self.c // self.g, *self.k))
        return (weight, Tensor("bias", (self.c,))) if self.bias is not False else (weight,)

    def macs(self, x: Shape, out: Shape) -> Size:
        """Each position of the input meets all of the kernel."""
        return x.numel * (self.c // self.g) * prod(self.k)

    def window(self, x: Shape) -> Window:
        spans = zip(self.k, self.d, self.s, strict=True)
        ones = (1,) * x.rank
        return Window(tuple((extent(k, d) - 1) // s + 1 for k, d, s in spans), ones, ones)

    def growth(self, x: Shape) -> tuple[float, ...]:
        return self.s

    def code(self, x: Shape) -> Code:
        sizes = (Term(x.channels, "C"), self.term("c"), self.term("k"))
        options = self.options(
            stride=("s", 1),
            padding=("p", 0),
            output_padding=("outpad", 0),
            groups=("g", 1),
            bias=("bias", True),
            dilation=("d", 1),
        )
        return Code(Call(f"nn.ConvTranspose{x.rank}d", sizes, options))

    def _refuse_wide_outpad(self, out: Shape) -> None:
        limits = tuple(max(s, d) - 1 for s, d in zip(self.s, self.d, strict=True))
        if all(o <= limit for o, limit in zip(self.outpad, limits, strict=True)):
            return
        fitting = tuple(map(min, self.outpad, limits))
        given = short(fitting) if len(set(fitting)) == 1 else f"[{' '.join(map(str, fitting))}]"
        raise Mismatch(
            "E0314",
            f"`outpad` must be smaller than the stride or the dilation, at most {by(limits)},"
            f" got {by(self.outpad)}",
            about="outpad",
            help=f"write `outpad={given}`" if any(fitting) else "leave `outpad` out",
            result=out,
            cures=(give(outpad=given if any(fitting) else None),),
        )
