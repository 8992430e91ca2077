"""vgg11 (VGG, with and without batch norm): 3x224x224 -> 1000, 132,863,336 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Vgg11(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.loop1 = nn.ModuleList(
            [
                nn.ModuleDict(
                    {
                        "repeat1": nn.ModuleList(
                            [
                                nn.ModuleDict(
                                    {
                                        "conv1": nn.Conv2d(3, 64, 3, padding=1),
                                    }
                                ),
                            ]
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "repeat1": nn.ModuleList(
                            [
                                nn.ModuleDict(
                                    {
                                        "conv1": nn.Conv2d(64, 128, 3, padding=1),
                                    }
                                ),
                            ]
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "repeat1": nn.ModuleList(
                            [
                                nn.ModuleDict(
                                    {
                                        "conv1": nn.Conv2d(128, 256, 3, padding=1),
                                    }
                                ),
                                nn.ModuleDict(
                                    {
                                        "conv1": nn.Conv2d(256, 256, 3, padding=1),
                                    }
                                ),
                            ]
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "repeat1": nn.ModuleList(
                            [
                                nn.ModuleDict(
                                    {
                                        "conv1": nn.Conv2d(256, 512, 3, padding=1),
                                    }
                                ),
                                nn.ModuleDict(
                                    {
                                        "conv1": nn.Conv2d(512, 512, 3, padding=1),
                                    }
                                ),
                            ]
                        ),
                    }
                ),
                nn.ModuleDict(
                    {
                        "repeat1": nn.ModuleList(
                            nn.ModuleDict({"conv1": nn.Conv2d(512, 512, 3, padding=1)})
                            for _ in range(2)
                        ),
                    }
                ),
            ]
        )
        self.repeat1 = nn.ModuleList(
            [
                nn.ModuleDict(
                    {
                        "fc1": nn.Linear(25088, 4096),
                        "dropout1": nn.Dropout(),
                    }
                ),
                nn.ModuleDict({"fc1": nn.Linear(4096, 4096), "dropout1": nn.Dropout()}),
            ]
        )
        self.fc1 = nn.Linear(4096, 1000)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(
                    module.weight,
                    mode="fan_out",
                    nonlinearity="relu",
                )
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=0.01)
                nn.init.zeros_(module.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.loop1[0].repeat1[0].conv1(x))  # 64x224x224
        x = F.max_pool2d(x, 2)  # 64x112x112
        x = F.relu(self.loop1[1].repeat1[0].conv1(x))  # 128x112x112
        x = F.max_pool2d(x, 2)  # 128x56x56
        for repeat_part in self.loop1[2].repeat1:
            x = F.relu(repeat_part.conv1(x))
        x = F.max_pool2d(x, 2)  # 256x28x28
        for repeat_part in self.loop1[3].repeat1:
            x = F.relu(repeat_part.conv1(x))
        x = F.max_pool2d(x, 2)  # 512x14x14
        for repeat_part in self.loop1[4].repeat1:
            x = F.relu(repeat_part.conv1(x))
        x = F.max_pool2d(x, 2)  # 512x7x7
        x = F.adaptive_avg_pool2d(x, 7)
        x = torch.flatten(x, 1)  # 25088
        for repeat_part in self.repeat1:
            x = repeat_part.dropout1(F.relu(repeat_part.fc1(x)))
        return self.fc1(x)  # 1000
