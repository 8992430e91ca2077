"""U-Net, flat: a name keeps each map of the way down for ...: 3x256x256 -> 2x256x256, 31,037,698 parameters."""

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
        self.double1 = Double(3, 64)
        self.double2 = Double(64, 128)
        self.double3 = Double(128, 256)
        self.double4 = Double(256, 512)
        self.double5 = Double(512, 1024)
        self.deconv1 = nn.ConvTranspose2d(1024, 512, 2, stride=2)
        self.double6 = Double(1024, 512)
        self.deconv2 = nn.ConvTranspose2d(512, 256, 2, stride=2)
        self.double7 = Double(512, 256)
        self.deconv3 = nn.ConvTranspose2d(256, 128, 2, stride=2)
        self.double8 = Double(256, 128)
        self.deconv4 = nn.ConvTranspose2d(128, 64, 2, stride=2)
        self.double9 = Double(128, 64)
        self.conv1 = nn.Conv2d(64, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        e1 = self.double1(x)  # 64x256x256
        x = F.max_pool2d(e1, 2)  # 64x128x128
        e2 = self.double2(x)  # 128x128x128
        x = F.max_pool2d(e2, 2)  # 128x64x64
        e3 = self.double3(x)  # 256x64x64
        x = F.max_pool2d(e3, 2)  # 256x32x32
        e4 = self.double4(x)  # 512x32x32
        x = F.max_pool2d(e4, 2)  # 512x16x16
        x = self.double5(x)  # 1024x16x16
        x = torch.cat((e4, self.deconv1(x)), 1)  # 1024x32x32
        x = self.double6(x)  # 512x32x32
        x = torch.cat((e3, self.deconv2(x)), 1)  # 512x64x64
        x = self.double7(x)  # 256x64x64
        x = torch.cat((e2, self.deconv3(x)), 1)  # 256x128x128
        x = self.double8(x)  # 128x128x128
        x = torch.cat((e1, self.deconv4(x)), 1)  # 128x256x256
        x = self.double9(x)  # 64x256x256
        return self.conv1(x)  # 2x256x256
