"""AlexNet's first layer: (227 - 11) / 4 + 1 = 55: 1x227x227 -> 1x55x55, 122 parameters."""

import torch
from torch import nn


class Strided(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 1, 11, stride=4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv1(x)  # 1x55x55
