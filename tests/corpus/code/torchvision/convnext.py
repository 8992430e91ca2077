"""convnext_tiny (ConvNeXt): 3x224x224 -> 1000, 28,589,128 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Scale(nn.Module):
    """Multiplies each channel with a learned factor."""

    def __init__(self, channels: int, value: float, rank: int = 0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels, *[1] * rank), value))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.weight


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


class ChannelLayerNorm(nn.LayerNorm):
    """Layer normalization over the channels of a channels-first map."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class Unit(nn.Module):
    def __init__(self, in_channels: int, drop: float) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels,
            in_channels,
            7,
            padding=3,
            groups=in_channels,
        )
        self.ln1 = nn.LayerNorm(in_channels, eps=1e-06)
        self.fc1 = nn.Linear(in_channels, 4 * in_channels)
        self.fc2 = nn.Linear(4 * in_channels, in_channels)
        self.scale1 = Scale(in_channels, 1e-06, rank=2)
        self.droppath1 = DropPath(drop)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv1(x)
        y = y.permute(0, 2, 3, 1)
        y = self.ln1(y)
        y = F.gelu(self.fc1(y))
        y = self.fc2(y)
        y = y.permute(0, 3, 1, 2)
        return x + self.droppath1(self.scale1(y))


class ConvnextTiny(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 96, 4, stride=4)
        self.ln1 = ChannelLayerNorm(96, eps=1e-06)
        self.loop1 = nn.ModuleList(
            nn.ModuleDict(
                {
                    "ln1": (
                        ChannelLayerNorm(in_channels, eps=1e-06)
                        if has_ln1
                        else nn.Identity()
                    ),
                    "conv1": (
                        nn.Conv2d(in_channels, channels, 2, stride=2)
                        if has_ln1
                        else nn.Identity()
                    ),
                    "loop1": nn.ModuleList(
                        nn.ModuleDict({"unit1": Unit(channels, drop)}) for drop in drops
                    ),
                }
            )
            for in_channels, has_ln1, channels, drops in (
                (None, False, 96, (0.0, 0.0058823529411764705, 0.011764705882352941)),
                (
                    96,
                    True,
                    192,
                    (0.017647058823529415, 0.023529411764705882, 0.029411764705882353),
                ),
                (
                    192,
                    True,
                    384,
                    (
                        0.03529411764705883,
                        0.0411764705882353,
                        0.047058823529411764,
                        0.052941176470588235,
                        0.058823529411764705,
                        0.06470588235294118,
                        0.07058823529411766,
                        0.07647058823529412,
                        0.0823529411764706,
                    ),
                ),
                (384, True, 768, (0.08823529411764706, 0.09411764705882353, 0.1)),
            )
        )
        self.ln2 = ChannelLayerNorm(768, eps=1e-06)
        self.fc1 = nn.Linear(768, 1000)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.ln1(self.conv1(x))  # 96x56x56
        for loop_part in self.loop1:
            x = loop_part.ln1(x)
            x = loop_part.conv1(x)
            for inner_loop_part in loop_part.loop1:
                x = inner_loop_part.unit1(x)
        x = self.ln2(F.adaptive_avg_pool2d(x, 1))  # 768x1x1
        x = torch.flatten(x, 1)  # 768
        return self.fc1(x)  # 1000
