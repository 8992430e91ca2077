"""resnet18 (ResNet, ResNeXt and Wide ResNet): 3x224x224 -> 1000, 11,689,512 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Basic(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.conv2 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + x)


class Stage(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.unit1 = Basic(64)
        self.unit2 = nn.Sequential(Basic(64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.unit1(x)
        return self.unit2(x)


class Shortcut(nn.Module):
    def __init__(self, in_channels: int, c: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, c, 1, stride=2, bias=False)
        self.bn1 = nn.BatchNorm2d(c)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.bn1(self.conv1(x))


class Basic2(nn.Module):
    def __init__(self, in_channels: int, c: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, c, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.conv2 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)
        self.shortcut1 = Shortcut(in_channels, c)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut1(x))


class Stage2(nn.Module):
    def __init__(self, in_channels: int, c: int) -> None:
        super().__init__()
        self.unit1 = Basic2(in_channels, c)
        self.unit2 = nn.Sequential(Basic(c))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.unit1(x)
        return self.unit2(x)


class Resnet18(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.stage1 = Stage()
        self.stage2 = Stage2(64, 128)
        self.stage3 = Stage2(128, 256)
        self.stage4 = Stage2(256, 512)
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
        c2 = self.stage1(x)
        c3 = self.stage2(c2)  # 128x28x28
        c4 = self.stage3(c3)  # 256x14x14
        c5 = self.stage4(c4)  # 512x7x7
        x = F.adaptive_avg_pool2d(c5, 1)  # 512x1x1
        x = torch.flatten(x, 1)  # 512
        return self.fc1(x)  # 1000
