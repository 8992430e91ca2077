"""A small convolutional network on MNIST: 1x28x28 -> 10, 421,642 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Mnist(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.fc1 = nn.Linear(3136, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)  # 32x14x14
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)  # 64x7x7
        x = torch.flatten(x, 1)  # 3136
        x = F.relu(self.fc1(x))  # 128
        return self.fc2(x)  # 10
