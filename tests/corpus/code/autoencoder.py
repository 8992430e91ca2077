"""An autoencoder of digits: 784 numbers through 32: 1x28x28 -> 1x28x28, 209,968 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Autoencoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(784, 128)
        self.fc2 = nn.Linear(128, 32)
        self.fc3 = nn.Linear(32, 128)
        self.fc4 = nn.Linear(128, 784)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.flatten(x, 1)  # 784
        x = F.relu(self.fc1(x))  # 128
        x = self.fc2(x)  # 32
        x = F.relu(self.fc3(x))  # 128
        x = torch.sigmoid(self.fc4(x))  # 784
        return x.unflatten(1, (1, 28, 28))  # 1x28x28
