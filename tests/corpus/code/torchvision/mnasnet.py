"""mnasnet0_5 (MNASNet): 3x224x224 -> 1000, 2,218,512 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Inverted(nn.Module):
    def __init__(
        self,
        in_channels: int,
        channels: int,
        k: int,
        s: int,
        padding: int,
        c: int,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels, momentum=0.00029999999999996696)
        self.conv2 = nn.Conv2d(
            channels,
            channels,
            k,
            stride=s,
            padding=padding,
            groups=channels,
            bias=False,
        )
        self.bn2 = nn.BatchNorm2d(channels, momentum=0.00029999999999996696)
        self.conv3 = nn.Conv2d(channels, c, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(c, momentum=0.00029999999999996696)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return self.bn3(self.conv3(y))


class Inverted2(nn.Module):
    def __init__(self, c: int, channels: int, k: int, padding: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(c, channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels, momentum=0.00029999999999996696)
        self.conv2 = nn.Conv2d(
            channels,
            channels,
            k,
            padding=padding,
            groups=channels,
            bias=False,
        )
        self.bn2 = nn.BatchNorm2d(channels, momentum=0.00029999999999996696)
        self.conv3 = nn.Conv2d(channels, c, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(c, momentum=0.00029999999999996696)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return self.bn3(self.conv3(y)) + x


class Mnasnet05(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16, momentum=0.00029999999999996696)
        self.conv2 = nn.Conv2d(16, 16, 3, padding=1, groups=16, bias=False)
        self.bn2 = nn.BatchNorm2d(16, momentum=0.00029999999999996696)
        self.conv3 = nn.Conv2d(16, 8, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(8, momentum=0.00029999999999996696)
        self.loop1 = nn.ModuleList(
            [
                nn.ModuleDict(
                    {
                        "inverted1": Inverted(8, 24, 3, 2, 1, 16),
                        "inverted2": nn.Sequential(
                            *(Inverted2(16, 48, 3, 1) for _ in range(2)),
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "inverted1": Inverted(16, 48, 5, 2, 2, 24),
                        "inverted2": nn.Sequential(
                            *(Inverted2(24, 72, 5, 2) for _ in range(2)),
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "inverted1": Inverted(24, 144, 5, 2, 2, 40),
                        "inverted2": nn.Sequential(
                            *(Inverted2(40, 240, 5, 2) for _ in range(2)),
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "inverted1": Inverted(40, 240, 3, 1, 1, 48),
                        "inverted2": nn.Sequential(Inverted2(48, 288, 3, 1)),
                    }
                ),
                nn.ModuleDict(
                    {
                        "inverted1": Inverted(48, 288, 5, 2, 2, 96),
                        "inverted2": nn.Sequential(
                            *(Inverted2(96, 576, 5, 2) for _ in range(3)),
                        ),
                    }
                ),
                nn.ModuleDict({"inverted1": Inverted(96, 576, 3, 1, 1, 160)}),
            ]
        )
        self.conv4 = nn.Conv2d(160, 1280, 1, bias=False)
        self.bn4 = nn.BatchNorm2d(1280, momentum=0.00029999999999996696)
        self.dropout1 = nn.Dropout(0.2)
        self.fc1 = nn.Linear(1280, 1000)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(
                    module.weight,
                    mode="fan_out",
                    nonlinearity="relu",
                )
        nn.init.uniform_(self.fc1.weight, a=-0.05477225575051661, b=0.05477225575051661)
        nn.init.zeros_(self.fc1.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.bn1(self.conv1(x)))  # 16x112x112
        x = F.relu(self.bn2(self.conv2(x)))
        x = self.bn3(self.conv3(x))  # 8x112x112
        x = self.loop1[0].inverted1(x)  # 16x56x56
        x = self.loop1[0].inverted2(x)
        x = self.loop1[1].inverted1(x)  # 24x28x28
        x = self.loop1[1].inverted2(x)
        x = self.loop1[2].inverted1(x)  # 40x14x14
        x = self.loop1[2].inverted2(x)
        x = self.loop1[3].inverted1(x)  # 48x14x14
        x = self.loop1[3].inverted2(x)
        x = self.loop1[4].inverted1(x)  # 96x7x7
        x = self.loop1[4].inverted2(x)
        x = self.loop1[5].inverted1(x)  # 160x7x7
        x = F.relu(self.bn4(self.conv4(x))).mean((2, 3))  # 1280
        x = self.dropout1(x)
        return self.fc1(x)  # 1000
