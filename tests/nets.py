"""Known networks in PyTorch, written by hand: what the shipped specs are compared with.

The tensors of each stand in the order of its spec's text.
"""

from math import sqrt

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models import segmentation

# --- U-Net ---------------------------------------------------------------------------------------


def double(c_in: int, c: int) -> nn.Sequential:
    def conv(c_in: int) -> list[nn.Module]:
        return [nn.Conv2d(c_in, c, 3, padding=1, bias=False), nn.BatchNorm2d(c), nn.ReLU()]

    return nn.Sequential(*conv(c_in), *conv(c))


class UNet(nn.Module):
    def __init__(self, widths: tuple[int, ...] = (64, 128, 256, 512, 1024), out: int = 2) -> None:
        super().__init__()
        self.down = nn.ModuleList(map(double, (3, *widths), widths))
        self.up = nn.ModuleList(
            nn.ModuleList([nn.ConvTranspose2d(2 * c, c, 2, stride=2), double(2 * c, c)])
            for c in reversed(widths[:-1])
        )
        self.last = nn.Conv2d(widths[0], out, 1)

    def forward(self, x: Tensor) -> Tensor:
        kept = []
        for level, part in enumerate(self.down):
            x = part(F.max_pool2d(x, 2) if level else x)
            kept.append(x)
        kept.pop()
        for larger, part in self.up:
            x = part(torch.cat([kept.pop(), larger(x)], 1))
        return self.last(x)


def small_unet() -> nn.Module:
    return UNet((16, 32, 64, 128), 11)


class Level(nn.Module):
    def __init__(self, c_in: int, c: int, below: int) -> None:
        super().__init__()
        self.first = double(c_in, c)
        if below:
            self.inner = Level(c, 2 * c, below - 1)
            self.larger = nn.ConvTranspose2d(2 * c, c, 2, stride=2)
            self.last = double(2 * c, c)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        if not hasattr(self, "inner"):
            return x
        y = self.larger(self.inner(F.max_pool2d(x, 2)))
        return self.last(torch.cat([x, y], 1))


def recursive_unet() -> nn.Module:
    return nn.Sequential(Level(3, 8, 3), nn.Conv2d(8, 2, 1))


# --- FCN -----------------------------------------------------------------------------------------


class FCN8s(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.levels = nn.ModuleList(
            nn.ModuleList(nn.Conv2d(c if i else c_in, c, 3, padding=1) for i in range(n))
            for c_in, c, n in [(3, 8, 2), (8, 16, 2), (16, 32, 3), (32, 64, 3), (64, 64, 3)]
        )
        self.head = nn.Sequential(
            *(nn.Conv2d(64, 512, 7, padding=3), nn.ReLU(), nn.Dropout2d()),
            *(nn.Conv2d(512, 512, 1), nn.ReLU(), nn.Dropout2d(), nn.Conv2d(512, 21, 1)),
        )
        self.sides = nn.ModuleList(nn.Conv2d(c, 21, 1) for c in (64, 32))

    def forward(self, image: Tensor) -> Tensor:
        maps = [image]
        for level in self.levels:
            x = maps[-1]
            for conv in level:
                x = F.relu(conv(x))
            maps.append(F.max_pool2d(x, 2, ceil_mode=True))
        x = self.head(maps[-1])
        for side, finer in zip(self.sides, (maps[4], maps[3]), strict=True):
            x = F.interpolate(x, finer.shape[2:], mode="bilinear") + side(finer)
        return F.interpolate(x, image.shape[2:], mode="bilinear")


# --- images of noise and digits ------------------------------------------------------------------


def autoencoder() -> nn.Module:
    return nn.Sequential(
        *(nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(32 * 7 * 7, 32), nn.Linear(32, 32 * 7 * 7), nn.ReLU()),
        *(nn.Unflatten(1, (32, 7, 7)), nn.ConvTranspose2d(32, 16, 4, 2, 1), nn.ReLU()),
        *(nn.ConvTranspose2d(16, 1, 4, 2, 1), nn.Sigmoid()),
    )


class VAE(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 40))
        self.decoder = nn.Sequential(
            nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, 784), nn.Sigmoid()
        )

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        moments = self.encoder(x.flatten(1))
        mean, log_variance = moments[:, :20], moments[:, 20:]
        code = mean + (log_variance / 2).exp() * torch.randn_like(mean)
        return {"out": self.decoder(code).view(-1, 1, 28, 28), "moments": moments}


