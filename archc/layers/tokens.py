"""Tokens: embeddings, positions and class tokens."""

from typing import Annotated, TypeAlias

from archc.layers.base import Call, Code, Layer, Tensor, Term, arg
from archc.layers.initial import Initial, Weight
from archc.layers.kinds import Count, MaybeAxis
from archc.layers.sizes import refuse_missing_place
from archc.layers.values import Init, Word
from archc.shape import Shape

# The own way of `pos` and `cls` is not torch's, so that it can be said in the declaration.
Start: TypeAlias = Annotated[Init, Initial(fans=True)]


class Embed(Layer):
    """Turns each token id into a learned vector: `nn.Embedding`. Ids go from 0 to `n - 1`."""

    n: Count = arg("size of the vocabulary")
    c: Count = arg("channels of each vector")
    w: Weight = arg("how the vectors start", None)
    pad: MaybeAxis = arg("the id that stands for padding, whose vector learns nothing", None)

    accepts = ("ids",)
    aliases = ("embedding", "token_embedding")
    examples = (("embed 1000 64", "256 int", "256x64"),)

    def shape(self, x: Shape) -> Shape:
        out = Shape((*x.dims, self.c), "last")
        if self.pad is not None:
            refuse_missing_place(self.pad, self.n, "token id", "pad", x)
        return out

    def tensors(self, x: Shape) -> tuple[Tensor, ...]:
        return (Tensor("weight", (self.n, self.c)),)

    def code(self, x: Shape) -> Code:
        sizes = (self.term("n"), self.term("c"))
        return Code(Call("nn.Embedding", sizes, self.options(padding_idx=("pad", None))))


class Pos(Layer):
    """Adds a learned vector to each token, by its position."""

    w: Start = arg("how the vectors start", Init("normal", (0.02,)))

    accepts = ("last",)
    max_rank = 1
    aliases = ("positionembedding", "position_embedding", "pos_embedding", "pos_embed")
    examples = (("tokens | pos", "96x14x14", "196x96"),)

    def tensors(self, x: Shape) -> tuple[Tensor, ...]:
        return (Tensor("weight", (1, *x.dims)),)

    def code(self, x: Shape) -> Code:
        made = Call("Positions", (Term(x.dims[0], "L"), Term(x.channels, "C")))
        return Code(made, helpers=(("Positions", _POSITIONS),))


class Cls(Layer):
    """Puts a learned token first, in which a classifier can gather what it needs."""

    w: Start = arg("how the token starts", Word("zeros"))

    accepts = ("last",)
    max_rank = 1
    aliases = ("class_token", "cls_token", "classtoken")
    examples = (("tokens | cls", "96x14x14", "197x96"),)

    def shape(self, x: Shape) -> Shape:
        return x.replace_positions((x.dims[0] + 1,))

    def tensors(self, x: Shape) -> tuple[Tensor, ...]:
        return (Tensor("weight", (1, 1, x.channels)),)

    def code(self, x: Shape) -> Code:
        made = Call("ClassToken", (Term(x.channels, "C"),))
        return Code(made, helpers=(("ClassToken", _CLASS_TOKEN),))


_POSITIONS = '''\
class Positions(nn.Module):
    """Adds a learned vector to each token, by its position."""

    def __init__(self, length: int, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(1, length, channels).normal_(std=0.02))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.weight
'''

_CLASS_TOKEN = '''\
class ClassToken(nn.Module):
    """Puts a learned token in front of all others."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1, 1, channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat((self.weight.expand(x.size(0), -1, -1), x), dim=1)
'''
