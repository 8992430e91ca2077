"""WaveNet: the next of 256 levels at each sample: 4096 -> 256x4096, 300,032 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Causal(nn.Module):
    def __init__(self, d: int, value: tuple) -> None:
        super().__init__()
        self.value = value
        self.conv1 = nn.Conv1d(32, 32, 2, dilation=d)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.pad(x, self.value)
        return self.conv1(x)


class Wavenet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed1 = nn.Embedding(256, 32)
        self.conv1 = nn.Conv1d(32, 128, 1)
        self.loop1 = nn.ModuleList(
            nn.ModuleDict(
                {
                    "causal1": Causal(dilation, value),
                    "causal2": Causal(dilation, value),
                    "conv1": nn.Conv1d(32, 128, 1),
                    "conv2": nn.Conv1d(32, 32, 1),
                }
            )
            for dilation, value in (
                (1, (1, 0)),
                (2, (2, 0)),
                (4, (4, 0)),
                (8, (8, 0)),
                (16, (16, 0)),
                (32, (32, 0)),
                (64, (64, 0)),
                (128, (128, 0)),
                (256, (256, 0)),
                (512, (512, 0)),
                (1, (1, 0)),
                (2, (2, 0)),
                (4, (4, 0)),
                (8, (8, 0)),
                (16, (16, 0)),
                (32, (32, 0)),
                (64, (64, 0)),
                (128, (128, 0)),
                (256, (256, 0)),
                (512, (512, 0)),
            )
        )
        self.conv2 = nn.Conv1d(128, 256, 1)
        self.conv3 = nn.Conv1d(256, 256, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.embed1(x)  # 4096x32
        x_ = x.transpose(1, 2)  # 32x4096
        skip = self.conv1(x_)  # 128x4096
        x = skip
        for loop_part in self.loop1:
            y = torch.sigmoid(loop_part.causal2(x_))
            gated = torch.tanh(loop_part.causal1(x_)) * y
            x = loop_part.conv1(gated)
            skip = x + skip
            x = loop_part.conv2(gated)
            x_ = x + x_
            x = x_
        x = F.relu(skip)
        x = F.relu(self.conv2(x))  # 256x4096
        return self.conv3(x)
