"""swin_t (Swin Transformer and Swin Transformer v2): 3x224x224 -> 1000, 28,288,354 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


def into_windows(x: torch.Tensor, window, shift=(0, 0)) -> torch.Tensor:
    """[B, H, W, C], zero-padded and shifted, to windows of tokens [B * n, h * w, C]."""
    height, width = window
    x = F.pad(x, (0, 0, 0, -x.shape[2] % width, 0, -x.shape[1] % height))
    x = x.roll((-shift[0], -shift[1]), (1, 2))
    x = x.unflatten(2, (-1, width)).unflatten(1, (-1, height))
    return x.transpose(2, 3).flatten(3, 4).flatten(0, 2)


def from_windows(x: torch.Tensor, window, size, shift=(0, 0)) -> torch.Tensor:
    """Windows of tokens back to the map [B, H, W, C] that they were cut from."""
    rows, columns = (-(-side // step) for side, step in zip(size, window))
    x = x.unflatten(1, tuple(window)).unflatten(0, (-1, rows, columns))
    x = x.transpose(2, 3).flatten(3, 4).flatten(1, 2)
    return x.roll(shift, (1, 2))[:, : size[0], : size[1]]


def shift_mask(x: torch.Tensor, size, window, shift) -> torch.Tensor | None:
    """-100 between tokens of a window that were no neighbours before the shift: [n, L, L]."""
    if not any(shift):
        return None
    labels = torch.zeros(1, 1, 1, 1, device=x.device, dtype=x.dtype)
    for axis, (side, step, by) in enumerate(zip(size, window, shift), 1):
        side = -(-side // step) * step
        places = torch.arange(side, device=x.device)
        part = (places >= side - step).to(x.dtype) + (places >= side - by).to(x.dtype)
        labels = 3 * labels + part.view(-1, *[1] * (3 - axis))
    tokens = into_windows(labels, window)[:, :, 0]
    return -100.0 * (tokens[:, None] != tokens[:, :, None]).to(x.dtype)


def relative_positions(height: int, width: int) -> torch.Tensor:
    """For each pair of tokens of a window, the row of a table of relative positions."""
    rows = torch.arange(height).repeat_interleave(width)
    columns = torch.arange(width).repeat(height)
    down = rows[:, None] - rows + height - 1
    right = columns[:, None] - columns + width - 1
    return (down * (2 * width - 1) + right).flatten()


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


def join_neighbors(x: torch.Tensor) -> torch.Tensor:
    """Joins the channels of 2x2 neighbors of a channels-last map, zero-padded at the end."""
    x = F.pad(x, (0, 0, 0, x.shape[2] % 2, 0, x.shape[1] % 2))
    top, bottom = x[:, ::2], x[:, 1::2]
    corners = (top[:, :, ::2], bottom[:, :, ::2], top[:, :, 1::2], bottom[:, :, 1::2])
    return torch.cat(corners, dim=-1)


class Layer(nn.Module):
    def __init__(self, in_channels: int, heads: int, drop: float, shift: tuple) -> None:
        super().__init__()
        self.ln3 = nn.LayerNorm(in_channels)
        self.shift = shift
        self.attn2 = WindowAttention(in_channels, heads, (7, 7))
        self.droppath3 = DropPath(drop)
        self.ln4 = nn.LayerNorm(in_channels)
        self.fc3 = nn.Linear(in_channels, 4 * in_channels)
        self.dropout3 = nn.Dropout(0.0)
        self.fc4 = nn.Linear(4 * in_channels, in_channels)
        self.dropout4 = nn.Dropout(0.0)
        self.droppath4 = DropPath(drop)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.ln3(x)
        z = into_windows(y, (7, 7), self.shift)
        mask = shift_mask(y, y.shape[1:3], (7, 7), self.shift)
        z = self.attn2(z, mask)
        y = from_windows(z, (7, 7), y.shape[1:3], self.shift)
        x = x + self.droppath3(y)
        y = self.ln4(x)
        y = self.dropout3(F.gelu(self.fc3(y)))
        y = self.droppath4(self.dropout4(self.fc4(y)))
        return x + y


class Merge(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.ln2 = nn.LayerNorm(channels)
        self.fc2 = nn.Linear(channels, channels // 2, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.ln2(join_neighbors(x))
        return self.fc2(x)


class SwinT(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 96, 4, stride=4)
        self.ln1 = nn.LayerNorm(96)
        self.loop1 = nn.ModuleList(
            nn.ModuleDict(
                {
                    "merge1": Merge(channels) if has_merge1 else nn.Identity(),
                    "loop1": nn.ModuleList(
                        nn.ModuleDict({"layer1": Layer(in_channels, h, drop, shift)})
                        for drop, shift in rows
                    ),
                }
            )
            for channels, has_merge1, in_channels, h, rows in (
                (None, False, 96, 3, ((0.0, (0, 0)), (0.018181818181818184, (3, 3)))),
                (
                    384,
                    True,
                    192,
                    6,
                    ((0.03636363636363637, (0, 0)), (0.05454545454545456, (3, 3))),
                ),
                (
                    768,
                    True,
                    384,
                    12,
                    (
                        (0.07272727272727274, (0, 0)),
                        (0.09090909090909091, (3, 3)),
                        (0.10909090909090911, (0, 0)),
                        (0.1272727272727273, (3, 3)),
                        (0.14545454545454548, (0, 0)),
                        (0.16363636363636364, (3, 3)),
                    ),
                ),
                (1536, True, 768, 24, ((0.18181818181818182, (0, 0)), (0.2, (0, 0)))),
            )
        )
        self.ln2 = nn.LayerNorm(768)
        self.fc1 = nn.Linear(768, 1000)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv1(x)  # 96x56x56
        x = x.permute(0, 2, 3, 1)  # 56x56x96
        x = self.ln1(x)
        for loop_part in self.loop1:
            x = loop_part.merge1(x)
            for inner_loop_part in loop_part.loop1:
                x = inner_loop_part.layer1(x)
        x = self.ln2(x)  # 7x7x768
        x = x.permute(0, 3, 1, 2)  # 768x7x7
        x = F.adaptive_avg_pool2d(x, 1)  # 768x1x1
        x = torch.flatten(x, 1)  # 768
        return self.fc1(x)  # 1000
