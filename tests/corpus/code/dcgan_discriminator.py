"""The discriminator of a DCGAN: how real an image looks: 3x64x64 -> 1, 2,765,568 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class DcganDiscriminator(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 4, stride=2, padding=1, bias=False)
        self.conv2 = nn.Conv2d(64, 128, 4, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(128)
        self.conv3 = nn.Conv2d(128, 256, 4, stride=2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(256)
        self.conv4 = nn.Conv2d(256, 512, 4, stride=2, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(512)
        self.conv5 = nn.Conv2d(512, 1, 4, bias=False)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.normal_(module.weight, std=0.02)
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.normal_(module.weight, mean=1.0, std=0.02)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.leaky_relu(self.conv1(x), negative_slope=0.2)  # 64x32x32
        x = F.leaky_relu(self.bn1(self.conv2(x)), negative_slope=0.2)  # 128x16x16
        x = F.leaky_relu(self.bn2(self.conv3(x)), negative_slope=0.2)  # 256x8x8
        x = F.leaky_relu(self.bn3(self.conv4(x)), negative_slope=0.2)  # 512x4x4
        x = torch.sigmoid(self.conv5(x))  # 1x1x1
        return torch.flatten(x, 1)  # 1
