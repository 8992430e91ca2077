"""Activations: functions of each number on its own."""

from typing import Annotated, ClassVar, TypeAlias

from archc.layers.base import Call, Code, Layer, Mismatch, Tensor, Term, arg
from archc.layers.cures import give
from archc.layers.kinds import NonZero, OneOf, PerChannel, Real
from archc.layers.sizes import arriving
from archc.layers.values import Word
from archc.shape import Shape
from archc.symbolic import differ

Approximation: TypeAlias = Annotated[str, OneOf(("none", "tanh"))]


class Elementwise(Layer, abstract=True):
    """A torch function of each number; arguments keep torch's defaults."""

    follows = True

    function: ClassVar[str]
    keywords: ClassVar[tuple[tuple[str, str], ...]] = ()
    """(torch's name, the layer's name) of each argument."""

    def code(self, x: Shape) -> Code:
        defaults = {p.name: p.default for p in self.parameters}
        names = {key: (name, defaults[name]) for key, name in self.keywords}
        return Code(call=Call(self.function, (), self.options(**names)))


class Relu(Elementwise):
    """`max(x, 0)`."""

    function = "F.relu"
    aliases = ("rectifier", "rectify")
    examples = (("relu", "8x4x4", "8x4x4"), ("relu", "10", "10"))


class Relu6(Elementwise):
    """`min(max(x, 0), 6)`."""

    function = "F.relu6"
    aliases = ("relu_6",)
    examples = (("relu6", "8x4x4", "8x4x4"),)


class Silu(Elementwise):
    """`x * sigmoid(x)`, also called swish."""

    function = "F.silu"
    aliases = ("swish",)
    examples = (("silu", "8x4x4", "8x4x4"),)


class Mish(Elementwise):
    """`x * tanh(softplus(x))`."""

    function = "F.mish"
    examples = (("mish", "8x4x4", "8x4x4"),)


class Sigmoid(Elementwise):
    """`1 / (1 + exp(-x))`."""

    function = "torch.sigmoid"
    aliases = ("logistic",)
    examples = (("sigmoid", "8x4x4", "8x4x4"),)


class Tanh(Elementwise):
    """The hyperbolic tangent."""

    function = "torch.tanh"
    examples = (("tanh", "8x4x4", "8x4x4"),)


class HSwish(Elementwise):
    """`x * relu6(x + 3) / 6`: silu in straight lines."""

    function = "F.hardswish"
    aliases = ("hardswish", "hard_swish", "hardsilu", "hard_silu")
    examples = (("hswish", "8x4x4", "8x4x4"),)


class HSigmoid(Elementwise):
    """`relu6(x + 3) / 6`: sigmoid in straight lines."""

    function = "F.hardsigmoid"
    aliases = ("hardsigmoid", "hard_sigmoid")
    examples = (("hsigmoid", "8x4x4", "8x4x4"),)


class Softsign(Elementwise):
    """`x / (1 + |x|)`."""

    function = "F.softsign"
    examples = (("softsign", "8x4x4", "8x4x4"),)


class Selu(Elementwise):
    """`elu` scaled so that mean 0 and variance 1 keep themselves up through many layers."""

    function = "F.selu"
    examples = (("selu", "8x4x4", "8x4x4"),)


class LogSigmoid(Elementwise):
    """`log(sigmoid(x))`, computed without loss."""

    function = "F.logsigmoid"
    aliases = ("log_sigmoid",)
    examples = (("logsigmoid", "8x4x4", "8x4x4"),)


class Leaky(Elementwise):
    """`x` where it is positive, `p * x` elsewhere: leaky relu."""

    p: Real = arg("slope below 0", 0.01)

    function = "F.leaky_relu"
    keywords = (("negative_slope", "p"),)
    aliases = ("leakyrelu", "leaky_relu", "lrelu")
    examples = (("leaky", "8x4x4", "8x4x4"), ("leaky .1", "8x4x4", "8x4x4"))


class Elu(Elementwise):
    """`x` where it is positive, `a * (exp(x) - 1)` elsewhere."""

    a: Real = arg("the limit below 0, negated", 1)

    function = "F.elu"
    keywords = (("alpha", "a"),)
    examples = (("elu", "8x4x4", "8x4x4"), ("elu a=.5", "8x4x4", "8x4x4"))


class Celu(Elementwise):
    """`x` where it is positive, `a * (exp(x/a) - 1)` elsewhere."""

    a: NonZero = arg("the limit below 0, negated", 1)

    function = "F.celu"
    keywords = (("alpha", "a"),)
    examples = (("celu a=2", "8x4x4", "8x4x4"),)


