"""An image and ten numbers about it: 3x224x224 -> 5, 426,885 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Cbr(nn.Module):
    def __init__(self, in_channels: int, c: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, c, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.bn1(self.conv1(x)))


class TwoInputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cbr1 = Cbr(3, 32)
        self.cbr2 = Cbr(32, 64)
        self.cbr3 = Cbr(64, 128)
        self.cbr4 = Cbr(128, 256)
        self.fc1 = nn.Linear(10, 32)
        self.fc2 = nn.Linear(288, 128)
        self.dropout1 = nn.Dropout()
        self.fc3 = nn.Linear(128, 5)

    def forward(self, image: torch.Tensor, meta: torch.Tensor) -> torch.Tensor:
        x = self.cbr1(image)  # 32x112x112
        x = self.cbr2(x)  # 64x56x56
        x = self.cbr3(x)  # 128x28x28
        x = self.cbr4(x)  # 256x14x14
        y = F.adaptive_avg_pool2d(x, 1)  # 256x1x1
        x = torch.cat((torch.flatten(y, 1), F.relu(self.fc1(meta))), 1)  # 288
        x = self.dropout1(F.relu(self.fc2(x)))  # 128
        return self.fc3(x)  # 5
