"""shufflenet_v2_x0_5 (ShuffleNet v2): 3x224x224 -> 1000, 1,366,792 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Main(nn.Module):
    def __init__(self, in_channels: int, c: int, s: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, c, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.conv2 = nn.Conv2d(c, c, 3, stride=s, padding=1, groups=c, bias=False)
        self.bn2 = nn.BatchNorm2d(c)
        self.conv3 = nn.Conv2d(c, c, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(c)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.bn2(self.conv2(x))
        return F.relu(self.bn3(self.conv3(x)))


class Down(nn.Module):
    def __init__(self, in_channels: int, c: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels,
            in_channels,
            3,
            stride=2,
            padding=1,
            groups=in_channels,
            bias=False,
        )
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv2 = nn.Conv2d(in_channels, c, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)
        self.main1 = Main(in_channels, c, s=2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.bn1(self.conv1(x))
        x = torch.cat((F.relu(self.bn2(self.conv2(y))), self.main1(x)), 1)
        return torch.channel_shuffle(x, 2)


class Unit(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.main1 = Main(channels, channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y, z = torch.chunk(x, 2, 1)
        z = self.main1(z)
        return torch.channel_shuffle(torch.cat((y, z), 1), 2)


class ShufflenetV2X05(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 24, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(24)
        self.loop1 = nn.ModuleList(
            nn.ModuleDict(
                {
                    "down1": Down(in_channels, in_channels),
                    "unit1": nn.Sequential(*(Unit(in_channels) for _ in range(count))),
                }
            )
            for in_channels, count in ((24, 3), (48, 7), (96, 3))
        )
        self.conv2 = nn.Conv2d(192, 1024, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(1024)
        self.fc1 = nn.Linear(1024, 1000)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.bn1(self.conv1(x)))  # 24x112x112
        x = F.max_pool2d(x, 3, stride=2, padding=1)  # 24x56x56
        for loop_part in self.loop1:
            x = loop_part.down1(x)
            x = loop_part.unit1(x)
        x = F.relu(self.bn2(self.conv2(x))).mean((2, 3))  # 1024
        return self.fc1(x)  # 1000
