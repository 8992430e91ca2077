"""One dimension: two channels of a signal of 128 samples: 2x128 -> 4, 5,076 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Sequence(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(2, 16, 9, padding=4)
        self.conv2 = nn.Conv1d(16, 32, 9, padding=4)
        self.fc1 = nn.Linear(32, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.max_pool1d(F.relu(self.conv1(x)), 4)  # 16x32
        x = F.adaptive_max_pool1d(F.relu(self.conv2(x)), 1)  # 32x1
        x = torch.flatten(x, 1)  # 32
        return self.fc1(x)  # 4
