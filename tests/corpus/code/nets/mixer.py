"""MLP-Mixer S/16: each layer mixes the patches, then the ...: 3x224x224 -> 1000, 18,528,264 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Mix(nn.Module):
    def __init__(self, in_channels: int, c: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(in_channels, c)
        self.fc2 = nn.Linear(c, in_channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.gelu(self.fc1(x))
        return self.fc2(x)


class Mixer2(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.ln1 = nn.LayerNorm(512)
        self.mix1 = Mix(196, 256)
        self.ln2 = nn.LayerNorm(512)
        self.mix2 = Mix(512, 2048)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.ln1(x)
        y = y.permute(0, 2, 1)  # 512x196
        y = self.mix1(y)
        x = x + y.permute(0, 2, 1)
        y = self.ln2(x)
        return x + self.mix2(y)


class Mixer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 512, 16, stride=16)
        self.mixer1 = nn.Sequential(*(Mixer2() for _ in range(8)))
        self.ln1 = nn.LayerNorm(512)
        self.fc1 = nn.Linear(512, 1000)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv1(x)  # 512x14x14
        x = x.flatten(2).transpose(1, 2)  # 196x512
        x = self.ln1(self.mixer1(x)).mean(1)  # 512
        return self.fc1(x)  # 1000
