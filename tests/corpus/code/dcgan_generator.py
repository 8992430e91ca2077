"""The generator of a DCGAN: an image of noise: 100 -> 3x64x64, 3,576,704 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class DcganGenerator(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.deconv1 = nn.ConvTranspose2d(100, 512, 4, bias=False)
        self.bn1 = nn.BatchNorm2d(512)
        self.deconv2 = nn.ConvTranspose2d(512, 256, 4, stride=2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(256)
        self.deconv3 = nn.ConvTranspose2d(256, 128, 4, stride=2, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(128)
        self.deconv4 = nn.ConvTranspose2d(128, 64, 4, stride=2, padding=1, bias=False)
        self.bn4 = nn.BatchNorm2d(64)
        self.deconv5 = nn.ConvTranspose2d(64, 3, 4, stride=2, padding=1, bias=False)
        for module in self.modules():
            if isinstance(module, nn.ConvTranspose2d):
                nn.init.normal_(module.weight, std=0.02)
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.normal_(module.weight, mean=1.0, std=0.02)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.unflatten(1, (100, 1, 1))  # 100x1x1
        x = F.relu(self.bn1(self.deconv1(x)))  # 512x4x4
        x = F.relu(self.bn2(self.deconv2(x)))  # 256x8x8
        x = F.relu(self.bn3(self.deconv3(x)))  # 128x16x16
        x = F.relu(self.bn4(self.deconv4(x)))  # 64x32x32
        return torch.tanh(self.deconv5(x))  # 3x64x64
