"""U-Net, recursive: a level holds the next one, at half ...: 3x256x256 -> 2x256x256, 31,037,698 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Cbr(nn.Module):
    def __init__(self, in_channels: int, c: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, c, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.bn1(self.conv1(x)))


class Double(nn.Module):
    def __init__(self, in_channels: int, c: int) -> None:
        super().__init__()
        self.cbr1 = Cbr(in_channels, c)
        self.cbr2 = Cbr(c, c)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.cbr1(x)
        return self.cbr2(x)


class Level(nn.Module):
    def __init__(self, in_channels: int, c: int, below: int) -> None:
        super().__init__()
        self.double1 = Double(in_channels, c)
        self.has_level1 = below > 0
        if self.has_level1:
            self.level1 = Level(c, 2 * c, below - 1)
            self.deconv1 = nn.ConvTranspose2d(2 * c, c, 2, stride=2)
            self.double2 = Double(2 * c, c)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.double1(x)
        if self.has_level1:
            y = F.max_pool2d(x, 2)
            y = self.level1(y)
            x = torch.cat((x, self.deconv1(y)), 1)
            x = self.double2(x)
        return x


class UnetRecursive(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.level1 = Level(3, 64, 4)
        self.conv1 = nn.Conv2d(64, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.level1(x)  # 64x256x256
        return self.conv1(x)  # 2x256x256
