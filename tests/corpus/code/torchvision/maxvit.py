"""maxvit_t (MaxViT): 3x224x224 -> 1000, 30,919,624 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


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


def into_grid(x: torch.Tensor, grid) -> torch.Tensor:
    """[B, H, W, C] to tokens [B * n, h * w, C] of positions spread evenly over the map."""
    height, width = grid
    x = F.pad(x, (0, 0, 0, -x.shape[2] % width, 0, -x.shape[1] % height))
    x = x.unflatten(2, (width, -1)).unflatten(1, (height, -1))
    return x.permute(0, 2, 4, 1, 3, 5).flatten(3, 4).flatten(0, 2)


def from_grid(x: torch.Tensor, grid, size) -> torch.Tensor:
    """Tokens of positions spread evenly back to the map [B, H, W, C]."""
    rows, columns = (-(-side // step) for side, step in zip(size, grid))
    x = x.unflatten(1, tuple(grid)).unflatten(0, (-1, rows, columns))
    x = x.permute(0, 3, 1, 4, 2, 5).flatten(3, 4).flatten(1, 2)
    return x[:, : size[0], : size[1]]


class Cba(nn.Module):
    def __init__(
        self,
        in_channels: int,
        c: int,
        k: int = 1,
        s: int = 1,
        g: int = 1,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels,
            c,
            k,
            stride=s,
            padding=(k - 1) // 2,
            groups=g,
            bias=False,
        )
        self.bn1 = nn.BatchNorm2d(c, eps=0.001, momentum=0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.gelu(self.bn1(self.conv1(x)))


class Se(nn.Module):
    def __init__(self, in_channels: int, c: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, c, 1)
        self.conv2 = nn.Conv2d(c, in_channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.adaptive_avg_pool2d(x, 1)
        y = F.silu(self.conv1(y))
        return x * torch.sigmoid(self.conv2(y))


class Mbconv(nn.Module):
    def __init__(self, in_channels: int, c: int, s: int, drop: float) -> None:
        super().__init__()
        self.has_conv1 = s > 1 or in_channels != c
        if self.has_conv1:
            self.conv1 = nn.Conv2d(in_channels, c, 1)
        self.bn1 = nn.BatchNorm2d(in_channels, eps=0.001, momentum=0.01)
        self.cba1 = Cba(in_channels, 4 * c)
        self.cba2 = Cba(4 * c, 4 * c, k=3, s=s, g=4 * c)
        self.se1 = Se(4 * c, c // 4)
        self.conv2 = nn.Conv2d(4 * c, c, 1)
        self.droppath1 = DropPath(drop)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x
        if self.has_conv1:
            y = F.avg_pool2d(y, 3, stride=2, padding=1)
            y = self.conv1(y)
        z = self.bn1(x)
        z = self.cba1(z)
        z = self.cba2(z)
        z = self.se1(z)
        return y + self.droppath1(self.conv2(z))


class Attention(nn.Module):
    def __init__(self, in_channels: int, drop: float) -> None:
        super().__init__()
        self.ln1 = nn.LayerNorm(in_channels)
        self.attn1 = WindowAttention(
            in_channels,
            in_channels // 32,
            (7, 7),
            scale=in_channels ** (-0.5),
        )
        self.droppath1 = DropPath(drop)
        self.ln2 = nn.LayerNorm(in_channels)
        self.fc1 = nn.Linear(in_channels, 4 * in_channels)
        self.fc2 = nn.Linear(4 * in_channels, in_channels)
        self.droppath2 = DropPath(drop)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.ln1(x)
        z = into_windows(y, (7, 7))
        z = self.attn1(z)
        y = self.droppath1(from_windows(z, (7, 7), y.shape[1:3]))
        x = x + y
        y = self.ln2(x)
        y = F.gelu(self.fc1(y))
        return x + self.droppath2(self.fc2(y))


class Attention2(nn.Module):
    def __init__(self, in_channels: int, drop: float) -> None:
        super().__init__()
        self.ln1 = nn.LayerNorm(in_channels)
        self.attn1 = WindowAttention(
            in_channels,
            in_channels // 32,
            (7, 7),
            scale=in_channels ** (-0.5),
        )
        self.droppath1 = DropPath(drop)
        self.ln2 = nn.LayerNorm(in_channels)
        self.fc1 = nn.Linear(in_channels, 4 * in_channels)
        self.fc2 = nn.Linear(4 * in_channels, in_channels)
        self.droppath2 = DropPath(drop)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.ln1(x)
        z = into_grid(y, (7, 7))
        z = self.attn1(z)
        y = self.droppath1(from_grid(z, (7, 7), y.shape[1:3]))
        x = x + y
        y = self.ln2(x)
        y = F.gelu(self.fc1(y))
        return x + self.droppath2(self.fc2(y))


class Layer(nn.Module):
    def __init__(self, in_channels: int, c: int, s: int, drop: float) -> None:
        super().__init__()
        self.mbconv1 = Mbconv(in_channels, c, s, drop)
        self.attention1 = Attention(c, drop)
        self.attention2 = Attention2(c, drop)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.mbconv1(x)
        x = x.permute(0, 2, 3, 1)
        x = self.attention1(x)
        x = self.attention2(x)
        return x.permute(0, 3, 1, 2)


class MaxvitT(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cba1 = Cba(3, 64, k=3, s=2)
        self.conv1 = nn.Conv2d(64, 64, 3, padding=1)
        self.loop1 = nn.ModuleList(
            nn.ModuleDict(
                {
                    "loop1": nn.ModuleList(
                        nn.ModuleDict({"layer1": Layer(in_channels, c, stride, drop)})
                        for in_channels, stride, drop in rows
                    ),
                }
            )
            for c, rows in (
                (64, ((64, 2, 0.0), (64, 1, 0.02))),
                (128, ((64, 2, 0.04), (128, 1, 0.06))),
                (
                    256,
                    (
                        (128, 2, 0.08),
                        (256, 1, 0.1),
                        (256, 1, 0.12),
                        (256, 1, 0.14),
                        (256, 1, 0.16),
                    ),
                ),
                (512, ((256, 2, 0.18), (512, 1, 0.2))),
            )
        )
        self.ln1 = nn.LayerNorm(512)
        self.fc1 = nn.Linear(512, 512)
        self.fc2 = nn.Linear(512, 1000, bias=False)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.normal_(module.weight, std=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.cba1(x)  # 64x112x112
        x = self.conv1(x)
        for loop_part in self.loop1:
            for inner_loop_part in loop_part.loop1:
                x = inner_loop_part.layer1(x)
        x = F.adaptive_avg_pool2d(x, 1)  # 512x1x1
        x = torch.flatten(x, 1)  # 512
        x = self.ln1(x)
        x = torch.tanh(self.fc1(x))
        return self.fc2(x)  # 1000