class Gelu(Elementwise):
    """`x` times the normal distribution's share below it."""

    approx: Approximation = arg(
        "`tanh` computes an approximation, as the first GPTs did", Word("none")
    )

    function = "F.gelu"
    keywords = (("approximate", "approx"),)
    examples = (("gelu", "8x4x4", "8x4x4"), ("gelu approx=tanh", "10", "10"))


class Softplus(Elementwise):
    """`log(1 + exp(beta * x)) / beta`: relu with a round corner."""

    beta: NonZero = arg("sharpness of the corner", 1)

    function = "F.softplus"
    keywords = (("beta", "beta"),)
    examples = (("softplus", "8x4x4", "8x4x4"), ("softplus beta=2", "8x4x4", "8x4x4"))


class Hardtanh(Elementwise):
    """`min(max(x, lo), hi)`."""

    lo: Real = arg("the least value", -1)
    hi: Real = arg("the largest value", 1)

    function = "F.hardtanh"
    keywords = (("min_val", "lo"), ("max_val", "hi"))
    aliases = ("hard_tanh", "clamp", "clip")
    examples = (("hardtanh", "8x4x4", "8x4x4"), ("hardtanh lo=0 hi=6", "8x4x4", "8x4x4"))

    def shape(self, x: Shape) -> Shape:
        if self.lo > self.hi:
            raise Mismatch(
                "E0211",
                f"`lo` must not be above `hi`, got {self.lo:g} and {self.hi:g}",
                help=f"write `lo={self.hi:g} hi={self.lo:g}`",
                result=x,
                cures=(give(lo=f"{self.hi:g}", hi=f"{self.lo:g}"),),
            )
        return x


class Prelu(Layer):
    """`x` where it is positive, `a * x` elsewhere with one learned `a`, .25 at first."""

    follows = True

    aliases = ("p_relu", "parametric_relu")
    examples = (("prelu", "8x4x4", "8x4x4"),)

    def tensors(self, x: Shape) -> tuple[Tensor, ...]:
        return (Tensor("weight", (1,)),)

    def code(self, x: Shape) -> Code:
        return Code(Call("nn.PReLU"))


class Abs(Elementwise):
    """The absolute value."""

    function = "torch.abs"
    aliases = ("absolute",)
    examples = (("abs", "8x4x4", "8x4x4"),)


class Exp(Elementwise):
    """The exponential."""

    function = "torch.exp"
    aliases = ("exponential",)
    examples = (("exp", "8x4x4", "8x4x4"),)


class Sqrt(Elementwise):
    """The square root; numbers below 0 give nan."""

    function = "torch.sqrt"
    examples = (("sqrt", "8x4x4", "8x4x4"),)


class Square(Elementwise):
    """`x * x`."""

    function = "torch.square"
    aliases = ("pow2",)
    examples = (("square", "8x4x4", "8x4x4"),)


class Neg(Elementwise):
    """`-x`."""

    function = "torch.neg"
    aliases = ("negative",)
    examples = (("neg", "8x4x4", "8x4x4"),)


class Affine(Layer):
    """`a * x + b` with fixed numbers, for all channels or one a channel. Nothing is learned and
    nothing is in the state dict."""

    a: PerChannel = arg("the factor, or a list of one a channel")
    b: PerChannel = arg("what is added, or a list of one a channel")

    aliases = ("rescaling", "rescale")
    examples = (
        ("affine 2 -1", "1x28x28", "1x28x28"),
        ("affine [4.4 4.5 4.4] [-2.1 -2.0 -1.8]", "3x32x32", "3x32x32"),
    )

    def shape(self, x: Shape) -> Shape:
        for name in ("a", "b"):
            value = getattr(self, name)
            if isinstance(value, tuple) and differ(len(value), x.channels):
                raise Mismatch(
                    "E0311",
                    f"expected one number, or a list of {x.channels}, one a channel,"
                    f" got {len(value)}",
                    about=name,
                    note=f"{len(value)} numbers, but {arriving(x)}",
                    help="write one number for all channels, or a list with one a channel",
                    trail=True,
                    result=x,
                )
        return x

    def code(self, x: Shape) -> Code:
        terms = (self.term("a"), self.term("b"))
        if not any(isinstance(term.value, tuple) for term in terms):
            return Code(call=Call("{1} * {0} + {2}", terms))
        ones = Term(x.rank if x.layout == "first" else 0)
        return Code(Call("Affine", (*terms, ones)), helpers=(("Affine", _AFFINE),))


_AFFINE = '''\
class Affine(nn.Module):
    """Scales and shifts each channel by fixed numbers."""

    def __init__(self, scale: object, shift: object, rank: int) -> None:
        super().__init__()
        for name, value in (("scale", scale), ("shift", shift)):
            constant = torch.tensor(value).reshape(-1, *[1] * rank)
            self.register_buffer(name, constant, persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.scale * x + self.shift
'''
