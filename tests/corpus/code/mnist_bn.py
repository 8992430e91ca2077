"""Batch norm and a wide linear layer on MNIST; `in=` ...: 1x28x28 -> 10, 3,199,298 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class MnistBn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 5, padding=2)
        self.bn1 = nn.BatchNorm2d(32)
        self.conv2 = nn.Conv2d(32, 64, 5, padding=2)
        self.bn2 = nn.BatchNorm2d(64)
        self.dropout1 = nn.Dropout()
        self.fc1 = nn.Linear(3136, 1000)
        self.fc2 = nn.Linear(1000, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)  # 32x14x14
        x = F.max_pool2d(F.relu(self.bn2(self.conv2(x))), 2)  # 64x7x7
        x = self.dropout1(x)
        x = torch.flatten(x, 1)  # 3136
        x = self.fc1(x)  # 1000
        return self.fc2(x)  # 10
