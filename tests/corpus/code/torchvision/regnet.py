"""regnet_x_400mf (RegNet X, and Y with squeeze-and-excitation): 3x224x224 -> 1000, 5,495,976 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Cbr(nn.Module):
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
        return F.relu(self.bn1(self.conv1(x)))


class Bottleneck(nn.Module):
    def __init__(self, in_channels: int, c: int, groups: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, c, 1, stride=2, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.cbr1 = Cbr(in_channels, c, 1, 1, 0, 1)
        self.cbr2 = Cbr(c, c, 3, 2, 1, groups)
        self.conv2 = nn.Conv2d(c, c, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cbr1(x)
        y = self.cbr2(y)
        return F.relu(self.bn1(self.conv1(x)) + self.bn2(self.conv2(y)))


class Bottleneck2(nn.Module):
    def __init__(self, c: int, groups: int) -> None:
        super().__init__()
        self.cbr1 = Cbr(c, c, 1, 1, 0, 1)
        self.cbr2 = Cbr(c, c, 3, 1, 1, groups)
        self.conv2 = nn.Conv2d(c, c, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cbr1(x)
        y = self.cbr2(y)
        return F.relu(x + self.bn2(self.conv2(y)))


class RegnetX400mf(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cbr1 = Cbr(3, 32, 3, 2, 1, 1)
        self.loop1 = nn.ModuleList(
            [
                nn.ModuleDict({"bottleneck1": Bottleneck(32, 32, 2)}),
                nn.ModuleDict(
                    {
                        "bottleneck1": Bottleneck(32, 64, 4),
                        "bottleneck2": nn.Sequential(Bottleneck2(64, 4)),
                    }
                ),
                nn.ModuleDict(
                    {
                        "bottleneck1": Bottleneck(64, 160, 10),
                        "bottleneck2": nn.Sequential(
                            *(Bottleneck2(160, 10) for _ in range(6)),
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "bottleneck1": Bottleneck(160, 400, 25),
                        "bottleneck2": nn.Sequential(
                            *(Bottleneck2(400, 25) for _ in range(11)),
                        ),
                    }
                ),
            ]
        )
        self.fc1 = nn.Linear(400, 1000)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(
                    module.weight,
                    mode="fan_out",
                    nonlinearity="relu",
                )
        nn.init.normal_(self.fc1.weight, std=0.01)
        nn.init.zeros_(self.fc1.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.cbr1(x)  # 32x112x112
        x = self.loop1[0].bottleneck1(x)  # 32x56x56
        x = self.loop1[1].bottleneck1(x)  # 64x28x28
        x = self.loop1[1].bottleneck2(x)
        x = self.loop1[2].bottleneck1(x)  # 160x14x14
        x = self.loop1[2].bottleneck2(x)
        x = self.loop1[3].bottleneck1(x)  # 400x7x7
        x = self.loop1[3].bottleneck2(x)
        x = F.adaptive_avg_pool2d(x, 1)  # 400x1x1
        x = torch.flatten(x, 1)  # 400
        return self.fc1(x)  # 1000
