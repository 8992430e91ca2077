"""A small U-Net: which pixels belong to which digit: 3x64x64 -> 11x64x64, 482,907 parameters."""

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


class Unet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.double1 = Double(3, 16)
        self.double2 = Double(16, 32)
        self.double3 = Double(32, 64)
        self.double4 = Double(64, 128)
        self.deconv1 = nn.ConvTranspose2d(128, 64, 2, stride=2)
        self.double5 = Double(128, 64)
        self.deconv2 = nn.ConvTranspose2d(64, 32, 2, stride=2)
        self.double6 = Double(64, 32)
        self.deconv3 = nn.ConvTranspose2d(32, 16, 2, stride=2)
        self.double7 = Double(32, 16)
        self.conv1 = nn.Conv2d(16, 11, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        e1 = self.double1(x)  # 16x64x64
        x = F.max_pool2d(e1, 2)  # 16x32x32
        e2 = self.double2(x)  # 32x32x32
        x = F.max_pool2d(e2, 2)  # 32x16x16
        e3 = self.double3(x)  # 64x16x16
        x = F.max_pool2d(e3, 2)  # 64x8x8
        x = self.double4(x)  # 128x8x8
        x = torch.cat((e3, self.deconv1(x)), 1)  # 128x16x16
        x = self.double5(x)  # 64x16x16
        x = torch.cat((e2, self.deconv2(x)), 1)  # 64x32x32
        x = self.double6(x)  # 32x32x32
        x = torch.cat((e1, self.deconv3(x)), 1)  # 32x64x64
        x = self.double7(x)  # 16x64x64
        return self.conv1(x)  # 11x64x64
