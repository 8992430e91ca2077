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
    def __init__(self) -> None:
        super().__init__()
        self.double1 = Double(512, 1024)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.double1(x)  # 1024x16x16


class Level2(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.double1 = Double(256, 512)
        self.level1 = Level()
        self.deconv1 = nn.ConvTranspose2d(1024, 512, 2, stride=2)
        self.double2 = Double(1024, 512)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.double1(x)  # 512x32x32
        y = F.max_pool2d(x, 2)  # 512x16x16
        y = self.level1(y)  # 1024x16x16
        x = torch.cat((x, self.deconv1(y)), 1)  # 1024x32x32
        return self.double2(x)  # 512x32x32


class Level3(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.double1 = Double(128, 256)
        self.level1 = Level2()
        self.deconv1 = nn.ConvTranspose2d(512, 256, 2, stride=2)
        self.double2 = Double(512, 256)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.double1(x)  # 256x64x64
        y = F.max_pool2d(x, 2)  # 256x32x32
        y = self.level1(y)  # 512x32x32
        x = torch.cat((x, self.deconv1(y)), 1)  # 512x64x64
        return self.double2(x)  # 256x64x64


class Level4(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.double1 = Double(64, 128)
        self.level1 = Level3()
        self.deconv1 = nn.ConvTranspose2d(256, 128, 2, stride=2)
        self.double2 = Double(256, 128)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.double1(x)  # 128x128x128
        y = F.max_pool2d(x, 2)  # 128x64x64
        y = self.level1(y)  # 256x64x64
        x = torch.cat((x, self.deconv1(y)), 1)  # 256x128x128
        return self.double2(x)  # 128x128x128


class Level5(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.double1 = Double(3, 64)
        self.level1 = Level4()
        self.deconv1 = nn.ConvTranspose2d(128, 64, 2, stride=2)
        self.double2 = Double(128, 64)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.double1(x)  # 64x256x256
        y = F.max_pool2d(x, 2)  # 64x128x128
        y = self.level1(y)  # 128x128x128
        x = torch.cat((x, self.deconv1(y)), 1)  # 128x256x256
        return self.double2(x)  # 64x256x256


class UnetRecursive(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.level1 = Level5()
        self.conv1 = nn.Conv2d(64, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.level1(x)  # 64x256x256
        return self.conv1(x)  # 2x256x256
