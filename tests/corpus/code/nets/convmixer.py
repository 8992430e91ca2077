"""ConvMixer-512/12: patches, then convolutions of one ...: 3x224x224 -> 1000, 4,270,056 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Unit(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(512, 512, 9, padding="same", groups=512)
        self.bn1 = nn.BatchNorm2d(512)
        self.conv2 = nn.Conv2d(512, 512, 1)
        self.bn2 = nn.BatchNorm2d(512)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.bn1(F.gelu(self.conv1(x)))
        return self.bn2(F.gelu(self.conv2(x)))


class Convmixer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 512, 7, stride=7)
        self.bn1 = nn.BatchNorm2d(512)
        self.unit1 = nn.Sequential(*(Unit() for _ in range(12)))
        self.fc1 = nn.Linear(512, 1000)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.bn1(F.gelu(self.conv1(x)))  # 512x32x32
        x = F.adaptive_avg_pool2d(self.unit1(x), 1)  # 512x1x1
        x = torch.flatten(x, 1)  # 512
        return self.fc1(x)  # 1000
