"""mobilenet_v3_large (MobileNet v3): 3x224x224 -> 1000, 5,483,032 parameters."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn


def divisible(value: float, divisor: int) -> int:
    """The nearest multiple of the divisor, never more than a tenth below."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded


class Cba(nn.Module):
    def __init__(
        self,
        in_channels: int,
        c: int,
        k: int = 1,
        s: int = 1,
        g: int = 1,
        act: Callable[[torch.Tensor], torch.Tensor] = F.hardswish,
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
        self.act = act

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.act(self.bn1(self.conv1(x)))


class Se(nn.Module):
    def __init__(self, in_channels: int, c: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, c, 1)
        self.conv2 = nn.Conv2d(c, in_channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.adaptive_avg_pool2d(x, 1)
        y = F.relu(self.conv1(y))
        return x * F.hardsigmoid(self.conv2(y))


class Inverted(nn.Module):
    def __init__(
        self,
        in_channels: int,
        k: int,
        wide: int,
        c: int,
        squeeze: bool,
        act: Callable[[torch.Tensor], torch.Tensor],
        s: int,
    ) -> None:
        super().__init__()
        if wide != in_channels:
            self.cba1 = Cba(in_channels, wide, act=act)
        else:
            self.cba1 = nn.Identity()
        self.cba2 = Cba(wide, wide, k=k, s=s, g=wide, act=act)
        self.se1 = Se(wide, divisible(wide // 4, 8)) if squeeze else nn.Identity()
        self.conv1 = nn.Conv2d(wide, c, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c, eps=0.001, momentum=0.01)
        self.residual = s == 1 and in_channels == c

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cba1(x)
        y = self.cba2(y)
        y = self.se1(y)
        y = self.bn1(self.conv1(y))
        if self.residual:
            y = y + x
        return y


class MobilenetV3Large(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cba1 = Cba(3, 16, k=3, s=2)
        self.loop1 = nn.ModuleList(
            nn.ModuleDict(
                {
                    "inverted1": Inverted(in_channels, k, wide, c, squeeze, act, s),
                }
            )
            for in_channels, k, wide, c, squeeze, act, s in (
                (16, 3, 16, 16, False, F.relu, 1),
                (16, 3, 64, 24, False, F.relu, 2),
                (24, 3, 72, 24, False, F.relu, 1),
                (24, 5, 72, 40, True, F.relu, 2),
                (40, 5, 120, 40, True, F.relu, 1),
                (40, 5, 120, 40, True, F.relu, 1),
                (40, 3, 240, 80, False, F.hardswish, 2),
                (80, 3, 200, 80, False, F.hardswish, 1),
                (80, 3, 184, 80, False, F.hardswish, 1),
                (80, 3, 184, 80, False, F.hardswish, 1),
                (80, 3, 480, 112, True, F.hardswish, 1),
                (112, 3, 672, 112, True, F.hardswish, 1),
                (112, 5, 672, 160, True, F.hardswish, 2),
                (160, 5, 960, 160, True, F.hardswish, 1),
                (160, 5, 960, 160, True, F.hardswish, 1),
            )
        )
        self.cba2 = Cba(160, 960)
        self.fc1 = nn.Linear(960, 1280)
        self.dropout1 = nn.Dropout(0.2)
        self.fc2 = nn.Linear(1280, 1000)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(
                    module.weight,
                    mode="fan_out",
                    nonlinearity="relu",
                )
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        nn.init.normal_(self.fc1.weight, std=0.01)
        nn.init.zeros_(self.fc1.bias)
        nn.init.normal_(self.fc2.weight, std=0.01)
        nn.init.zeros_(self.fc2.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.cba1(x)  # 16x112x112
        for loop_part in self.loop1:
            x = loop_part.inverted1(x)
        x = F.adaptive_avg_pool2d(self.cba2(x), 1)  # 960x1x1
        x = torch.flatten(x, 1)  # 960
        x = self.dropout1(F.hardswish(self.fc1(x)))  # 1280
        return self.fc2(x)  # 1000
