"""regnet_x_400mf (RegNet X, and Y with squeeze-and-excitation): 3x224x224 -> 1000, 5,495,976 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Cbr(nn.Module):
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
        return F.relu(self.bn1(self.conv1(x)))


class Bottleneck(nn.Module):
    def __init__(self, in_channels: int, c: int, group: int, s: int = 1) -> None:
        super().__init__()
        if s > 1 or in_channels != c:
            self.conv1 = nn.Conv2d(in_channels, c, 1, stride=s, bias=False)
            self.bn1 = nn.BatchNorm2d(c)
        else:
            self.conv1 = self.bn1 = nn.Identity()
        self.cbr1 = Cbr(in_channels, c)
        self.cbr2 = Cbr(c, c, k=3, s=s, g=c // min(group, c))
        self.conv2 = nn.Conv2d(c, c, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cbr1(x)
        y = self.cbr2(y)
        return F.relu(self.bn1(self.conv1(x)) + self.bn2(self.conv2(y)))


class RegnetX400mf(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cbr1 = Cbr(3, 32, k=3, s=2)
        self.loop1 = nn.ModuleList(
            [
                nn.ModuleDict(
                    {
                        "bottleneck1": Bottleneck(32, 32, 16, s=2),
                        "bottleneck2": nn.Sequential(),
                    }
                ),
                nn.ModuleDict(
                    {
                        "bottleneck1": Bottleneck(32, 64, 16, s=2),
                        "bottleneck2": nn.Sequential(*([Bottleneck(64, 64, 16)])),
                    }
                ),
                nn.ModuleDict(
                    {
                        "bottleneck1": Bottleneck(64, 160, 16, s=2),
                        "bottleneck2": nn.Sequential(
                            *(Bottleneck(160, 160, 16) for _ in range(6)),
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "bottleneck1": Bottleneck(160, 400, 16, s=2),
                        "bottleneck2": nn.Sequential(
                            *(Bottleneck(400, 400, 16) for _ in range(11)),
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
        for loop_part in self.loop1:
            x = loop_part.bottleneck1(x)
            x = loop_part.bottleneck2(x)
        x = F.adaptive_avg_pool2d(x, 1)  # 400x1x1
        x = torch.flatten(x, 1)  # 400
        return self.fc1(x)  # 1000
