"""Normalisations."""

from archc.layers.base import Call, Code, Layer, Mismatch, Tensor, Term, arg, spellings
from archc.layers.initial import Bias, VectorWeight
from archc.layers.kinds import Flag, MaybeProbability, Positive
from archc.layers.values import Init
from archc.shape import Shape


class BN(Layer):
    """Batch normalisation: each channel to mean 0 and variance 1 over the batch and all positions,
    then a learned factor and bias. In evaluation it takes running averages instead."""

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


class LN(Layer):
    """Layer normalisation: the channels at each position to mean 0 and variance 1, then a learned
    factor and bias a channel."""

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


_CHANNEL_LAYER_NORM = '''\
class ChannelLayerNorm(nn.LayerNorm):
    """Layer normalization over the channels of a channels-first map."""

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
            )
