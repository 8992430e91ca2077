"""mobilenet_v2 (MobileNet v2): 3x224x224 -> 1000, 3,504,872 parameters."""

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
        return F.relu6(self.bn1(self.conv1(x)))


class Inverted(nn.Module):
    def __init__(self, in_channels: int, t: int, c: int, s: int = 1) -> None:
        super().__init__()
        self.cbr1 = Cbr(in_channels, t * in_channels) if t > 1 else nn.Identity()
        self.cbr2 = Cbr(t * in_channels, t * in_channels, k=3, s=s, g=t * in_channels)
        self.conv1 = nn.Conv2d(t * in_channels, c, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.residual = s == 1 and in_channels == c

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cbr1(x)
        y = self.cbr2(y)
        y = self.bn1(self.conv1(y))
        if self.residual:
            y = y + x
        return y


class MobilenetV2(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cbr1 = Cbr(3, 32, k=3, s=2)
        self.loop1 = nn.ModuleList(
            [
                nn.ModuleDict(
                    {
                        "inverted1": Inverted(32, 1, 16),
                        "inverted2": nn.Sequential(),
                    }
                ),
                nn.ModuleDict(
                    {
                        "inverted1": Inverted(16, 6, 24, s=2),
                        "inverted2": nn.Sequential(*([Inverted(24, 6, 24)])),
                    }
                ),
                nn.ModuleDict(
                    {
                        "inverted1": Inverted(24, 6, 32, s=2),
                        "inverted2": nn.Sequential(
                            *(Inverted(32, 6, 32) for _ in range(2)),
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "inverted1": Inverted(32, 6, 64, s=2),
                        "inverted2": nn.Sequential(
                            *(Inverted(64, 6, 64) for _ in range(3)),
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "inverted1": Inverted(64, 6, 96),
                        "inverted2": nn.Sequential(
                            *(Inverted(96, 6, 96) for _ in range(2)),
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "inverted1": Inverted(96, 6, 160, s=2),
                        "inverted2": nn.Sequential(
                            *(Inverted(160, 6, 160) for _ in range(2)),
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "inverted1": Inverted(160, 6, 320),
                        "inverted2": nn.Sequential(),
                    }
                ),
            ]
        )
        self.cbr2 = Cbr(320, 1280)
        self.dropout1 = nn.Dropout(0.2)
        self.fc1 = nn.Linear(1280, 1000)
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
            x = loop_part.inverted1(x)
            x = loop_part.inverted2(x)
        x = F.adaptive_avg_pool2d(self.cbr2(x), 1)  # 1280x1x1
        x = torch.flatten(x, 1)  # 1280
        x = self.dropout1(x)
        return self.fc1(x)  # 1000
