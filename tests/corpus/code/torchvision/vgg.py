"""vgg11 (VGG, with and without batch norm): 3x224x224 -> 1000, 132,863,336 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Vgg11(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.loop1 = nn.ModuleList(
            nn.ModuleDict(
                {
                    "repeat1": nn.ModuleList(
                        nn.ModuleDict(
                            {
                                "conv1": nn.Conv2d(in_channels, c, 3, padding=1),
                            }
                        )
                        for in_channels in rows
                    ),
                }
            )
            for c, rows in (
                (64, (3,)),
                (128, (64,)),
                (256, (128, 256)),
                (512, (256, 512)),
                (512, (512, 512)),
            )
        )
        self.repeat1 = nn.ModuleList(
            nn.ModuleDict(
                {
                    "fc1": nn.Linear(in_channels, 4096),
                    "dropout1": nn.Dropout(),
                }
            )
            for in_channels in (25088, 4096)
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
        for loop_part in self.loop1:
            for repeat_part in loop_part.repeat1:
                x = F.relu(repeat_part.conv1(x))
            x = F.max_pool2d(x, 2)
        x = F.adaptive_avg_pool2d(x, 7)  # 512x7x7
        x = torch.flatten(x, 1)  # 25088
        for repeat_part in self.repeat1:
            x = repeat_part.dropout1(F.relu(repeat_part.fc1(x)))
        return self.fc1(x)  # 1000
