"""A siamese network: do two images show the same?: 1x105x105 -> 1, 38,951,745 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Siamese(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.twin = nn.ModuleDict(
            {
                "conv1": nn.Conv2d(1, 64, 10),
                "conv2": nn.Conv2d(64, 128, 7),
                "conv3": nn.Conv2d(128, 128, 4),
                "conv4": nn.Conv2d(128, 256, 4),
                "fc1": nn.Linear(9216, 4096),
            }
        )
        self.fc1 = nn.Linear(4096, 1)

    def forward(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        y = F.max_pool2d(F.relu(self.twin.conv1(left)), 2)  # 64x48x48
        y = F.max_pool2d(F.relu(self.twin.conv2(y)), 2)  # 128x21x21
        y = F.max_pool2d(F.relu(self.twin.conv3(y)), 2)  # 128x9x9
        y = F.relu(self.twin.conv4(y))  # 256x6x6
        y = torch.flatten(y, 1)  # 9216
        z = F.max_pool2d(F.relu(self.twin.conv1(right)), 2)  # 64x48x48
        z = F.max_pool2d(F.relu(self.twin.conv2(z)), 2)  # 128x21x21
        z = F.max_pool2d(F.relu(self.twin.conv3(z)), 2)  # 128x9x9
        z = F.relu(self.twin.conv4(z))  # 256x6x6
        z = torch.flatten(z, 1)  # 9216
        z = torch.sigmoid(self.twin.fc1(z))  # 4096
        x = torch.abs(torch.sigmoid(self.twin.fc1(y)) - z)  # 4096
        return torch.sigmoid(self.fc1(x))  # 1
