"""deeplabv3_resnet50 (DeepLab v3 and FCN on a dilated ...: 3x?x? -> 21x?x?, 42,004,074 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Shortcut(nn.Module):
    def __init__(self, in_channels: int, c: int, s: int) -> None:
        super().__init__()
        if s > 1 or in_channels != c:
            self.conv1 = nn.Conv2d(in_channels, c, 1, stride=s, bias=False)
            self.bn1 = nn.BatchNorm2d(c)
        else:
            self.conv1 = self.bn1 = nn.Identity()
        if s > 1 or in_channels != c:
            nn.init.kaiming_normal_(
                self.conv1.weight,
                mode="fan_out",
                nonlinearity="relu",
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.bn1(self.conv1(x))


class Bottleneck(nn.Module):
    def __init__(self, in_channels: int, c: int, s: int = 1, d: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, c, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.conv2 = nn.Conv2d(c, c, 3, stride=s, padding=d, dilation=d, bias=False)
        self.bn2 = nn.BatchNorm2d(c)
        self.conv3 = nn.Conv2d(c, 4 * c, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * c)
        self.shortcut1 = Shortcut(in_channels, 4 * c, s)
        nn.init.kaiming_normal_(self.conv1.weight, mode="fan_out", nonlinearity="relu")
        nn.init.kaiming_normal_(self.conv2.weight, mode="fan_out", nonlinearity="relu")
        nn.init.kaiming_normal_(self.conv3.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return F.relu(self.bn3(self.conv3(y)) + self.shortcut1(x))


class Stage(nn.Module):
    def __init__(
        self,
        in_channels: int,
        c: int,
        n: int,
        out_channels: int,
        s: int = 1,
        first: int = 1,
        d: int = 1,
    ) -> None:
        super().__init__()
        self.bottleneck1 = Bottleneck(in_channels, c, s=s, d=first)
        self.bottleneck2 = nn.Sequential(
            *(Bottleneck(out_channels, c, d=d) for _ in range(n - 1)),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.bottleneck1(x)
        return self.bottleneck2(x)


class Resnet50(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.stage1 = Stage(64, 64, 3, 256)
        self.stage2 = Stage(256, 128, 4, 512, s=2)
        self.stage3 = Stage(512, 256, 6, 1024, d=2)
        self.stage4 = Stage(1024, 512, 3, 2048, first=2, d=4)
        nn.init.kaiming_normal_(self.conv1.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        x = F.relu(self.bn1(self.conv1(x)))  # 64x?x?
        x = F.max_pool2d(x, 3, stride=2, padding=1)  # 64x?x?
        x = self.stage1(x)  # 256x?x?
        x = self.stage2(x)  # 512x?x?
        c4 = self.stage3(x)  # 1024x?x?
        x = self.stage4(c4)  # 2048x?x?
        return x, c4


class Cbr(nn.Module):
    def __init__(self, in_channels: int, k: int = 1, d: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels,
            256,
            k,
            padding=(k - 1) // 2 * d,
            dilation=d,
            bias=False,
        )
        self.bn1 = nn.BatchNorm2d(256)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.bn1(self.conv1(x)))


class Whole(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cbr1 = Cbr(2048)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        map_ = x
        x = F.adaptive_avg_pool2d(map_, 1)  # 2048x1x1
        x = self.cbr1(x)  # 256x1x1
        return F.interpolate(x, map_.shape[2:], mode="bilinear")  # 256x?x?


class Aspp(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cbr1 = Cbr(2048)
        self.cbr2 = Cbr(2048, k=3, d=12)
        self.cbr3 = Cbr(2048, k=3, d=24)
        self.cbr4 = Cbr(2048, k=3, d=36)
        self.whole1 = Whole()
        self.cbr5 = Cbr(1280)
        self.dropout1 = nn.Dropout()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.whole1(x)  # 256x?x?
        # 1280x?x?
        x = torch.cat(
            (self.cbr1(x), self.cbr2(x), self.cbr3(x), self.cbr4(x), y),
            1,
        )
        return self.dropout1(self.cbr5(x))  # 256x?x?


class DeeplabHead(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.aspp1 = Aspp()
        self.cbr1 = Cbr(256, k=3)
        self.conv1 = nn.Conv2d(256, 21, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.aspp1(x)  # 256x?x?
        x = self.cbr1(x)
        return self.conv1(x)  # 21x?x?


class FcnHead(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cbr1 = Cbr(1024, k=3)
        self.dropout1 = nn.Dropout(0.1)
        self.conv1 = nn.Conv2d(256, 21, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.dropout1(self.cbr1(x))  # 256x?x?
        return self.conv1(x)  # 21x?x?


class Deeplabv3Resnet50(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.backbone = Resnet50()
        self.deeplab_head1 = DeeplabHead()
        self.fcn_head1 = FcnHead()

    def forward(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        x, backbone_c4 = self.backbone(image)  # 2048x?x?
        x = self.deeplab_head1(x)  # 21x?x?
        seg = F.interpolate(x, image.shape[2:], mode="bilinear")  # 21x?x?
        x = self.fcn_head1(backbone_c4)  # 21x?x?
        aux = F.interpolate(x, image.shape[2:], mode="bilinear")  # 21x?x?
        return {"out": seg, "aux": aux}
