"""Handwritten digits of 8x8 pixels: 1x8x8 -> 10, 30,890 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Digits(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(32)
        self.conv2 = nn.Conv2d(32, 32, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(32)
        self.conv3 = nn.Conv2d(32, 64, 3, padding=1)
        self.bn3 = nn.BatchNorm2d(64)
        self.dropout1 = nn.Dropout(0.2)
        self.fc1 = nn.Linear(256, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.bn1(self.conv1(x)))  # 32x8x8
        x = F.max_pool2d(F.relu(self.bn2(self.conv2(x))), 2)  # 32x4x4
        x = F.max_pool2d(F.relu(self.bn3(self.conv3(x))), 2)  # 64x2x2
        x = torch.flatten(x, 1)  # 256
        x = self.dropout1(x)
        return self.fc1(x)  # 10
