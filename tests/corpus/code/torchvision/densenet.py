"""densenet121 (DenseNet): 3x224x224 -> 1000, 7,978,856 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Dense(nn.Module):
    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, 128, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(128)
        self.conv2 = nn.Conv2d(128, 32, 3, padding=1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.bn1(x))
        y = F.relu(self.bn2(self.conv1(y)))
        return torch.cat((x, self.conv2(y)), 1)


class Transition(nn.Module):
    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, in_channels // 2, 1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.bn1(x))
        return F.avg_pool2d(self.conv1(x), 2)


class Densenet121(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.loop1 = nn.ModuleList(
            nn.ModuleDict(
                {
                    "transition1": (
                        Transition(in_channels) if has_transition1 else nn.Identity()
                    ),
                    "dense1": nn.Sequential(
                        *(Dense(channels + i * 32) for i in range(n)),
                    ),
                }
            )
            for in_channels, has_transition1, channels, n in (
                (None, False, 64, 6),
                (256, True, 128, 12),
                (512, True, 256, 24),
                (1024, True, 512, 16),
            )
        )
        self.bn2 = nn.BatchNorm2d(1024)
        self.fc1 = nn.Linear(1024, 1000)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(
                    module.weight,
                    mode="fan_in",
                    nonlinearity="relu",
                )
        nn.init.zeros_(self.fc1.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.bn1(self.conv1(x)))  # 64x112x112
        x = F.max_pool2d(x, 3, stride=2, padding=1)  # 64x56x56
        for loop_part in self.loop1:
            x = loop_part.transition1(x)
            x = loop_part.dense1(x)
        x = F.adaptive_avg_pool2d(F.relu(self.bn2(x)), 1)  # 1024x1x1
        x = torch.flatten(x, 1)  # 1024
        return self.fc1(x)  # 1000
