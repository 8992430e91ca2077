"""googlenet (GoogLeNet with batch norm): 3x224x224 -> 1000, 13,004,888 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Cbr(nn.Module):
    def __init__(self, in_channels: int, c: int, k: int = 1, s: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels,
            c,
            k,
            stride=s,
            padding=(k - 1) // 2,
            bias=False,
        )
        self.bn1 = nn.BatchNorm2d(c, eps=0.001)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.bn1(self.conv1(x)))


class Inception(nn.Module):
    def __init__(
        self,
        in_channels: int,
        c1: int,
        r3: int,
        c3: int,
        r5: int,
        c5: int,
        pooled: int,
    ) -> None:
        super().__init__()
        self.cbr1 = Cbr(in_channels, c1)
        self.cbr2 = Cbr(in_channels, r3)
        self.cbr3 = Cbr(r3, c3, k=3)
        self.cbr4 = Cbr(in_channels, r5)
        self.cbr5 = Cbr(r5, c5, k=3)
        self.cbr6 = Cbr(in_channels, pooled)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cbr2(x)
        z = self.cbr4(x)
        u = F.max_pool2d(x, 3, stride=1, padding=1, ceil_mode=True)
        return torch.cat((self.cbr1(x), self.cbr3(y), self.cbr5(z), self.cbr6(u)), 1)


class Aux(nn.Module):
    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.cbr1 = Cbr(in_channels, 128)
        self.fc1 = nn.Linear(2048, 1024)
        self.dropout1 = nn.Dropout(0.7)
        self.fc2 = nn.Linear(1024, 1000)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.adaptive_avg_pool2d(x, 4)
        x = self.cbr1(x)
        x = torch.flatten(x, 1)
        x = self.dropout1(F.relu(self.fc1(x)))
        return self.fc2(x)


class Googlenet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cbr1 = Cbr(3, 64, k=7, s=2)
        self.cbr2 = Cbr(64, 64)
        self.cbr3 = Cbr(64, 192, k=3)
        self.inception1 = Inception(192, 64, 96, 128, 16, 32, 32)
        self.inception2 = Inception(256, 128, 128, 192, 32, 96, 64)
        self.inception3 = Inception(480, 192, 96, 208, 16, 48, 64)
        self.inception4 = Inception(512, 160, 112, 224, 24, 64, 64)
        self.inception5 = Inception(512, 128, 128, 256, 24, 64, 64)
        self.inception6 = Inception(512, 112, 144, 288, 32, 64, 64)
        self.inception7 = Inception(528, 256, 160, 320, 32, 128, 128)
        self.inception8 = Inception(832, 256, 160, 320, 32, 128, 128)
        self.inception9 = Inception(832, 384, 192, 384, 48, 128, 128)
        self.aux1 = Aux(512)
        self.aux2 = Aux(528)
        self.dropout1 = nn.Dropout(0.2)
        self.fc1 = nn.Linear(1024, 1000)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor | dict[str, torch.Tensor]:
        x = F.max_pool2d(self.cbr1(x), 3, stride=2, ceil_mode=True)  # 64x56x56
        x = self.cbr2(x)
        x = F.max_pool2d(self.cbr3(x), 3, stride=2, ceil_mode=True)  # 192x28x28
        x = self.inception1(x)  # 256x28x28
        x = self.inception2(x)  # 480x28x28
        x = F.max_pool2d(x, 3, stride=2, ceil_mode=True)  # 480x14x14
        early = self.inception3(x)  # 512x14x14
        x = self.inception4(early)
        x = self.inception5(x)
        late = self.inception6(x)  # 528x14x14
        x = F.max_pool2d(self.inception7(late), 2, ceil_mode=True)  # 832x7x7
        x = self.inception8(x)
        last = self.inception9(x)  # 1024x7x7
        if self.training:
            aux1 = self.aux1(early)  # 1000
            aux2 = self.aux2(late)  # 1000
        x = F.adaptive_avg_pool2d(last, 1)  # 1024x1x1
        x = torch.flatten(x, 1)  # 1024
        x = self.dropout1(x)
        x = self.fc1(x)  # 1000
        if self.training:
            return {"out": x, "aux1": aux1, "aux2": aux2}
        return x
