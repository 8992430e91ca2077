"""mobilenet_v3_large (MobileNet v3): 3x224x224 -> 1000, 5,483,032 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Cba(nn.Module):
    def __init__(
        self,
        in_channels: int,
        c: int,
        k: int,
        s: int,
        padding: int,
        g: int,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels,
            c,
            k,
            stride=s,
            padding=padding,
            groups=g,
            bias=False,
        )
        self.bn1 = nn.BatchNorm2d(c, eps=0.001, momentum=0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.hardswish(self.bn1(self.conv1(x)))


class Cba2(nn.Module):
    def __init__(
        self,
        in_channels: int,
        c: int,
        k: int,
        s: int,
        padding: int,
        g: int,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels,
            c,
            k,
            stride=s,
            padding=padding,
            groups=g,
            bias=False,
        )
        self.bn1 = nn.BatchNorm2d(c, eps=0.001, momentum=0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.bn1(self.conv1(x)))


class Inverted(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cba2 = Cba2(16, 16, 3, 1, 1, 16)
        self.conv1 = nn.Conv2d(16, 16, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16, eps=0.001, momentum=0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cba2(x)
        return self.bn1(self.conv1(y)) + x


class Inverted2(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cba1 = Cba2(16, 64, 1, 1, 0, 1)
        self.cba2 = Cba2(64, 64, 3, 2, 1, 64)
        self.conv1 = nn.Conv2d(64, 24, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(24, eps=0.001, momentum=0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cba1(x)  # 64x112x112
        y = self.cba2(y)  # 64x56x56
        return self.bn1(self.conv1(y))  # 24x56x56


class Inverted3(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cba1 = Cba2(24, 72, 1, 1, 0, 1)
        self.cba2 = Cba2(72, 72, 3, 1, 1, 72)
        self.conv1 = nn.Conv2d(72, 24, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(24, eps=0.001, momentum=0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cba1(x)  # 72x56x56
        y = self.cba2(y)
        return self.bn1(self.conv1(y)) + x


class Se(nn.Module):
    def __init__(self, in_channels: int, c: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, c, 1)
        self.conv2 = nn.Conv2d(c, in_channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.adaptive_avg_pool2d(x, 1)
        y = F.relu(self.conv1(y))
        return x * F.hardsigmoid(self.conv2(y))


class Inverted4(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cba1 = Cba2(24, 72, 1, 1, 0, 1)
        self.cba2 = Cba2(72, 72, 5, 2, 2, 72)
        self.se1 = Se(72, 24)
        self.conv1 = nn.Conv2d(72, 40, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(40, eps=0.001, momentum=0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cba1(x)  # 72x56x56
        y = self.cba2(y)  # 72x28x28
        y = self.se1(y)
        return self.bn1(self.conv1(y))  # 40x28x28


class Inverted5(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cba1 = Cba2(40, 120, 1, 1, 0, 1)
        self.cba2 = Cba2(120, 120, 5, 1, 2, 120)
        self.se1 = Se(120, 32)
        self.conv1 = nn.Conv2d(120, 40, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(40, eps=0.001, momentum=0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cba1(x)  # 120x28x28
        y = self.cba2(y)
        y = self.se1(y)
        return self.bn1(self.conv1(y)) + x


class Inverted6(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cba1 = Cba(40, 240, 1, 1, 0, 1)
        self.cba2 = Cba(240, 240, 3, 2, 1, 240)
        self.conv1 = nn.Conv2d(240, 80, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(80, eps=0.001, momentum=0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cba1(x)  # 240x28x28
        y = self.cba2(y)  # 240x14x14
        return self.bn1(self.conv1(y))  # 80x14x14


class Inverted7(nn.Module):
    def __init__(self, wide: int) -> None:
        super().__init__()
        self.cba1 = Cba(80, wide, 1, 1, 0, 1)
        self.cba2 = Cba(wide, wide, 3, 1, 1, wide)
        self.conv1 = nn.Conv2d(wide, 80, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(80, eps=0.001, momentum=0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cba1(x)
        y = self.cba2(y)
        return self.bn1(self.conv1(y)) + x


class Inverted8(nn.Module):
    def __init__(
        self,
        in_channels: int,
        wide: int,
        k: int,
        s: int,
        channels: int,
        c: int,
    ) -> None:
        super().__init__()
        self.cba1 = Cba(in_channels, wide, 1, 1, 0, 1)
        self.cba2 = Cba(wide, wide, k, s, s, wide)
        self.se1 = Se(wide, channels)
        self.conv1 = nn.Conv2d(wide, c, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c, eps=0.001, momentum=0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cba1(x)
        y = self.cba2(y)
        y = self.se1(y)
        return self.bn1(self.conv1(y))


class Inverted9(nn.Module):
    def __init__(self, c: int, wide: int, k: int, padding: int, channels: int) -> None:
        super().__init__()
        self.cba1 = Cba(c, wide, 1, 1, 0, 1)
        self.cba2 = Cba(wide, wide, k, 1, padding, wide)
        self.se1 = Se(wide, channels)
        self.conv1 = nn.Conv2d(wide, c, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c, eps=0.001, momentum=0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cba1(x)
        y = self.cba2(y)
        y = self.se1(y)
        return self.bn1(self.conv1(y)) + x


class MobilenetV3Large(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cba1 = Cba(3, 16, 3, 2, 1, 1)
        self.loop1 = nn.ModuleList(
            [
                nn.ModuleDict({"inverted1": Inverted()}),
                nn.ModuleDict({"inverted1": Inverted2()}),
                nn.ModuleDict({"inverted1": Inverted3()}),
                nn.ModuleDict({"inverted1": Inverted4()}),
                nn.ModuleDict({"inverted1": Inverted5()}),
                nn.ModuleDict({"inverted1": Inverted5()}),
                nn.ModuleDict({"inverted1": Inverted6()}),
                nn.ModuleDict({"inverted1": Inverted7(200)}),
                nn.ModuleDict({"inverted1": Inverted7(184)}),
                nn.ModuleDict({"inverted1": Inverted7(184)}),
                nn.ModuleDict({"inverted1": Inverted8(80, 480, 3, 1, 120, 112)}),
                nn.ModuleDict({"inverted1": Inverted9(112, 672, 3, 1, 168)}),
                nn.ModuleDict({"inverted1": Inverted8(112, 672, 5, 2, 168, 160)}),
                nn.ModuleDict({"inverted1": Inverted9(160, 960, 5, 2, 240)}),
                nn.ModuleDict({"inverted1": Inverted9(160, 960, 5, 2, 240)}),
            ]
        )
        self.cba2 = Cba(160, 960, 1, 1, 0, 1)
        self.fc1 = nn.Linear(960, 1280)
        self.dropout1 = nn.Dropout(0.2)
        self.fc2 = nn.Linear(1280, 1000)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(
                    module.weight,
                    mode="fan_out",
                    nonlinearity="relu",
                )
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        nn.init.normal_(self.fc1.weight, std=0.01)
        nn.init.zeros_(self.fc1.bias)
        nn.init.normal_(self.fc2.weight, std=0.01)
        nn.init.zeros_(self.fc2.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.cba1(x)  # 16x112x112
        for loop_part in self.loop1:
            x = loop_part.inverted1(x)
        x = F.adaptive_avg_pool2d(self.cba2(x), 1)  # 960x1x1
        x = torch.flatten(x, 1)  # 960
        x = self.dropout1(F.hardswish(self.fc1(x)))  # 1280
        return self.fc2(x)  # 1000
