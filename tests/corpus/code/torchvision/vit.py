"""vit_b_16 (Vision transformer): 3x224x224 -> 1000, 86,567,656 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class ClassToken(nn.Module):
    """Puts a learned token in front of all others."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1, 1, channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat((self.weight.expand(x.size(0), -1, -1), x), dim=1)


class Positions(nn.Module):
    """Adds a learned vector to each token, by its position."""

    def __init__(self, length: int, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(1, length, channels).normal_(std=0.02))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.weight


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.ln1 = nn.LayerNorm(768, eps=1e-06)
        self.mha1 = nn.MultiheadAttention(768, 12, batch_first=True)
        self.ln2 = nn.LayerNorm(768, eps=1e-06)
        self.fc1 = nn.Linear(768, 3072)
        self.fc2 = nn.Linear(3072, 768)
        nn.init.xavier_uniform_(self.fc1.weight)
        nn.init.normal_(self.fc1.bias, std=1e-06)
        nn.init.xavier_uniform_(self.fc2.weight)
        nn.init.normal_(self.fc2.bias, std=1e-06)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.ln1(x)
        y = self.mha1(y, y, y, need_weights=False)[0]
        x = x + y
        y = self.ln2(x)
        y = F.gelu(self.fc1(y))  # 197x3072
        return x + self.fc2(y)


class VitB16(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 768, 16, stride=16)
        self.cls1 = ClassToken(768)
        self.pos1 = Positions(197, 768)
        self.encoder1 = nn.Sequential(*(Encoder() for _ in range(12)))
        self.ln1 = nn.LayerNorm(768, eps=1e-06)
        self.fc1 = nn.Linear(768, 1000)
        nn.init.trunc_normal_(self.conv1.weight, std=0.036084391824351615)
        nn.init.zeros_(self.conv1.bias)
        nn.init.zeros_(self.fc1.weight)
        nn.init.zeros_(self.fc1.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv1(x)  # 768x14x14
        x = x.flatten(2).transpose(1, 2)  # 196x768
        x = self.pos1(self.cls1(x))  # 197x768
        x = self.ln1(self.encoder1(x))
        x = x[:, 0]  # 768
        return self.fc1(x)  # 1000
