"""Fully connected layers."""

from archc.layers.base import Call, Code, Layer, Mismatch, Tensor, Term, arg
from archc.layers.cures import Put, give
from archc.layers.initial import Bias, Weight
from archc.layers.kinds import Count, MaybeCount, MaybeTied, Tied
from archc.layers.stated import refuse_other_channels
from archc.layers.windows import by
from archc.shape import Shape, vector
from archc.symbolic import Size, product


class FC(Layer):
    """A fully connected layer over the channels, at every position alike: `nn.Linear`."""

    c: Count = arg("output features")
    bias: Bias = arg("whether a bias is added, or how it starts", True)
    w: Weight = arg("how the weight starts", None)
    in_: MaybeCount = arg("input features that must arrive", None)
    tie: MaybeTied = arg("label of a step or name of a share whose weight is taken", None)

    accepts = ("vector", "last")
    aliases = ("linear", "dense", "fully_connected", "connected", "innerproduct", "inner_product")
    examples = (
        ("fc 10", "784", "10"),
        ("fc 5 bias=no", "7", "5"),
        ("words: embed 500 64 | fc 500 tie=words", "9 int", "9x500"),
    )

    @classmethod
    def accept(cls, x: Shape) -> None:
        if x.layout != "first":
            return super().accept(x)
        flatten, mean = Put("flatten", vector(x.numel)), Put("gap | flatten", vector(x.channels))
        cures: tuple[Put, ...] = (flatten, mean)
        advice = f"put `flatten` ({x.numel} features) or `gap | flatten` in front of it"
        if product(x.positions) == 1:
            cures, advice = (flatten,), "put `flatten` in front of it"
        elif x.open:
            cures, advice = (mean,), "put `gap | flatten` in front of it"
        raise Mismatch(
            "E0301",
            f"`fc` takes a vector, got the {x} map",
            help=advice,
            trail=True,
            cures=cures,
        )

    def shape(self, x: Shape) -> Shape:
        out = x.replace_channels(self.c)
        refuse_other_channels(self.in_, x, out)
        wanted = (self.c, x.channels)
        if isinstance(self.tie, Tied) and self.tie.shape != wanted:
            raise _cannot_tie(self.tie, wanted, out)
        return out

    def tensors(self, x: Shape) -> tuple[Tensor, ...]:
        # A weight that is tied is that of another layer.
        weight = () if self.tie else (Tensor("weight", (self.c, x.channels)),)
        return (*weight, Tensor("bias", (self.c,))) if self.bias is not False else weight

    def macs(self, x: Shape, out: Shape) -> Size:
        return out.numel * x.channels

    def code(self, x: Shape) -> Code:
        sizes = (Term(x.channels, "C"), self.term("c"))
        return Code(Call("nn.Linear", sizes, self.options(bias=("bias", True))))


def _cannot_tie(tie: Tied, wanted: tuple[Size, Size], out: Shape) -> Mismatch:
    has = f"one of {by(tie.shape)}" if tie.shape else "none of its own"
    advice, cure = None, None
    if tie.shape and len(tie.shape) == 2:
        (c, arriving), (_, arrives) = tie.shape, wanted
        advice = f"write `fc {c}`" if arriving == arrives else f"put `fc {arriving}` in front of it"
        cure = give(c=str(c)) if arriving == arrives else Put(f"fc {arriving}")
    return Mismatch(
        "E0329",
        f"this `fc` needs a weight of {by(wanted)}, `{tie.label}` has {has}",
        about="tie",
        help=advice,
        trail=True,
        result=out,
        cures=(cure,) if cure else (),
    )