def generator() -> nn.Module:
    layers: list[nn.Module] = [
        nn.Unflatten(1, (100, 1, 1)),
        *(nn.ConvTranspose2d(100, 512, 4, 1, 0, bias=False), nn.BatchNorm2d(512), nn.ReLU()),
    ]
    for c in (256, 128, 64):
        layers += [nn.ConvTranspose2d(2 * c, c, 4, 2, 1, bias=False), nn.BatchNorm2d(c), nn.ReLU()]
    return nn.Sequential(*layers, nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False), nn.Tanh())


def discriminator() -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(3, 64, 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
    for c in (128, 256, 512):
        layers += [nn.Conv2d(c // 2, c, 4, 2, 1, bias=False), nn.BatchNorm2d(c), nn.LeakyReLU(0.2)]
    return nn.Sequential(
        *layers, nn.Conv2d(512, 1, 4, 1, 0, bias=False), nn.Sigmoid(), nn.Flatten()
    )


# --- sounds and texts ----------------------------------------------------------------------------


class WaveLayer(nn.Module):
    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.filter = nn.Conv1d(32, 32, 2, dilation=dilation)
        self.gate = nn.Conv1d(32, 32, 2, dilation=dilation)
        self.skip = nn.Conv1d(32, 128, 1)
        self.residual = nn.Conv1d(32, 32, 1)
        self.before = dilation

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        past = torch.cat([x.new_zeros(len(x), 32, self.before), x], 2)
        gated = torch.tanh(self.filter(past)) * torch.sigmoid(self.gate(past))
        return x + self.residual(gated), self.skip(gated)


class WaveNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(256, 32)
        self.skip = nn.Conv1d(32, 128, 1)
        self.layers = nn.ModuleList(WaveLayer(2**i) for _ in range(2) for i in range(10))
        self.last = nn.Sequential(
            nn.ReLU(), nn.Conv1d(128, 256, 1), nn.ReLU(), nn.Conv1d(256, 256, 1)
        )

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embedding(ids).mT
        total = self.skip(x)
        for layer in self.layers:
            x, skip = layer(x)
            total = total + skip
        return self.last(total)


class TextLSTM(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10000, 128, padding_idx=0)
        self.lstm = nn.LSTM(128, 64, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(128, 2)

    def forward(self, ids: Tensor) -> Tensor:
        states, _ = self.lstm(self.embedding(ids))
        return self.head(torch.cat([states[:, -1, :64], states[:, 0, 64:]], 1))


class TextGRU(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10000, 128)
        self.gru = nn.GRU(128, 96, batch_first=True)
        self.head = nn.Sequential(nn.Linear(96, 64), nn.ReLU(), nn.Linear(64, 4))

    def forward(self, ids: Tensor) -> Tensor:
        states, _ = self.gru(self.embedding(ids))
        return self.head(states.mean(1))


class Attention(nn.Module):
    """Attention of 8 heads in its formula, with the tensors of nn.MultiheadAttention."""

    def __init__(self, c: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(3 * c, c))
        self.bias = nn.Parameter(torch.empty(3 * c))
        self.out = nn.Linear(c, c)

    def forward(self, x: Tensor, ignored: Tensor) -> Tensor:
        parts = F.linear(x, self.weight, self.bias).chunk(3, -1)
        query, key, value = (part.unflatten(-1, (8, -1)).transpose(1, 2) for part in parts)
        scores = query @ key.mT / sqrt(query.shape[-1])
        scores = scores.masked_fill(ignored[:, None, None, :], float("-inf"))
        return self.out((scores.softmax(-1) @ value).transpose(1, 2).flatten(2))


class Encoder(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.attention = Attention(c)
        self.norm1 = nn.LayerNorm(c)
        self.mlp = nn.Sequential(nn.Linear(c, 4 * c), nn.GELU(), nn.Linear(4 * c, c))
        self.norm2 = nn.LayerNorm(c)

    def forward(self, x: Tensor, ignored: Tensor) -> Tensor:
        x = self.norm1(x + self.attention(x, ignored))
        return self.norm2(x + self.mlp(x))


class Transformer(nn.Module):
    def __init__(self, c: int = 32, length: int = 12) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10000, c, padding_idx=0)
        self.positions = nn.ParameterList([torch.empty(1, length, c)])
        self.norm = nn.LayerNorm(c)
        self.encoders = nn.ModuleList(Encoder(c) for _ in range(6))
        self.head = nn.Linear(c, 2)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.norm(self.embedding(ids) + self.positions[0])
        for encoder in self.encoders:
            x = encoder(x, ids == 0)
        return self.head(x[:, 0])


# --- patches -------------------------------------------------------------------------------------


class MixerLayer(nn.Module):
    def __init__(self, patches: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(512)
        self.patches = nn.Sequential(nn.Linear(patches, 256), nn.GELU(), nn.Linear(256, patches))
        self.norm2 = nn.LayerNorm(512)
        self.channels = nn.Sequential(nn.Linear(512, 2048), nn.GELU(), nn.Linear(2048, 512))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.patches(self.norm1(x).mT).mT
        return x + self.channels(self.norm2(x))


class Mixer(nn.Module):
    def __init__(self, patches: int = 6) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, 512, 16, stride=16)
        self.layers = nn.Sequential(*(MixerLayer(patches) for _ in range(8)))
        self.norm = nn.LayerNorm(512)
        self.head = nn.Linear(512, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layers(self.patch(x).flatten(2).mT)
        return self.head(self.norm(x).mean(1))


class Residual(nn.Sequential):
    def forward(self, x: Tensor) -> Tensor:
        return x + super().forward(x)


def resnet9() -> nn.Module:
    def conv(c_in: int, c: int) -> nn.Module:
        return nn.Conv2d(c_in, c, 3, padding=1, bias=False)

    def halve(c: int) -> list[nn.Module]:
        return [conv(c // 2, c), nn.MaxPool2d(2), nn.BatchNorm2d(c), nn.ReLU()]

    return nn.Sequential(
        *(conv(3, 16), nn.BatchNorm2d(16), nn.ReLU(), *halve(32), Residual(double(32, 32))),
        *(*halve(64), *halve(128), Residual(double(128, 128))),
        *(nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(128, 10)),
    )


def convmixer() -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(3, 512, 7, stride=7), nn.GELU(), nn.BatchNorm2d(512)]
    for _ in range(12):
        across = nn.Conv2d(512, 512, 9, padding=4, groups=512)
        layers.append(Residual(across, nn.GELU(), nn.BatchNorm2d(512)))
        layers += [nn.Conv2d(512, 512, 1), nn.GELU(), nn.BatchNorm2d(512)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))


# --- several inputs ------------------------------------------------------------------------------


class Siamese(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.twin = nn.Sequential(
            *(nn.Conv2d(1, 64, 10), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(64, 128, 7), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(128, 128, 4), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(128, 256, 4), nn.ReLU(), nn.Flatten()),
            *(nn.Linear(256, 4096), nn.Sigmoid()),
        )
        self.head = nn.Linear(4096, 1)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return torch.sigmoid(self.head((self.twin(left) - self.twin(right)).abs()))


class TwoInputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for c_in, c in [(3, 32), (32, 64), (64, 128), (128, 256)]:
            conv = nn.Conv2d(c_in, c, 3, stride=2, padding=1, bias=False)
            layers += [conv, nn.BatchNorm2d(c), nn.ReLU()]
        self.image = nn.Sequential(*layers)
        self.meta = nn.Linear(10, 32)
        self.head = nn.Sequential(nn.Linear(288, 128), nn.ReLU(), nn.Linear(128, 5))

    def forward(self, image: Tensor, meta: Tensor) -> Tensor:
        both = [self.image(image).mean((2, 3)), self.meta(meta).relu()]
        return self.head(torch.cat(both, 1))


def deeplabv3_resnet50() -> nn.Module:
    """torchvision's, with its auxiliary head."""
    return segmentation.deeplabv3_resnet50(
        weights=None, weights_backbone=None, num_classes=21, aux_loss=True
    )


def fcn_resnet50() -> nn.Module:
    """torchvision's, with its auxiliary head."""
    return segmentation.fcn_resnet50(
        weights=None, weights_backbone=None, num_classes=21, aux_loss=True
    )
