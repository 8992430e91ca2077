"""FCN-8s: a class for every pixel of an image of any size ...: 3x?x? -> 21x?x?, 134,362,751 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Level(nn.Module):
    def __init__(self, c: int, rows: tuple) -> None:
        super().__init__()
        self.repeat1 = nn.ModuleList(
            nn.ModuleDict({"conv1": nn.Conv2d(in_channels, c, 3, padding=1)})
            for in_channels in rows
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for repeat_part in self.repeat1:
            x = F.relu(repeat_part.conv1(x))
        return F.max_pool2d(x, 2, ceil_mode=True)


class Level2(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.repeat1 = nn.ModuleList(
            nn.ModuleDict({"conv1": nn.Conv2d(512, 512, 3, padding=1)})
            for _ in range(3)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for repeat_part in self.repeat1:
            x = F.relu(repeat_part.conv1(x))
        return F.max_pool2d(x, 2, ceil_mode=True)  # 512x?x?


class Fcn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.level1 = Level(64, (3, 64))
        self.level2 = Level(128, (64, 128))
        self.level3 = Level(256, (128, 256, 256))
        self.level4 = Level(512, (256, 512, 512))
        self.level5 = Level2()
        self.conv1 = nn.Conv2d(512, 4096, 7, padding=3)
        self.dropout2d1 = nn.Dropout2d()
        self.conv2 = nn.Conv2d(4096, 4096, 1)
        self.dropout2d2 = nn.Dropout2d()
        self.conv3 = nn.Conv2d(4096, 21, 1)
        self.conv4 = nn.Conv2d(512, 21, 1)
        self.conv5 = nn.Conv2d(256, 21, 1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        x = self.level1(image)  # 64x?x?
        x = self.level2(x)  # 128x?x?
        third = self.level3(x)  # 256x?x?
        fourth = self.level4(third)  # 512x?x?
        x = self.level5(fourth)  # 512x?x?
        x = self.dropout2d1(F.relu(self.conv1(x)))  # 4096x?x?
        x = self.dropout2d2(F.relu(self.conv2(x)))
        x = self.conv3(x)  # 21x?x?
        y = F.interpolate(x, fourth.shape[2:], mode="bilinear")  # 21x?x?
        x = y + self.conv4(fourth)  # 21x?x?
        y = F.interpolate(x, third.shape[2:], mode="bilinear")  # 21x?x?
        x = y + self.conv5(third)  # 21x?x?
        return F.interpolate(x, image.shape[2:], mode="bilinear")  # 21x?x?
