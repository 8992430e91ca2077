"""A convolutional autoencoder of digits: 1x28x28 -> 1x28x28, 115,217 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Autoencoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, stride=2, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, stride=2, padding=1)
        self.fc1 = nn.Linear(1568, 32)
        self.fc2 = nn.Linear(32, 1568)
        self.deconv1 = nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1)
        self.deconv2 = nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.conv1(x))  # 16x14x14
        x = F.relu(self.conv2(x))  # 32x7x7
        x = torch.flatten(x, 1)  # 1568
        x = self.fc1(x)  # 32
        x = F.relu(self.fc2(x))  # 1568
        x = x.unflatten(1, (32, 7, 7))  # 32x7x7
        x = F.relu(self.deconv1(x))  # 16x14x14
        return torch.sigmoid(self.deconv2(x))  # 1x28x28
