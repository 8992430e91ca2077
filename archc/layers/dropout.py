"""Dropout: what training sets to zero by chance."""

from archc.layers.base import Call, Code, Layer, Term, arg
from archc.layers.kinds import Probability
from archc.shape import Shape


class Dropout(Layer):
    """Sets each number to 0 with probability `p` and scales the rest by `1/(1-p)`, in training."""

    follows = True

    p: Probability = arg("probability of 0", 0.5)

    aliases = ("drop_out",)
    examples = (("dropout", "128", "128"), ("dropout .2", "64x8x8", "64x8x8"))

    def code(self, x: Shape) -> Code:
        return Code(Call("nn.Dropout", _probability(self.term("p"))))


class Dropout2d(Layer):
    """Sets whole channels to 0 with probability `p` and scales the rest by `1/(1-p)`, in
    training; also for sequences and volumes."""

    follows = True

    p: Probability = arg("probability of 0", 0.5)

    accepts = ("first",)
    max_rank = 3
    aliases = (
        *("dropout1d", "dropout3d", "spatialdropout", "spatial_dropout"),
        *("spatialdropout1d", "spatialdropout2d", "spatialdropout3d"),
    )
    examples = (("dropout2d .2", "64x8x8", "64x8x8"), ("dropout2d", "16x50", "16x50"))

    def code(self, x: Shape) -> Code:
        return Code(Call(f"nn.Dropout{x.rank}d", _probability(self.term("p"))))


class DropPath(Layer):
    """Sets whole examples to 0 with probability `p` and scales the rest by `1/(1-p)`, in training:
    stochastic depth, for a branch that is added."""

    follows = True

    p: Probability = arg("probability of 0", 0.5)

    aliases = ("drop_path", "stochasticdepth", "stochastic_depth")
    examples = (("droppath .1", "64x8x8", "64x8x8"),)

    def code(self, x: Shape) -> Code:
        made = Call("DropPath", (self.term("p"),))
        return Code(made, helpers=(("DropPath", _DROP_PATH),))


_DROP_PATH = '''\
class DropPath(nn.Module):
    """Stochastic depth: in training, sets whole examples to 0 with probability p."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.p == 0:
            return x
        kept = x.new_empty(x.size(0), *[1] * (x.dim() - 1)).bernoulli_(1 - self.p)
        return x * kept.div_(1 - self.p) if self.p < 1 else x * kept
'''


def _probability(term: Term) -> tuple[Term, ...]:
    return () if term.value == 0.5 else (term,)
