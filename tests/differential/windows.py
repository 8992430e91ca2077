"""What windows, and the attention in them, mean: written from Swin's definition."""

from math import isqrt
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .maps import exclusive, means
from .values import Flow, Make, Stricter, takes


class Cut(NamedTuple):
    """A map [B, H, W, C] in windows: how each token of the windows is found in the padded map.

    `index` has the places of all tokens, [windows, tokens]; `mask` is what is added to their
    products, [windows, tokens, tokens]; None without a shift.
    """

    sides: tuple[int, int]
    padded: tuple[int, int]
    index: Tensor
    mask: Tensor | None


def cut(size: tuple[int, ...], sides: tuple[int, int], shift: tuple[int, int], grid: bool) -> Cut:
    (h, w), (a, b) = size, sides
    rows, columns = -(-h // a), -(-w // b)
    padded = rows * a, columns * b
    down, right = (s if count > 1 else 0 for s, count in zip(shift, (rows, columns), strict=True))
    index, parts = [], []
    for i in range(rows):
        for j in range(columns):
            # In a grid the window's positions are spread over the map, else they lie together.
            places = [
                (y * rows + i, x * columns + j) if grid else (i * a + y, j * b + x)
                for y in range(a)
                for x in range(b)
            ]
            index.append([
                (y + down) % padded[0] * padded[1] + (x + right) % padded[1] for y, x in places
            ])  # fmt: skip
            parts.append([(y + down >= padded[0], x + right >= padded[1]) for y, x in places])
    apart = [[[-100.0 * (p != q) for q in window] for p in window] for window in parts]
    return Cut(sides, padded, torch.tensor(index), fixed(apart) if down or right else None)


def fixed(numbers: Any) -> Tensor:
    return torch.tensor(numbers, dtype=torch.get_default_dtype())


def into(x: Flow, to: Cut) -> Flow:
    """A map as tokens of its windows, [B * windows, tokens, C]."""
    t = x.t.movedim(x.axis, -1)
    h, w = t.shape[1:3]
    t = F.pad(t, (0, 0, 0, to.padded[1] - w, 0, to.padded[0] - h)).flatten(1, 2)
    return Flow(t[:, to.index].flatten(0, 1), "last")


def back(tokens: Tensor, x: Flow, of: Cut) -> Flow:
    """The windows' tokens as a map in the layout of `x`."""
    t = tokens.unflatten(0, (-1, len(of.index))).flatten(1, 2)
    t = t[:, of.index.flatten().argsort()].unflatten(1, of.padded)
    h, w = x.positions
    return x._replace(t=t[:, :h, :w].movedim(-1, x.axis), pool=None)


@means("attn")
def attn(
    make: Make, x: Flow, heads: int, scale: float | None = None, v2: bool = False, w: Any = None,
    bias: Any = True, window: Cut | None = None,
) -> Flow:  # fmt: skip
    takes(x, "last", most=1)
    sides = (isqrt(x.dims[0]),) * 2 if window is None else window.sides
    if sides[0] * sides[1] != x.dims[0]:
        raise Stricter("window tokens")
    exclusive(not (v2 and scale is not None))
    if x.c % heads:
        raise ValueError(f"{heads} heads of {x.c} channels")
    made = make(lambda: _Attention(x.c, heads, sides, v2, bias is not False))
    q, k, v = made.projected(x.t)
    if v2:
        q, k = F.normalize(q, dim=-1), F.normalize(k, dim=-1)
        products = q @ k.mT * made.logit_scale.exp().clamp(max=100)
    else:
        products = q @ k.mT * ((x.c // heads) ** -0.5 if scale is None else scale)
    products = products + made.biases()
    if window is not None and window.mask is not None:
        many = len(x.t) // len(window.mask)
        products = products + window.mask.repeat(many, 1, 1)[:, None]
    y = products.softmax(-1) @ v
    return Flow(made.proj(y.transpose(1, 2).flatten(2)), "last")


class _Attention(nn.Module):
    """Its tensors, in the order of torchvision's."""

    def __init__(self, c: int, heads: int, sides: tuple[int, int], v2: bool, bias: bool) -> None:
        super().__init__()
        (h, w), self.heads, self.v2 = sides, heads, v2
        if v2:
            self.logit_scale = nn.Parameter(torch.zeros(heads, 1, 1))
            y, x = torch.meshgrid(*(_spread(side) for side in sides), indexing="ij")
            table = 8 * torch.stack([y, x], -1)[None]
            table = table.sign() * (table.abs() + 1).log2() / 3
            self.register_buffer("relative_coords_table", table)
        else:
            table = torch.zeros((2 * h - 1) * (2 * w - 1), heads)
            self.relative_position_bias_table = nn.Parameter(table)
        places = [(i, j) for i in range(h) for j in range(w)]
        index = [
            (a - c_ + h - 1) * (2 * w - 1) + b - d + w - 1 for a, b in places for c_, d in places
        ]
        self.register_buffer("relative_position_index", torch.tensor(index))
        self.qkv = nn.Linear(c, 3 * c, bias)
        self.proj = nn.Linear(c, c, bias)
        if v2:
            last = nn.Linear(512, heads, bias=False)
            self.cpb_mlp = nn.Sequential(nn.Linear(2, 512), nn.ReLU(), last)

    def projected(self, x: Tensor) -> tuple[Tensor, ...]:
        """Queries, keys and values, [B, heads, tokens, C / heads]. Keys have no bias in v2."""
        bias = self.qkv.bias
        if self.v2 and bias is not None:
            keeps = torch.ones_like(bias)
            keeps[len(bias) // 3 : 2 * len(bias) // 3] = 0
            bias = bias * keeps
        parts = F.linear(x, self.qkv.weight, bias).chunk(3, -1)
        return tuple(part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)

    def biases(self) -> Tensor:
        """What is added to the products, [heads, tokens, tokens]."""
        if self.v2:
            table = 16 * self.cpb_mlp(self.relative_coords_table).flatten(0, 2).sigmoid()
        else:
            table = self.relative_position_bias_table
        tokens = isqrt(len(self.relative_position_index))
        return table[self.relative_position_index].unflatten(0, (tokens, tokens)).permute(2, 0, 1)


def _spread(side: int) -> Tensor:
    return fixed([i / max(side - 1, 1) for i in range(1 - side, side)])
