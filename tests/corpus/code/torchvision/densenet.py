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
    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.bn1(x))
        return F.avg_pool2d(self.conv1(x), 2)


class Densenet121(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.loop1 = nn.ModuleList(
            [
                nn.ModuleDict(
                    {
                        "dense1": nn.Sequential(
                            Dense(64),
                            Dense(96),
                            Dense(128),
                            Dense(160),
                            Dense(192),
                            Dense(224),
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "transition1": Transition(256, 128),
                        "dense1": nn.Sequential(
                            Dense(128),
                            Dense(160),
                            Dense(192),
                            Dense(224),
                            Dense(256),
                            Dense(288),
                            Dense(320),
                            Dense(352),
                            Dense(384),
                            Dense(416),
                            Dense(448),
                            Dense(480),
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "transition1": Transition(512, 256),
                        "dense1": nn.Sequential(
                            Dense(256),
                            Dense(288),
                            Dense(320),
                            Dense(352),
                            Dense(384),
                            Dense(416),
                            Dense(448),
                            Dense(480),
                            Dense(512),
                            Dense(544),
                            Dense(576),
                            Dense(608),
                            Dense(640),
                            Dense(672),
                            Dense(704),
                            Dense(736),
                            Dense(768),
                            Dense(800),
                            Dense(832),
                            Dense(864),
                            Dense(896),
                            Dense(928),
                            Dense(960),
                            Dense(992),
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "transition1": Transition(1024, 512),
                        "dense1": nn.Sequential(
                            Dense(512),
                            Dense(544),
                            Dense(576),
                            Dense(608),
                            Dense(640),
                            Dense(672),
                            Dense(704),
                            Dense(736),
                            Dense(768),
                            Dense(800),
                            Dense(832),
                            Dense(864),
                            Dense(896),
                            Dense(928),
                            Dense(960),
                            Dense(992),
                        ),
                    }
                ),
            ]
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
        x = self.loop1[0].dense1(x)  # 256x56x56
        x = self.loop1[1].transition1(x)  # 128x28x28
        x = self.loop1[1].dense1(x)  # 512x28x28
        x = self.loop1[2].transition1(x)  # 256x14x14
        x = self.loop1[2].dense1(x)  # 1024x14x14
        x = self.loop1[3].transition1(x)  # 512x7x7
        x = self.loop1[3].dense1(x)  # 1024x7x7
        x = F.adaptive_avg_pool2d(F.relu(self.bn2(x)), 1)  # 1024x1x1
        x = torch.flatten(x, 1)  # 1024
        return self.fc1(x)  # 1000
