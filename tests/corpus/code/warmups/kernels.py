"""Kernels, strides and paddings with one number a ...: 3x32x64 -> 16x15x10, 4,768 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Kernels(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, (3, 5))
        self.conv2 = nn.Conv2d(8, 8, (1, 7), padding=(0, 3))
        self.conv3 = nn.Conv2d(8, 8, (7, 1), padding=(3, 0))
        self.conv4 = nn.Conv2d(8, 16, 3, stride=(1, 2), padding=1)
        self.conv5 = nn.Conv2d(16, 16, 3, padding=(2, 1), dilation=(2, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv1(x)  # 8x30x60
        x = self.conv2(x)
        x = self.conv3(x)
        x = self.conv4(x)  # 16x30x30
        return F.max_pool2d(self.conv5(x), (2, 3))  # 16x15x10
