"""Normalisations."""

from archc.layers.base import (
    Call,
    Code,
    Layer,
    Mismatch,
    Tensor,
    Term,
    Window,
    arg,
    spellings,
)
from archc.layers.cures import Give, LeaveOut, give
from archc.layers.groups import largest_divisor
from archc.layers.initial import Bias, VectorWeight
from archc.layers.kinds import (
    Count,
    Flag,
    MaybePositive,
    MaybeProbability,
    NotNegative,
    Positive,
    Real,
)
from archc.layers.values import Init
from archc.layers.windows import everywhere
from archc.shape import Shape, describe


class BN(Layer):
    """Batch normalisation: each channel to mean 0 and variance 1 over the batch and all positions,
    then a learned factor and bias. In evaluation it takes running averages instead."""

    follows = True

    eps: Positive = arg("added to the variance", 1e-5)
    momentum: MaybeProbability = arg(
        "share of the newest batch in the running averages; `none` averages over all batches", 0.1
    )
    affine: Flag = arg("whether there are a learned factor and a bias", True)
    w: VectorWeight = arg("how the factor starts", None)
    bias: Bias = arg("whether there is a bias, or how it starts", True)

    accepts = ("first", "vector")
    max_rank = 3
    aliases = (
        *spellings("batchnorm", "batch_norm"),
        *("bn1d", "bn2d", "bn3d", "batchnormalization", "batch_normalization"),
    )
    examples = (
        ("bn", "64x8x8", "64x8x8"),
        ("bn eps=1e-3 momentum=.01", "64x8x8", "64x8x8"),
        ("bn affine=no", "100", "100"),
    )

    def shape(self, x: Shape) -> Shape:
        _refuse_idle_start(self.affine, x, w=self.w, bias=self.bias)
        return x

    def tensors(self, x: Shape) -> tuple[Tensor, ...]:
        return (
            *_learned(x, self.affine, self.bias),
            Tensor("running_mean", (x.channels,), buffer=True),
            Tensor("running_var", (x.channels,), buffer=True),
            Tensor("num_batches_tracked", (), buffer=True),
        )

    def code(self, x: Shape) -> Code:
        options = self.options(
            eps=("eps", 1e-5),
            momentum=("momentum", 0.1),
            affine=("affine", True),
            bias=("bias", True),
        )
        return Code(Call(f"nn.BatchNorm{x.rank or 1}d", (Term(x.channels, "C"),), options))


class InstanceNorm(Layer, word="instnorm"):
    """Instance normalisation: each channel of each example to mean 0 and variance 1 over all
    positions, of which there must be more than one."""

    eps: Positive = arg("added to the variance", 1e-5)
    momentum: MaybeProbability = arg("of no effect: no running averages are kept", 0.1)
    affine: Flag = arg("whether there are a learned factor and a bias", False)
    w: VectorWeight = arg("how the factor starts", None)
    bias: Bias = arg("whether there is a bias, or how it starts", True)

    accepts = ("first", "vector")
    max_rank = 3
    aliases = (
        *spellings("instancenorm", "instance_norm"),
        *("instancenormalization", "instance_normalization"),
    )
    examples = (
        ("instnorm", "64x8x8", "64x8x8"),
        ("instnorm affine=yes", "16x100", "16x100"),
    )

    def shape(self, x: Shape) -> Shape:
        if x.numel == x.channels:
            raise Mismatch(
                "E0315",
                f"`instnorm` needs more than one position a channel, got {describe(x)}",
                help="leave it out, or use `ln`, which works on all channels of a position",
                trail=True,
                result=x,
                cures=(LeaveOut(),),
            )
        _refuse_idle_start(self.affine, x, w=self.w, bias=self.bias)
        return x

    def tensors(self, x: Shape) -> tuple[Tensor, ...]:
        return _learned(x, self.affine, self.bias)

    def window(self, x: Shape) -> Window | None:
        return everywhere(x)

    def code(self, x: Shape) -> Code:
        options = self.options(
            eps=("eps", 1e-5),
            momentum=("momentum", 0.1),
            affine=("affine", False),
            bias=("bias", True),
        )
        return Code(Call(f"nn.InstanceNorm{x.rank}d", (Term(x.channels, "C"),), options))


class GN(Layer):
    """Group normalisation: the channels of each group, over all positions, to mean 0 and variance
    1, then a learned factor and bias a channel."""

    follows = True

    groups: Count = arg("groups, which share the channels evenly")
    eps: Positive = arg("added to the variance", 1e-5)
    affine: Flag = arg("whether there are a learned factor and a bias", True)
    w: VectorWeight = arg("how the factor starts", None)
    bias: Bias = arg("whether there is a bias, or how it starts", True)

    accepts = ("first",)
    aliases = ("groupnorm", "group_norm", "groupnormalization", "group_normalization")
    examples = (
        ("gn 32", "64x8x8", "64x8x8"),
        ("gn 1 affine=no", "16x100", "16x100"),
    )

    def shape(self, x: Shape) -> Shape:
        if x.channels % self.groups:
            fitting = largest_divisor(x.channels, self.groups)
            raise Mismatch(
                "E0307",
                f"{self.groups} groups need a multiple of {self.groups} channels, got {x.channels}",
                about="groups",
                help=f"write `gn {fitting}`, which divides {x.channels}",
                trail=True,
                result=x,
                cures=(give(groups=fitting),),
            )
        _refuse_idle_start(self.affine, x, w=self.w, bias=self.bias)
        return x

    def tensors(self, x: Shape) -> tuple[Tensor, ...]:
        return _learned(x, self.affine, self.bias)

    def window(self, x: Shape) -> Window | None:
        return everywhere(x)

    def code(self, x: Shape) -> Code:
        options = self.options(eps=("eps", 1e-5), affine=("affine", True), bias=("bias", True))
        return Code(Call("nn.GroupNorm", (self.term("groups"), Term(x.channels, "C")), options))


