"""squeezenet1_0 (SqueezeNet): 3x224x224 -> 1000, 1,248,424 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Fire(nn.Module):
    def __init__(self, in_channels: int, c: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, c, 1)
        self.conv2 = nn.Conv2d(c, 4 * c, 1)
        self.conv3 = nn.Conv2d(c, 4 * c, 3, padding=1)
        nn.init.kaiming_uniform_(self.conv1.weight, mode="fan_in", nonlinearity="relu")
        nn.init.zeros_(self.conv1.bias)
        nn.init.kaiming_uniform_(self.conv2.weight, mode="fan_in", nonlinearity="relu")
        nn.init.zeros_(self.conv2.bias)
        nn.init.kaiming_uniform_(self.conv3.weight, mode="fan_in", nonlinearity="relu")
        nn.init.zeros_(self.conv3.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.conv1(x))
        return torch.cat((F.relu(self.conv2(x)), F.relu(self.conv3(x))), 1)


class Head(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dropout1 = nn.Dropout()
        self.conv1 = nn.Conv2d(512, 1000, 1)
        nn.init.normal_(self.conv1.weight, std=0.01)
        nn.init.zeros_(self.conv1.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.dropout1(x)
        x = F.adaptive_avg_pool2d(F.relu(self.conv1(x)), 1)  # 1000x1x1
        return torch.flatten(x, 1)  # 1000


class Squeezenet10(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 96, 7, stride=2)
        self.fire1 = Fire(96, 16)
        self.fire2 = Fire(128, 16)
        self.fire3 = Fire(128, 32)
        self.fire4 = Fire(256, 32)
        self.fire5 = Fire(256, 48)
        self.fire6 = Fire(384, 48)
        self.fire7 = Fire(384, 64)
        self.fire8 = Fire(512, 64)
        self.head1 = Head()
        nn.init.kaiming_uniform_(self.conv1.weight, mode="fan_in", nonlinearity="relu")
        nn.init.zeros_(self.conv1.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.conv1(x))  # 96x109x109
        x = F.max_pool2d(x, 3, stride=2, ceil_mode=True)  # 96x54x54
        x = self.fire1(x)  # 128x54x54
        x = self.fire2(x)
        x = F.max_pool2d(self.fire3(x), 3, stride=2, ceil_mode=True)  # 256x27x27
        x = self.fire4(x)
        x = self.fire5(x)  # 384x27x27
        x = self.fire6(x)
        x = F.max_pool2d(self.fire7(x), 3, stride=2, ceil_mode=True)  # 512x13x13
        x = self.fire8(x)
        return self.head1(x)  # 1000
