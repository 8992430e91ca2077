"""resnet18 (ResNet, ResNeXt and Wide ResNet): 3x224x224 -> 1000, 11,689,512 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Shortcut(nn.Module):
    def __init__(self, in_channels: int, c: int, s: int) -> None:
        super().__init__()
        if s > 1 or in_channels != c:
            self.conv1 = nn.Conv2d(in_channels, c, 1, stride=s, bias=False)
            self.bn1 = nn.BatchNorm2d(c)
        else:
            self.conv1 = self.bn1 = nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.bn1(self.conv1(x))


class Basic(nn.Module):
    def __init__(self, in_channels: int, c: int, s: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, c, 3, stride=s, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.conv2 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)
        self.shortcut1 = Shortcut(in_channels, c, s)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut1(x))


class Stage(nn.Module):
    def __init__(self, in_channels: int, c: int, s: int = 2) -> None:
        super().__init__()
        self.unit1 = Basic(in_channels, c, s=s)
        self.unit2 = nn.Sequential(Basic(c, c))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.unit1(x)
        return self.unit2(x)


class Resnet18(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.stage1 = Stage(64, 64, s=1)
        self.stage2 = Stage(64, 128)
        self.stage3 = Stage(128, 256)
        self.stage4 = Stage(256, 512)
        self.fc1 = nn.Linear(512, 1000)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(
                    module.weight,
                    mode="fan_out",
                    nonlinearity="relu",
                )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.bn1(self.conv1(x)))  # 64x112x112
        x = F.max_pool2d(x, 3, stride=2, padding=1)  # 64x56x56
        x = self.stage1(x)
        x = self.stage2(x)  # 128x28x28
        x = self.stage3(x)  # 256x14x14
        x = F.adaptive_avg_pool2d(self.stage4(x), 1)  # 512x1x1
        x = torch.flatten(x, 1)  # 512
        return self.fc1(x)  # 1000
