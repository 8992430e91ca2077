"""Fully connected layers."""

from archc.layers.base import Call, Code, Layer, Mismatch, Tensor, Term, arg
from archc.layers.initial import Bias, Weight
from archc.layers.kinds import Count, MaybeCount
from archc.layers.stated import refuse_other_channels
from archc.shape import Shape
from archc.symbolic import Size, product


class FC(Layer):
    """A fully connected layer over the channels, at every position alike: `nn.Linear`."""

    c: Count = arg("output features")
    bias: Bias = arg("whether a bias is added, or how it starts", True)
    w: Weight = arg("how the weight starts", None)
    in_: MaybeCount = arg("input features that must arrive", None)

    accepts = ("vector", "last")
    aliases = ("linear", "dense", "fully_connected", "connected", "innerproduct", "inner_product")
    examples = (
        ("fc 10", "784", "10"),
        ("fc 5 bias=no", "7", "5"),
    )

    @classmethod
    def accept(cls, x: Shape) -> None:
        if x.layout != "first":
            return super().accept(x)
        flat = f"flatten` ({x.numel} features) or `gap | flatten"
        if product(x.positions) == 1:
            flat = "flatten"
        elif x.open:
            flat = "gap | flatten"
        raise Mismatch(
            "E0301",
            f"`fc` takes a vector, got the {x} map",
            help=f"put `{flat}` in front of it",
            trail=True,
        )

    def shape(self, x: Shape) -> Shape:
        out = x.replace_channels(self.c)
        refuse_other_channels(self.in_, x, out)
        return out

    def tensors(self, x: Shape) -> tuple[Tensor, ...]:
        weight = Tensor("weight", (self.c, x.channels))
        return (weight, Tensor("bias", (self.c,))) if self.bias is not False else (weight,)

    def macs(self, x: Shape, out: Shape) -> Size:
        return out.numel * x.channels

    def code(self, x: Shape) -> Code:
        sizes = (Term(x.channels, "C"), self.term("c"))
        return Code(Call("nn.Linear", sizes, self.options(bias=("bias", True))))
