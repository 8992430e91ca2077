"""mobilenet_v2 (MobileNet v2): 3x224x224 -> 1000, 3,504,872 parameters."""

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
        return F.relu6(self.bn1(self.conv1(x)))


class Inverted(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cbr2 = Cbr(32, 32, 3, 1, 1, 32)
        self.conv1 = nn.Conv2d(32, 16, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cbr2(x)
        return self.bn1(self.conv1(y))  # 16x112x112


class Inverted2(nn.Module):
    def __init__(self, in_channels: int, channels: int, s: int, c: int) -> None:
        super().__init__()
        self.cbr1 = Cbr(in_channels, channels, 1, 1, 0, 1)
        self.cbr2 = Cbr(channels, channels, 3, s, 1, channels)
        self.conv1 = nn.Conv2d(channels, c, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cbr1(x)
        y = self.cbr2(y)
        return self.bn1(self.conv1(y))


class Inverted3(nn.Module):
    def __init__(self, c: int, channels: int) -> None:
        super().__init__()
        self.cbr1 = Cbr(c, channels, 1, 1, 0, 1)
        self.cbr2 = Cbr(channels, channels, 3, 1, 1, channels)
        self.conv1 = nn.Conv2d(channels, c, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cbr1(x)
        y = self.cbr2(y)
        return self.bn1(self.conv1(y)) + x


class MobilenetV2(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cbr1 = Cbr(3, 32, 3, 2, 1, 1)
        self.loop1 = nn.ModuleList(
            [
                nn.ModuleDict({"inverted1": Inverted()}),
                nn.ModuleDict(
                    {
                        "inverted1": Inverted2(16, 96, 2, 24),
                        "inverted2": nn.Sequential(Inverted3(24, 144)),
                    }
                ),
                nn.ModuleDict(
                    {
                        "inverted1": Inverted2(24, 144, 2, 32),
                        "inverted2": nn.Sequential(
                            *(Inverted3(32, 192) for _ in range(2)),
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "inverted1": Inverted2(32, 192, 2, 64),
                        "inverted2": nn.Sequential(
                            *(Inverted3(64, 384) for _ in range(3)),
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "inverted1": Inverted2(64, 384, 1, 96),
                        "inverted2": nn.Sequential(
                            *(Inverted3(96, 576) for _ in range(2)),
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "inverted1": Inverted2(96, 576, 2, 160),
                        "inverted2": nn.Sequential(
                            *(Inverted3(160, 960) for _ in range(2)),
                        ),
                    }
                ),
                nn.ModuleDict({"inverted1": Inverted2(160, 960, 1, 320)}),
            ]
        )
        self.cbr2 = Cbr(320, 1280, 1, 1, 0, 1)
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
        x = self.loop1[0].inverted1(x)  # 16x112x112
        x = self.loop1[1].inverted1(x)  # 24x56x56
        x = self.loop1[1].inverted2(x)
        x = self.loop1[2].inverted1(x)  # 32x28x28
        x = self.loop1[2].inverted2(x)
        x = self.loop1[3].inverted1(x)  # 64x14x14
        x = self.loop1[3].inverted2(x)
        x = self.loop1[4].inverted1(x)  # 96x14x14
        x = self.loop1[4].inverted2(x)
        x = self.loop1[5].inverted1(x)  # 160x7x7
        x = self.loop1[5].inverted2(x)
        x = self.loop1[6].inverted1(x)  # 320x7x7
        x = F.adaptive_avg_pool2d(self.cbr2(x), 1)  # 1280x1x1
        x = torch.flatten(x, 1)  # 1280
        x = self.dropout1(x)
        return self.fc1(x)  # 1000
