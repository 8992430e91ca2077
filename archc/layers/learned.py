"""Learned factors and random draws."""

from archc.layers.base import Call, Code, Layer, Mismatch, Tensor, Term, arg
from archc.layers.cures import Put
from archc.layers.kinds import Real
from archc.shape import Shape


class Scale(Layer):
    """Multiplies each channel with a learned factor."""

    v: Real = arg("the factor at the start", 1)

    aliases = ("layerscale", "layer_scale")
    examples = (("scale 1e-6", "96x8x8", "96x8x8"), ("scale", "100", "100"))

    def tensors(self, x: Shape) -> tuple[Tensor, ...]:
        return (Tensor("weight", (x.channels, *[1] * self._ones(x))),)

    def code(self, x: Shape) -> Code:
        ones = Term(self._ones(x))
        options = (("rank", ones),) if ones.value else ()
        made = Call("Scale", (Term(x.channels, "C"), self.term("v")), options)
        return Code(made, helpers=(("Scale", _SCALE),))

    def _ones(self, x: Shape) -> int:
        """Axes behind the channels'."""
        return x.rank if x.layout == "first" else 0


class Sample(Layer):
    """Draws from normal distributions: the first half of the channels holds their means, the second
    the logarithms of their variances. It draws in training and in evaluation."""

    aliases = ("reparameterize", "reparametrize", "sampling", "gaussian_sample")
    examples = (("sample", "64", "32"), ("sample", "8x4x4", "4x4x4"))

    def shape(self, x: Shape) -> Shape:
        half, odd = divmod(x.channels, 2)
        if odd:
            wider = f"conv {2 * x.channels} k1" if x.layout == "first" else f"fc {2 * x.channels}"
            raise Mismatch(
                "E0309",
                f"`sample` needs an even number of channels, means and variances, got {x.channels}",
                help=f"put `{wider}` in front of it",
                trail=True,
                result=x,
                cures=(Put(wider),),
            )
        return x.replace_channels(half)

    def code(self, x: Shape) -> Code:
        dim = Term(1 if x.layout == "first" else -1)
        return Code(call=Call("draw_normal", (dim,)), helpers=(("draw_normal", _DRAW_NORMAL),))


_SCALE = '''\
class Scale(nn.Module):
    """Multiplies each channel with a learned factor."""

    def __init__(self, channels: int, value: float, rank: int = 0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels, *[1] * rank), value))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.weight
'''

_DRAW_NORMAL = '''\
def draw_normal(x: torch.Tensor, dim: int) -> torch.Tensor:
    """Draws from normal distributions, given their means and log-variances as halves of dim."""
    mean, log_variance = x.chunk(2, dim)
    return mean + torch.exp(log_variance / 2) * torch.randn_like(mean)
'''