class LN(Layer):
    """Layer normalisation: the channels at each position to mean 0 and variance 1, then a learned
    factor and bias a channel."""

    follows = True

    eps: Positive = arg("added to the variance", 1e-5)
    affine: Flag = arg("whether there are a learned factor and a bias", True)
    w: VectorWeight = arg("how the factor starts", None)
    bias: Bias = arg("whether there is a bias, or how it starts", True)

    aliases = ("layernorm", "layer_norm", "layernormalization", "layernorm2d")
    examples = (
        ("ln", "100", "100"),
        ("ln eps=1e-6", "96x8x8", "96x8x8"),
    )

    def shape(self, x: Shape) -> Shape:
        _refuse_idle_start(self.affine, x, w=self.w, bias=self.bias)
        return x

    def tensors(self, x: Shape) -> tuple[Tensor, ...]:
        return _learned(x, self.affine, self.bias)

    def code(self, x: Shape) -> Code:
        options = self.options(
            eps=("eps", 1e-5), elementwise_affine=("affine", True), bias=("bias", True)
        )
        channels = (Term(x.channels, "C"),)
        if x.layout != "first":
            return Code(Call("nn.LayerNorm", channels, options))
        helper = ("ChannelLayerNorm", _CHANNEL_LAYER_NORM)
        return Code(Call("ChannelLayerNorm", channels, options), helpers=(helper,))


class RMS(Layer):
    """Root-mean-square normalisation: divides the channels at each position by the root of the mean
    of their squares, then multiplies with a learned factor a channel."""

    follows = True

    eps: MaybePositive = arg("added to the mean; `none` for the least number of the type", None)
    affine: Flag = arg("whether there is a learned factor", True)
    w: VectorWeight = arg("how the factor starts", None)

    aliases = ("rmsnorm", "rms_norm", "rmsnormalization")
    examples = (
        ("rms", "100", "100"),
        ("rms eps=1e-6", "96x8x8", "96x8x8"),
    )

    def shape(self, x: Shape) -> Shape:
        _refuse_idle_start(self.affine, x, w=self.w)
        return x

    def tensors(self, x: Shape) -> tuple[Tensor, ...]:
        return _learned(x, self.affine, bias=False)

    def code(self, x: Shape) -> Code:
        options = self.options(eps=("eps", None), elementwise_affine=("affine", True))
        channels = (Term(x.channels, "C"),)
        if x.layout != "first":
            return Code(Call("nn.RMSNorm", channels, options))
        helper = ("ChannelRMSNorm", _CHANNEL_RMS_NORM)
        return Code(Call("ChannelRMSNorm", channels, options), helpers=(helper,))


class LRN(Layer):
    """Local response normalisation: divides each number by a power of `k` plus the mean of the
    squares of `n` neighbouring channels times `alpha`."""

    follows = True

    n: Count = arg("channels that count as neighbours, itself among them")
    alpha: NotNegative = arg("factor of the squares", 1e-4)
    beta: Real = arg("the power", 0.75)
    k: Positive = arg("what is added to the squares", 1)

    accepts = ("first",)
    aliases = ("localresponsenorm", "local_response_norm", "localresponsenormalization")
    examples = (("lrn 5 k=2", "96x27x27", "96x27x27"),)

    def code(self, x: Shape) -> Code:
        options = self.options(alpha=("alpha", 1e-4), beta=("beta", 0.75), k=("k", 1))
        # Torch views a volume as a map, which needs its numbers in order.
        call = Call("{self}({0}.contiguous())") if x.rank > 2 else None
        return Code(Call("nn.LocalResponseNorm", (self.term("n"),), options), call)


_CHANNEL_LAYER_NORM = '''\
class ChannelLayerNorm(nn.LayerNorm):
    """Layer normalization over the channels of a channels-first map."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
'''


_CHANNEL_RMS_NORM = '''\
class ChannelRMSNorm(nn.RMSNorm):
    """Root-mean-square normalization over the channels of a channels-first map."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
'''


def _learned(x: Shape, affine: bool, bias: object) -> tuple[Tensor, ...]:
    names = ("weight", "bias") if bias is not False else ("weight",)
    return tuple(Tensor(name, (x.channels,)) for name in names) if affine else ()


def _refuse_idle_start(affine: bool, x: Shape, **starts: object) -> None:
    """Without a factor and a bias there is nothing that could start in some way."""
    for name, start in starts.items():
        if not affine and isinstance(start, Init):
            raise Mismatch(
                "E0211",
                f"`{name}` needs `affine=yes`, got `affine=no`",
                about=name,
                help=f"leave out either `{name}` or `affine=no`",
                result=x,
                cures=(Give({name: None}), give(affine=None)),
            )
