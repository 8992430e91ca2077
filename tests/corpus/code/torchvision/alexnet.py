"""alexnet (AlexNet, in its version of one tower): 3x224x224 -> 1000, 61,100,840 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Alexnet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 11, stride=4, padding=2)
        self.conv2 = nn.Conv2d(64, 192, 5, padding=2)
        self.conv3 = nn.Conv2d(192, 384, 3, padding=1)
        self.conv4 = nn.Conv2d(384, 256, 3, padding=1)
        self.conv5 = nn.Conv2d(256, 256, 3, padding=1)
        self.repeat1 = nn.ModuleList(
            nn.ModuleDict(
                {
                    "dropout1": nn.Dropout(),
                    "fc1": nn.Linear(in_channels, 4096),
                }
            )
            for in_channels in (9216, 4096)
        )
        self.fc1 = nn.Linear(4096, 1000)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.max_pool2d(F.relu(self.conv1(x)), 3, stride=2)  # 64x27x27
        x = F.max_pool2d(F.relu(self.conv2(x)), 3, stride=2)  # 192x13x13
        x = F.relu(self.conv3(x))  # 384x13x13
        x = F.relu(self.conv4(x))  # 256x13x13
        x = F.max_pool2d(F.relu(self.conv5(x)), 3, stride=2)  # 256x6x6
        x = F.adaptive_avg_pool2d(x, 6)
        x = torch.flatten(x, 1)  # 9216
        for repeat_part in self.repeat1:
            x = repeat_part.dropout1(x)
            x = F.relu(repeat_part.fc1(x))
        return self.fc1(x)  # 1000
