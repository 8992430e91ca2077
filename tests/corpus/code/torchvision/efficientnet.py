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
        kept = x.new_empty(len(x), *[1] * (x.dim() - 1)).bernoulli_(1 - self.p)
        return x * kept.div_(1 - self.p) if self.p < 1 else x * kept


class Cba(nn.Module):
    def __init__(
        self,
        in_channels: int,
        c: int,
        k: int,
        s: int,
        padding: int,
        g: int,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels,
            c,
            k,
            stride=s,
            padding=padding,
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
    def __init__(self) -> None:
        super().__init__()
        self.cba2 = Cba(32, 32, 3, 1, 1, 32)
        self.se1 = Se(32, 8)
        self.conv1 = nn.Conv2d(32, 16, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cba2(x)
        y = self.se1(y)
        return self.bn1(self.conv1(y))  # 16x112x112


class Mbconv2(nn.Module):
    def __init__(
        self,
        in_channels: int,
        wide: int,
        k: int,
        s: int,
        padding: int,
        channels: int,
        c: int,
    ) -> None:
        super().__init__()
        self.cba1 = Cba(in_channels, wide, 1, 1, 0, 1)
        self.cba2 = Cba(wide, wide, k, s, padding, wide)
        self.se1 = Se(wide, channels)
        self.conv1 = nn.Conv2d(wide, c, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cba1(x)
        y = self.cba2(y)
        y = self.se1(y)
        return self.bn1(self.conv1(y))


class Mbconv3(nn.Module):
    def __init__(
        self,
        c: int,
        wide: int,
        k: int,
        padding: int,
        channels: int,
        drop: float,
    ) -> None:
        super().__init__()
        self.cba1 = Cba(c, wide, 1, 1, 0, 1)
        self.cba2 = Cba(wide, wide, k, 1, padding, wide)
        self.se1 = Se(wide, channels)
        self.conv1 = nn.Conv2d(wide, c, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.droppath1 = DropPath(drop)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cba1(x)
        y = self.cba2(y)
        y = self.se1(y)
        return self.droppath1(self.bn1(self.conv1(y))) + x


class EfficientnetB0(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cba1 = Cba(3, 32, 3, 2, 1, 1)
        self.loop1 = nn.ModuleList(
            [
                nn.ModuleDict(
                    {
                        "loop1": nn.ModuleList([nn.ModuleDict({"unit1": Mbconv()})]),
                    }
                ),
                nn.ModuleDict(
                    {
                        "loop1": nn.ModuleList(
                            [
                                nn.ModuleDict(
                                    {
                                        "unit1": Mbconv2(16, 96, 3, 2, 1, 4, 24),
                                    }
                                ),
                                nn.ModuleDict(
                                    {
                                        "unit1": Mbconv3(24, 144, 3, 1, 6, 0.025),
                                    }
                                ),
                            ]
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "loop1": nn.ModuleList(
                            [
                                nn.ModuleDict(
                                    {
                                        "unit1": Mbconv2(24, 144, 5, 2, 2, 6, 40),
                                    }
                                ),
                                nn.ModuleDict(
                                    {
                                        "unit1": Mbconv3(40, 240, 5, 2, 10, 0.05),
                                    }
                                ),
                            ]
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "loop1": nn.ModuleList(
                            [
                                nn.ModuleDict(
                                    {
                                        "unit1": Mbconv2(40, 240, 3, 2, 1, 10, 80),
                                    }
                                ),
                                nn.ModuleDict(
                                    {
                                        "unit1": Mbconv3(
                                            80,
                                            480,
                                            3,
                                            1,
                                            20,
                                            0.07500000000000001,
                                        ),
                                    }
                                ),
                                nn.ModuleDict(
                                    {
                                        "unit1": Mbconv3(
                                            80,
                                            480,
                                            3,
                                            1,
                                            20,
                                            0.08750000000000001,
                                        ),
                                    }
                                ),
                            ]
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "loop1": nn.ModuleList(
                            [
                                nn.ModuleDict(
                                    {
                                        "unit1": Mbconv2(80, 480, 5, 1, 2, 20, 112),
                                    }
                                ),
                                nn.ModuleDict(
                                    {
                                        "unit1": Mbconv3(112, 672, 5, 2, 28, 0.1125),
                                    }
                                ),
                                nn.ModuleDict(
                                    {
                                        "unit1": Mbconv3(112, 672, 5, 2, 28, 0.125),
                                    }
                                ),
                            ]
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "loop1": nn.ModuleList(
                            [
                                nn.ModuleDict(
                                    {
                                        "unit1": Mbconv2(112, 672, 5, 2, 2, 28, 192),
                                    }
                                ),
                                nn.ModuleDict(
                                    {
                                        "unit1": Mbconv3(
                                            192,
                                            1152,
                                            5,
                                            2,
                                            48,
                                            0.15000000000000002,
                                        ),
                                    }
                                ),
                                nn.ModuleDict(
                                    {
                                        "unit1": Mbconv3(192, 1152, 5, 2, 48, 0.1625),
                                    }
                                ),
                                nn.ModuleDict(
                                    {
                                        "unit1": Mbconv3(
                                            192,
                                            1152,
                                            5,
                                            2,
                                            48,
                                            0.17500000000000002,
                                        ),
                                    }
                                ),
                            ]
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "loop1": nn.ModuleList(
                            [
                                nn.ModuleDict(
                                    {
                                        "unit1": Mbconv2(192, 1152, 3, 1, 1, 48, 320),
                                    }
                                ),
                            ]
                        ),
                    }
                ),
            ]
        )
        self.cba2 = Cba(320, 1280, 1, 1, 0, 1)
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
        x = self.loop1[0].loop1[0].unit1(x)  # 16x112x112
        for loop_part in self.loop1[1].loop1:
            x = loop_part.unit1(x)
        for loop_part in self.loop1[2].loop1:
            x = loop_part.unit1(x)
        for loop_part in self.loop1[3].loop1:
            x = loop_part.unit1(x)
        for loop_part in self.loop1[4].loop1:
            x = loop_part.unit1(x)
        for loop_part in self.loop1[5].loop1:
            x = loop_part.unit1(x)
        x = self.loop1[6].loop1[0].unit1(x)  # 320x7x7
        x = F.adaptive_avg_pool2d(self.cba2(x), 1)  # 1280x1x1
        x = torch.flatten(x, 1)  # 1280
        x = self.dropout1(x)
        return self.fc1(x)  # 1000
