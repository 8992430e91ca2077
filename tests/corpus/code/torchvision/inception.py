"""inception_v3 (Inception v3): 3x299x299 -> 1000, 27,161,264 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Cbr(nn.Module):
    def __init__(
        self,
        in_channels: int,
        c: int,
        padding: int | tuple,
        k: int | tuple = 1,
        s: int = 1,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, c, k, stride=s, padding=padding, bias=False)
        self.bn1 = nn.BatchNorm2d(c, eps=0.001)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.bn1(self.conv1(x)))


class InceptionA(nn.Module):
    def __init__(self, in_channels: int, pooled: int) -> None:
        super().__init__()
        self.cbr1 = Cbr(in_channels, 64, 0)
        self.cbr2 = Cbr(in_channels, 48, 0)
        self.cbr3 = Cbr(48, 64, 2, k=5)
        self.cbr4 = Cbr(in_channels, 64, 0)
        self.cbr5 = nn.Sequential(
            *(Cbr(in_channels, 96, 1, k=3) for in_channels in (64, 96)),
        )
        self.cbr6 = Cbr(in_channels, pooled, 0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cbr2(x)  # 48x35x35
        z = self.cbr4(x)  # 64x35x35
        u = F.avg_pool2d(x, 3, stride=1, padding=1)
        return torch.cat((self.cbr1(x), self.cbr3(y), self.cbr5(z), self.cbr6(u)), 1)


class InceptionB(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cbr1 = Cbr(288, 384, 0, k=3, s=2)
        self.cbr2 = Cbr(288, 64, 0)
        self.cbr3 = Cbr(64, 96, 1, k=3)
        self.cbr4 = Cbr(96, 96, 0, k=3, s=2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cbr2(x)  # 64x35x35
        y = self.cbr3(y)  # 96x35x35
        return torch.cat((self.cbr1(x), self.cbr4(y), F.max_pool2d(x, 3, stride=2)), 1)


class InceptionC(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.cbr1 = Cbr(768, 192, 0)
        self.cbr2 = Cbr(768, c, 0)
        self.cbr3 = Cbr(c, c, (0, 3), k=(1, 7))
        self.cbr4 = Cbr(c, 192, (3, 0), k=(7, 1))
        self.cbr5 = Cbr(768, c, 0)
        self.cbr6 = Cbr(c, c, (3, 0), k=(7, 1))
        self.cbr7 = Cbr(c, c, (0, 3), k=(1, 7))
        self.cbr8 = Cbr(c, c, (3, 0), k=(7, 1))
        self.cbr9 = Cbr(c, 192, (0, 3), k=(1, 7))
        self.cbr10 = Cbr(768, 192, 0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cbr2(x)
        y = self.cbr3(y)
        z = self.cbr5(x)
        z = self.cbr6(z)
        z = self.cbr7(z)
        z = self.cbr8(z)
        u = F.avg_pool2d(x, 3, stride=1, padding=1)
        return torch.cat((self.cbr1(x), self.cbr4(y), self.cbr9(z), self.cbr10(u)), 1)


class Aux(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cbr1 = Cbr(768, 128, 0)
        self.cbr2 = Cbr(128, 768, 0, k=5)
        self.fc1 = nn.Linear(768, 1000)
        nn.init.trunc_normal_(self.fc1.weight, std=0.001)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.avg_pool2d(x, 5, stride=3)  # 768x5x5
        x = self.cbr1(x)  # 128x5x5
        x = F.adaptive_avg_pool2d(self.cbr2(x), 1)  # 768x1x1
        x = torch.flatten(x, 1)  # 768
        return self.fc1(x)  # 1000


class InceptionD(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cbr1 = Cbr(768, 192, 0)
        self.cbr2 = Cbr(192, 320, 0, k=3, s=2)
        self.cbr3 = Cbr(768, 192, 0)
        self.cbr4 = Cbr(192, 192, (0, 3), k=(1, 7))
        self.cbr5 = Cbr(192, 192, (3, 0), k=(7, 1))
        self.cbr6 = Cbr(192, 192, 0, k=3, s=2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cbr1(x)  # 192x17x17
        z = self.cbr3(x)  # 192x17x17
        z = self.cbr4(z)
        z = self.cbr5(z)
        return torch.cat((self.cbr2(y), self.cbr6(z), F.max_pool2d(x, 3, stride=2)), 1)


class InceptionE(nn.Module):
    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.cbr1 = Cbr(in_channels, 320, 0)
        self.cbr2 = Cbr(in_channels, 384, 0)
        self.cbr3 = Cbr(384, 384, (0, 1), k=(1, 3))
        self.cbr4 = Cbr(384, 384, (1, 0), k=(3, 1))
        self.cbr5 = Cbr(in_channels, 448, 0)
        self.cbr6 = Cbr(448, 384, 1, k=3)
        self.cbr7 = Cbr(384, 384, (0, 1), k=(1, 3))
        self.cbr8 = Cbr(384, 384, (1, 0), k=(3, 1))
        self.cbr9 = Cbr(in_channels, 192, 0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cbr2(x)
        y = torch.cat((self.cbr3(y), self.cbr4(y)), 1)
        z = self.cbr5(x)
        z = self.cbr6(z)
        z = torch.cat((self.cbr7(z), self.cbr8(z)), 1)
        u = F.avg_pool2d(x, 3, stride=1, padding=1)
        return torch.cat((self.cbr1(x), y, z, self.cbr9(u)), 1)


class InceptionV3(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cbr1 = Cbr(3, 32, 0, k=3, s=2)
        self.cbr2 = Cbr(32, 32, 0, k=3)
        self.cbr3 = Cbr(32, 64, 1, k=3)
        self.cbr4 = Cbr(64, 80, 0)
        self.cbr5 = Cbr(80, 192, 0, k=3)
        self.inception_a1 = InceptionA(192, 32)
        self.inception_a2 = InceptionA(256, 64)
        self.inception_a3 = InceptionA(288, 64)
        self.inception_b1 = InceptionB()
        self.inception_c1 = InceptionC(128)
        self.inception_c2 = InceptionC(160)
        self.inception_c3 = InceptionC(160)
        self.inception_c4 = InceptionC(192)
        self.aux1 = Aux()
        self.inception_d1 = InceptionD()
        self.inception_e1 = nn.Sequential(
            *(InceptionE(in_channels) for in_channels in (1280, 2048)),
        )
        self.dropout1 = nn.Dropout()
        self.fc1 = nn.Linear(2048, 1000)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.trunc_normal_(module.weight, std=0.1)
        nn.init.trunc_normal_(self.fc1.weight, std=0.1)

    def forward(self, x: torch.Tensor) -> torch.Tensor | dict[str, torch.Tensor]:
        x = self.cbr1(x)  # 32x149x149
        x = self.cbr2(x)  # 32x147x147
        x = F.max_pool2d(self.cbr3(x), 3, stride=2)  # 64x73x73
        x = self.cbr4(x)  # 80x73x73
        x = F.max_pool2d(self.cbr5(x), 3, stride=2)  # 192x35x35
        x = self.inception_a1(x)  # 256x35x35
        x = self.inception_a2(x)  # 288x35x35
        x = self.inception_a3(x)
        x = self.inception_b1(x)  # 768x17x17
        x = self.inception_c1(x)
        x = self.inception_c2(x)
        x = self.inception_c3(x)
        mid = self.inception_c4(x)
        if self.training:
            aux = self.aux1(mid)  # 1000
        x = self.inception_d1(mid)  # 1280x8x8
        x = F.adaptive_avg_pool2d(self.inception_e1(x), 1)  # 2048x1x1
        x = self.dropout1(x)
        x = torch.flatten(x, 1)  # 2048
        x = self.fc1(x)  # 1000
        if self.training:
            return {"out": x, "aux": aux}
        return x
