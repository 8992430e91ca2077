"""mnasnet0_5 (MNASNet): 3x224x224 -> 1000, 2,218,512 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Inverted(nn.Module):
    def __init__(self, in_channels: int, t: int, k: int, c: int, s: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, t * in_channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(t * in_channels, momentum=0.00029999999999996696)
        self.conv2 = nn.Conv2d(
            t * in_channels,
            t * in_channels,
            k,
            stride=s,
            padding=(k - 1) // 2,
            groups=t * in_channels,
            bias=False,
        )
        self.bn2 = nn.BatchNorm2d(t * in_channels, momentum=0.00029999999999996696)
        self.conv3 = nn.Conv2d(t * in_channels, c, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(c, momentum=0.00029999999999996696)
        self.residual = s == 1 and in_channels == c

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        if self.residual:
            y = y + x
        return y


class Mnasnet05(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16, momentum=0.00029999999999996696)
        self.conv2 = nn.Conv2d(16, 16, 3, padding=1, groups=16, bias=False)
        self.bn2 = nn.BatchNorm2d(16, momentum=0.00029999999999996696)
        self.conv3 = nn.Conv2d(16, 8, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(8, momentum=0.00029999999999996696)
        self.loop1 = nn.ModuleList(
            [
                nn.ModuleDict(
                    {
                        "inverted1": Inverted(8, 3, 3, 16, s=2),
                        "inverted2": nn.Sequential(
                            *(Inverted(16, 3, 3, 16) for _ in range(2)),
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "inverted1": Inverted(16, 3, 5, 24, s=2),
                        "inverted2": nn.Sequential(
                            *(Inverted(24, 3, 5, 24) for _ in range(2)),
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "inverted1": Inverted(24, 6, 5, 40, s=2),
                        "inverted2": nn.Sequential(
                            *(Inverted(40, 6, 5, 40) for _ in range(2)),
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "inverted1": Inverted(40, 6, 3, 48),
                        "inverted2": nn.Sequential(*([Inverted(48, 6, 3, 48)])),
                    }
                ),
                nn.ModuleDict(
                    {
                        "inverted1": Inverted(48, 6, 5, 96, s=2),
                        "inverted2": nn.Sequential(
                            *(Inverted(96, 6, 5, 96) for _ in range(3)),
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "inverted1": Inverted(96, 6, 3, 160),
                        "inverted2": nn.Sequential(),
                    }
                ),
            ]
        )
        self.conv4 = nn.Conv2d(160, 1280, 1, bias=False)
        self.bn4 = nn.BatchNorm2d(1280, momentum=0.00029999999999996696)
        self.dropout1 = nn.Dropout(0.2)
        self.fc1 = nn.Linear(1280, 1000)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(
                    module.weight,
                    mode="fan_out",
                    nonlinearity="relu",
                )
        nn.init.uniform_(self.fc1.weight, a=-0.05477225575051661, b=0.05477225575051661)
        nn.init.zeros_(self.fc1.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.bn1(self.conv1(x)))  # 16x112x112
        x = F.relu(self.bn2(self.conv2(x)))
        x = self.bn3(self.conv3(x))  # 8x112x112
        for loop_part in self.loop1:
            x = loop_part.inverted1(x)
            x = loop_part.inverted2(x)
        x = F.relu(self.bn4(self.conv4(x))).mean((2, 3))  # 1280
        x = self.dropout1(x)
        return self.fc1(x)  # 1000
