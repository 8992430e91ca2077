"""What stands in the padding: zeros, or the image ...: 3x16x16 -> 8x6x6, 6,800 parameters."""

import torch
from torch import nn


class Modes(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1, padding_mode="reflect")
        self.conv3 = nn.Conv2d(8, 8, 3, padding=1, padding_mode="replicate")
        self.conv4 = nn.Conv2d(8, 8, 3, padding=1, padding_mode="circular")
        self.conv5 = nn.Conv2d(8, 8, 5, padding="same")
        self.conv6 = nn.Conv2d(8, 8, 5, padding="valid")
        self.conv7 = nn.Conv2d(8, 8, 5, stride=2, padding=2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv1(x)  # 8x16x16
        x = self.conv2(x)
        x = self.conv3(x)
        x = self.conv4(x)
        x = self.conv5(x)
        x = self.conv6(x)  # 8x12x12
        return self.conv7(x)  # 8x6x6
