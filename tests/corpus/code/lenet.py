"""LeNet-5 on CIFAR-10: 3x32x32 -> 10, 62,006 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Lenet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)  # 6x14x14
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)  # 16x5x5
        x = torch.flatten(x, 1)  # 400
        x = F.relu(self.fc1(x))  # 120
        x = F.relu(self.fc2(x))  # 84
        return self.fc3(x)  # 10
