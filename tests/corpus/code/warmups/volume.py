"""Three dimensions: a scan of 16 slices: 1x16x32x32 -> 2, 3,778 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Volume(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(1, 8, 3, padding=1)
        self.bn1 = nn.BatchNorm3d(8)
        self.conv2 = nn.Conv3d(8, 16, 3, padding=1)
        self.bn2 = nn.BatchNorm3d(16)
        self.fc1 = nn.Linear(16, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.max_pool3d(F.relu(self.bn1(self.conv1(x))), 2)  # 8x8x16x16
        x = F.adaptive_avg_pool3d(F.relu(self.bn2(self.conv2(x))), 1)  # 16x1x1x1
        x = torch.flatten(x, 1)  # 16
        return self.fc1(x)  # 2
