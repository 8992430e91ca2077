"""A thin ResNet-9 on CIFAR-10: 3x32x32 -> 10, 412,954 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Cbr(nn.Module):
    def __init__(self, in_channels: int, c: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, c, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.bn1(self.conv1(x)))


class Halve(nn.Module):
    def __init__(self, in_channels: int, c: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, c, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.bn1(F.max_pool2d(self.conv1(x), 2)))


class Resnet9(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cbr1 = Cbr(3, 16)
        self.halve1 = Halve(16, 32)
        self.cbr2 = nn.Sequential(*(Cbr(32, 32) for _ in range(2)))
        self.halve2 = Halve(32, 64)
        self.halve3 = Halve(64, 128)
        self.cbr3 = nn.Sequential(*(Cbr(128, 128) for _ in range(2)))
        self.fc1 = nn.Linear(128, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.cbr1(x)  # 16x32x32
        x = self.halve1(x)  # 32x16x16
        x = x + self.cbr2(x)  # 32x16x16
        x = self.halve2(x)  # 64x8x8
        x = self.halve3(x)  # 128x4x4
        x = F.adaptive_max_pool2d(x + self.cbr3(x), 1)  # 128x1x1
        x = torch.flatten(x, 1)  # 128
        return self.fc1(x)  # 10
