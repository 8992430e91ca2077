"""WaveNet: the next of 256 levels at each sample: 4096 -> 256x4096, 300,032 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Causal(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(32, 32, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.pad(x, (1, 0))  # 32x4097
        return self.conv1(x)  # 32x4096


class Causal2(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(32, 32, 2, dilation=2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.pad(x, (2, 0))  # 32x4098
        return self.conv1(x)  # 32x4096


class Causal3(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(32, 32, 2, dilation=4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.pad(x, (4, 0))  # 32x4100
        return self.conv1(x)  # 32x4096


class Causal4(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(32, 32, 2, dilation=8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.pad(x, (8, 0))  # 32x4104
        return self.conv1(x)  # 32x4096


class Causal5(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(32, 32, 2, dilation=16)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.pad(x, (16, 0))  # 32x4112
        return self.conv1(x)  # 32x4096


class Causal6(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(32, 32, 2, dilation=32)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.pad(x, (32, 0))  # 32x4128
        return self.conv1(x)  # 32x4096


class Causal7(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(32, 32, 2, dilation=64)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.pad(x, (64, 0))  # 32x4160
        return self.conv1(x)  # 32x4096


class Causal8(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(32, 32, 2, dilation=128)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.pad(x, (128, 0))  # 32x4224
        return self.conv1(x)  # 32x4096


class Causal9(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(32, 32, 2, dilation=256)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.pad(x, (256, 0))  # 32x4352
        return self.conv1(x)  # 32x4096


class Causal10(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(32, 32, 2, dilation=512)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.pad(x, (512, 0))  # 32x4608
        return self.conv1(x)  # 32x4096


class Wavenet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed1 = nn.Embedding(256, 32)
        self.conv1 = nn.Conv1d(32, 128, 1)
        self.loop1 = nn.ModuleList(
            [
                nn.ModuleDict(
                    {
                        "causal1": Causal(),
                        "causal2": Causal(),
                        "conv1": nn.Conv1d(32, 128, 1),
                        "conv2": nn.Conv1d(32, 32, 1),
                    }
                ),
                nn.ModuleDict(
                    {
                        "causal1": Causal2(),
                        "causal2": Causal2(),
                        "conv1": nn.Conv1d(32, 128, 1),
                        "conv2": nn.Conv1d(32, 32, 1),
                    }
                ),
                nn.ModuleDict(
                    {
                        "causal1": Causal3(),
                        "causal2": Causal3(),
                        "conv1": nn.Conv1d(32, 128, 1),
                        "conv2": nn.Conv1d(32, 32, 1),
                    }
                ),
                nn.ModuleDict(
                    {
                        "causal1": Causal4(),
                        "causal2": Causal4(),
                        "conv1": nn.Conv1d(32, 128, 1),
                        "conv2": nn.Conv1d(32, 32, 1),
                    }
                ),
                nn.ModuleDict(
                    {
                        "causal1": Causal5(),
                        "causal2": Causal5(),
                        "conv1": nn.Conv1d(32, 128, 1),
                        "conv2": nn.Conv1d(32, 32, 1),
                    }
                ),
                nn.ModuleDict(
                    {
                        "causal1": Causal6(),
                        "causal2": Causal6(),
                        "conv1": nn.Conv1d(32, 128, 1),
                        "conv2": nn.Conv1d(32, 32, 1),
                    }
                ),
                nn.ModuleDict(
                    {
                        "causal1": Causal7(),
                        "causal2": Causal7(),
                        "conv1": nn.Conv1d(32, 128, 1),
                        "conv2": nn.Conv1d(32, 32, 1),
                    }
                ),
                nn.ModuleDict(
                    {
                        "causal1": Causal8(),
                        "causal2": Causal8(),
                        "conv1": nn.Conv1d(32, 128, 1),
                        "conv2": nn.Conv1d(32, 32, 1),
                    }
                ),
                nn.ModuleDict(
                    {
                        "causal1": Causal9(),
                        "causal2": Causal9(),
                        "conv1": nn.Conv1d(32, 128, 1),
                        "conv2": nn.Conv1d(32, 32, 1),
                    }
                ),
                nn.ModuleDict(
                    {
                        "causal1": Causal10(),
                        "causal2": Causal10(),
                        "conv1": nn.Conv1d(32, 128, 1),
                        "conv2": nn.Conv1d(32, 32, 1),
                    }
                ),
                nn.ModuleDict(
                    {
                        "causal1": Causal(),
                        "causal2": Causal(),
                        "conv1": nn.Conv1d(32, 128, 1),
                        "conv2": nn.Conv1d(32, 32, 1),
                    }
                ),
                nn.ModuleDict(
                    {
                        "causal1": Causal2(),
                        "causal2": Causal2(),
                        "conv1": nn.Conv1d(32, 128, 1),
                        "conv2": nn.Conv1d(32, 32, 1),
                    }
                ),
                nn.ModuleDict(
                    {
                        "causal1": Causal3(),
                        "causal2": Causal3(),
                        "conv1": nn.Conv1d(32, 128, 1),
                        "conv2": nn.Conv1d(32, 32, 1),
                    }
                ),
                nn.ModuleDict(
                    {
                        "causal1": Causal4(),
                        "causal2": Causal4(),
                        "conv1": nn.Conv1d(32, 128, 1),
                        "conv2": nn.Conv1d(32, 32, 1),
                    }
                ),
                nn.ModuleDict(
                    {
                        "causal1": Causal5(),
                        "causal2": Causal5(),
                        "conv1": nn.Conv1d(32, 128, 1),
                        "conv2": nn.Conv1d(32, 32, 1),
                    }
                ),
                nn.ModuleDict(
                    {
                        "causal1": Causal6(),
                        "causal2": Causal6(),
                        "conv1": nn.Conv1d(32, 128, 1),
                        "conv2": nn.Conv1d(32, 32, 1),
                    }
                ),
                nn.ModuleDict(
                    {
                        "causal1": Causal7(),
                        "causal2": Causal7(),
                        "conv1": nn.Conv1d(32, 128, 1),
                        "conv2": nn.Conv1d(32, 32, 1),
                    }
                ),
                nn.ModuleDict(
                    {
                        "causal1": Causal8(),
                        "causal2": Causal8(),
                        "conv1": nn.Conv1d(32, 128, 1),
                        "conv2": nn.Conv1d(32, 32, 1),
                    }
                ),
                nn.ModuleDict(
                    {
                        "causal1": Causal9(),
                        "causal2": Causal9(),
                        "conv1": nn.Conv1d(32, 128, 1),
                        "conv2": nn.Conv1d(32, 32, 1),
                    }
                ),
                nn.ModuleDict(
                    {
                        "causal1": Causal10(),
                        "causal2": Causal10(),
                        "conv1": nn.Conv1d(32, 128, 1),
                        "conv2": nn.Conv1d(32, 32, 1),
                    }
                ),
            ]
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
