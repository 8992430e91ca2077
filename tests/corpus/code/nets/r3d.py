"""r3d_18 (ResNet-18 for videos, in three dimensions): 3x16x112x112 -> 400, 33,371,472 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Shortcut(nn.Module):
    def __init__(self, in_channels: int, c: int, s: int) -> None:
        super().__init__()
        if s > 1 or in_channels != c:
            self.conv1 = nn.Conv3d(in_channels, c, 1, stride=s, bias=False)
            self.bn1 = nn.BatchNorm3d(c)
        else:
            self.conv1 = self.bn1 = nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.bn1(self.conv1(x))


class Basic(nn.Module):
    def __init__(self, in_channels: int, c: int, s: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(in_channels, c, 3, stride=s, padding=1, bias=False)
        self.bn1 = nn.BatchNorm3d(c)
        self.conv2 = nn.Conv3d(c, c, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm3d(c)
        self.shortcut1 = Shortcut(in_channels, c, s)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut1(x))


class R3d18(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(
            3,
            64,
            (3, 7, 7),
            stride=(1, 2, 2),
            padding=(1, 3, 3),
            bias=False,
        )
        self.bn1 = nn.BatchNorm3d(64)
        self.loop1 = nn.ModuleList(
            nn.ModuleDict(
                {
                    "basic1": Basic(in_channels, c, s=s),
                    "basic2": nn.Sequential(*([Basic(c, c)])),
                }
            )
            for in_channels, c, s in (
                (64, 64, 1),
                (64, 128, 2),
                (128, 256, 2),
                (256, 512, 2),
            )
        )
        self.fc1 = nn.Linear(512, 400)
        for module in self.modules():
            if isinstance(module, nn.Conv3d):
                nn.init.kaiming_normal_(
                    module.weight,
                    mode="fan_out",
                    nonlinearity="relu",
                )
        nn.init.normal_(self.fc1.weight, std=0.01)
        nn.init.zeros_(self.fc1.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.bn1(self.conv1(x)))  # 64x16x56x56
        for loop_part in self.loop1:
            x = loop_part.basic1(x)
            x = loop_part.basic2(x)
        x = F.adaptive_avg_pool3d(x, 1)  # 512x1x1x1
        x = torch.flatten(x, 1)  # 512
        return self.fc1(x)  # 400
