"""Attention inside windows."""

from math import isqrt
from typing import ClassVar, Self

from archc.layers.attention import refuse_heads
from archc.layers.base import Call, Code, Layer, Mismatch, Tensor, Term, Window, arg
from archc.layers.cures import Instead, give
from archc.layers.initial import Bias, Weight
from archc.layers.kinds import Count, Flag, MaybePositive
from archc.layers.windows import by, everywhere
from archc.shape import Shape, describe
from archc.symbolic import Size, number
from archc.tuples import NamedTuple

_HIDDEN = 512
"""Width of the small network that makes Swin v2's biases."""


class Placed(NamedTuple):
    """The window that an attention works in: its sides, and whether shifted windows give a mask,
    which arrives at the port `mask`: [windows of an image, tokens, tokens], added to the products.
    """

    sides: tuple[int, int]
    masked: bool = False


class InWindow(Layer, abstract=True):
    """What knows the window that it works in."""

    placed: ClassVar[Placed | None] = None
    """Given by `inside` on an instance."""

    def inside(self, placed: Placed) -> Self:
        """The same layer in a window."""
        return type(self)(**{**vars(self), "placed": placed})


class Attn(InWindow):
    """Multi-head attention of the tokens of a window to each other, with a learned bias for each
    head and relative position, as in Swin. With `v2` as in Swin v2: of unit vectors, with a learned
    factor a head and biases that a small network makes.

    Outside of `windows` the tokens are taken for a square map."""

    heads: Count = arg("heads, which share the channels evenly")
    scale: MaybePositive = arg("factor of the products; `none` for `(C/heads)**-.5`", None)
    v2: Flag = arg("whether it works as in Swin v2", False)
    w: Weight = arg("how the weights start, but for the biases of positions", None)
    bias: Bias = arg("whether the projections have biases, or how they start", True)

    accepts = ("last",)
    max_rank = 1
    aliases = ("window_attention", "windowattention", "relative_attention")
    examples = (
        ("tokens | attn 4", "64x7x7", "49x64"),
        ("tokens | attn 4 v2=yes", "64x8x8", "64x64"),
    )

    def shape(self, x: Shape) -> Shape:
        height, width = self._sides(x)
        if height * width != x.dims[0]:
            wanted = f"the {by((height, width))} tokens of its window"
            if self.placed is None:
                wanted = "the tokens of a square map"
            raise Mismatch(
                "E0318",
                f"`attn` takes {wanted}, got {describe(x)}",
                help="put it first in `windows`, or use `mha`, which takes any number of tokens",
                trail=True,
                result=x,
                cures=() if self.placed or self.v2 or self.scale else (Instead("mha"),),
            )
        if self.v2 and self.scale is not None:
            raise Mismatch(
                "E0211",
                "`v2=yes` learns its factor, got `scale`",
                about="scale",
                help="leave out either `scale` or `v2`",
                result=x,
                cures=(give(scale=None), give(v2=None)),
            )
        refuse_heads(self.heads, x)
        return x

    def tensors(self, x: Shape) -> tuple[Tensor, ...]:
        c, tokens = x.channels, x.dims[0]
        height, width = (2 * side - 1 for side in self._sides(x))
        index = Tensor("relative_position_index", (tokens * tokens,), buffer=True)
        learned = Tensor("relative_position_bias_table", (height * width, self.heads))
        coordinates = Tensor("relative_coords_table", (1, height, width, 2), buffer=True)
        factor = Tensor("logit_scale", (self.heads, 1, 1))
        network = (
            Tensor("cpb_mlp.0.weight", (_HIDDEN, 2)),
            Tensor("cpb_mlp.0.bias", (_HIDDEN,)),
            Tensor("cpb_mlp.2.weight", (self.heads, _HIDDEN)),
        )
        return (
            *((factor, coordinates) if self.v2 else (learned,)),
            index,
            *self._linear("qkv", 3 * c, c),
            *self._linear("proj", c, c),
            *(network if self.v2 else ()),
        )

    def macs(self, x: Shape, out: Shape) -> Size:
        """Of one window: the projections and both products."""
        tokens, c = x.dims
        return 4 * tokens * c * c + 2 * tokens * tokens * c

    def macs_once(self, x: Shape) -> Size:
        height, width = (2 * side - 1 for side in self._sides(x))
        return height * width * _HIDDEN * (2 + self.heads) if self.v2 else 0

    def window(self, x: Shape) -> Window:
        return everywhere(x)

    def code(self, x: Shape) -> Code:
        name, text = ("CosineWindowAttention", _COSINE) if self.v2 else ("WindowAttention", _PLAIN)
        sizes = (Term(x.channels, "C"), self.term("heads"), Term(self._sides(x)))
        made = Call(name, sizes, self.options(scale=("scale", None), bias=("bias", True)))
        masked = self.placed is not None and self.placed.masked
        call = Call("{self}({0}, {mask})") if masked else None
        return Code(made, call, (("relative_positions", _POSITIONS), (name, text)))

    def _sides(self, x: Shape) -> tuple[int, int]:
        return (isqrt(number(x.dims[0])),) * 2 if self.placed is None else self.placed.sides

    def _linear(self, name: str, c: Size, arriving: Size) -> tuple[Tensor, ...]:
        weight = Tensor(f"{name}.weight", (c, arriving))
        return (weight, Tensor(f"{name}.bias", (c,))) if self.bias is not False else (weight,)


