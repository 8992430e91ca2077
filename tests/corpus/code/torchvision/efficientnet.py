"""efficientnet_b0 (EfficientNet, first and second version): 3x224x224 -> 1000, 5,288,548 parameters."""

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
        self.bn1 = nn.BatchNorm2d(c)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.silu(self.bn1(self.conv1(x)))


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
    def __init__(
        self,
        in_channels: int,
        t: int,
        k: int,
        c: int,
        s: int,
        drop: float,
    ) -> None:
        super().__init__()
        wide = divisible(t * in_channels, 8)
        self.cba1 = Cba(in_channels, wide) if t > 1 else nn.Identity()
        self.cba2 = Cba(wide, wide, k=k, s=s, g=wide)
        self.se1 = Se(wide, max(1, in_channels // 4))
        self.conv1 = nn.Conv2d(wide, c, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        if s == 1 and in_channels == c:
            self.droppath1 = DropPath(drop)
        else:
            self.droppath1 = nn.Identity()
        self.residual = s == 1 and in_channels == c

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cba1(x)
        y = self.cba2(y)
        y = self.se1(y)
        y = self.droppath1(self.bn1(self.conv1(y)))
        if self.residual:
            y = y + x
        return y


class EfficientnetB0(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cba1 = Cba(3, 32, k=3, s=2)
        self.loop1 = nn.ModuleList(
            nn.ModuleDict(
                {
                    "loop1": nn.ModuleList(
                        nn.ModuleDict(
                            {
                                "unit1": Mbconv(in_channels, t, k, c, stride, drop),
                            }
                        )
                        for in_channels, stride, drop in rows
                    ),
                }
            )
            for t, k, c, rows in (
                (1, 3, 16, ((32, 1, 0.0),)),
                (6, 3, 24, ((16, 2, 0.0125), (24, 1, 0.025))),
                (6, 5, 40, ((24, 2, 0.037500000000000006), (40, 1, 0.05))),
                (
                    6,
                    3,
                    80,
                    (
                        (40, 2, 0.0625),
                        (80, 1, 0.07500000000000001),
                        (80, 1, 0.08750000000000001),
                    ),
                ),
                (6, 5, 112, ((80, 1, 0.1), (112, 1, 0.1125), (112, 1, 0.125))),
                (
                    6,
                    5,
                    192,
                    (
                        (112, 2, 0.1375),
                        (192, 1, 0.15000000000000002),
                        (192, 1, 0.1625),
                        (192, 1, 0.17500000000000002),
                    ),
                ),
                (6, 3, 320, ((192, 1, 0.1875),)),
            )
        )
        self.cba2 = Cba(320, 1280)
        self.dropout1 = nn.Dropout(0.2)
        self.fc1 = nn.Linear(1280, 1000)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(
                    module.weight,
                    mode="fan_out",
                    nonlinearity="relu",
                )
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        nn.init.uniform_(self.fc1.weight, a=-0.03162277660168379, b=0.03162277660168379)
        nn.init.zeros_(self.fc1.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.cba1(x)  # 32x112x112
        for loop_part in self.loop1:
            for inner_loop_part in loop_part.loop1:
                x = inner_loop_part.unit1(x)
        x = F.adaptive_avg_pool2d(self.cba2(x), 1)  # 1280x1x1
        x = torch.flatten(x, 1)  # 1280
        x = self.dropout1(x)
        return self.fc1(x)  # 1000