_POSITIONS = '''\
def relative_positions(height: int, width: int) -> torch.Tensor:
    """For each pair of tokens of a window, the row of a table of relative positions."""
    rows = torch.arange(height).repeat_interleave(width)
    columns = torch.arange(width).repeat(height)
    down = rows[:, None] - rows + height - 1
    right = columns[:, None] - columns + width - 1
    return (down * (2 * width - 1) + right).flatten()
'''

_PLAIN = '''\
class WindowAttention(nn.Module):
    """Attention between the tokens of a window, with a learned bias for relative positions."""

    def __init__(self, channels, heads, window, scale=None, bias=True) -> None:
        super().__init__()
        height, width = window
        self.heads = heads
        self.scale = (channels // heads) ** -0.5 if scale is None else scale
        self.qkv = nn.Linear(channels, 3 * channels, bias=bias)
        self.proj = nn.Linear(channels, channels, bias=bias)
        table = torch.empty((2 * height - 1) * (2 * width - 1), heads)
        self.relative_position_bias_table = nn.Parameter(table)
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)
        index = relative_positions(height, width)
        self.register_buffer("relative_position_index", index)

    def forward(self, x: torch.Tensor, mask=None) -> torch.Tensor:
        windows, tokens, _ = x.shape
        qkv = self.qkv(x).unflatten(2, (3, self.heads, -1))
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        bias = self.relative_position_bias_table[self.relative_position_index]
        bias = bias.view(tokens, tokens, -1).permute(2, 0, 1)
        if mask is not None:
            bias = (bias + mask[:, None]).repeat(windows // len(mask), 1, 1, 1)
        x = F.scaled_dot_product_attention(q, k, v, bias, scale=self.scale)
        return self.proj(x.transpose(1, 2).flatten(2))
'''

_COSINE = '''\
class CosineWindowAttention(nn.Module):
    """Attention between the tokens of a window by the cosines of their vectors, with a bias that a
    small network makes of relative positions."""

    def __init__(self, channels, heads, window, bias=True) -> None:
        super().__init__()
        height, width = window
        self.heads = heads
        self.qkv = nn.Linear(channels, 3 * channels, bias=bias)
        self.proj = nn.Linear(channels, channels, bias=bias)
        self.logit_scale = nn.Parameter(torch.log(10 * torch.ones(heads, 1, 1)))
        self.cpb_mlp = nn.Sequential(
            nn.Linear(2, 512),
            nn.ReLU(),
            nn.Linear(512, heads, bias=False),
        )
        down = torch.arange(1.0 - height, height) / max(height - 1, 1)
        right = torch.arange(1.0 - width, width) / max(width - 1, 1)
        offsets = 8 * torch.stack(torch.meshgrid(down, right, indexing="ij"), dim=-1)
        offsets = torch.sign(offsets) * torch.log2(torch.abs(offsets) + 1) / 3
        self.register_buffer("relative_coords_table", offsets[None])
        index = relative_positions(height, width)
        self.register_buffer("relative_position_index", index)
        if bias:
            nn.init.zeros_(self.qkv.bias.data[channels : 2 * channels])

    def forward(self, x: torch.Tensor, mask=None) -> torch.Tensor:
        windows, tokens, _ = x.shape
        qkv_bias = self.qkv.bias
        if qkv_bias is not None:  # keys have none
            of_q, _, of_v = qkv_bias.chunk(3)
            qkv_bias = torch.cat((of_q, torch.zeros_like(of_q), of_v))
        qkv = F.linear(x, self.qkv.weight, qkv_bias).unflatten(2, (3, self.heads, -1))
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        factor = self.logit_scale.exp().clamp(max=100)
        q, k = factor * F.normalize(q, dim=-1), F.normalize(k, dim=-1)
        table = self.cpb_mlp(self.relative_coords_table).view(-1, self.heads)
        bias = 16 * torch.sigmoid(table[self.relative_position_index])
        bias = bias.view(tokens, tokens, -1).permute(2, 0, 1)
        if mask is not None:
            bias = (bias + mask[:, None]).repeat(windows // len(mask), 1, 1, 1)
        x = F.scaled_dot_product_attention(q, k, v, bias, scale=1.0)
        return self.proj(x.transpose(1, 2).flatten(2))
'''
