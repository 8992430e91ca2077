"""Convolutions of few channels that are fast on a CPU.

oneDNN computes the channels of a place side by side, in vectors of 16: of LeNet's 6 most of a
vector lies idle. Where it pays, the same sums are told in another way, and added up in another
order:

- A first layer computes two neighbouring columns as one place of twice the channels, a view of maps
  that lie channels-last; its kernel stands twice in a wider one, behind zeros. For 5 columns that
  is a fifth more to multiply, in vectors twice as full: two thirds of the time.
- A later layer without padding computes the gradient of its maps as they lie in torch's usual
  order: about two thirds of the time.
"""

from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F  # noqa: N812

_FEW = 8
"""Channels of which two columns fit a vector. A later layer gains with fewer alone."""
_LARGE = 5
"""Columns of a kernel from which on there is something to gain."""


class Conv2d(nn.Conv2d):
    """`torch.nn.Conv2d`: within rounding the same numbers and gradients, in the same layout."""

    def forward(self, input: Tensor) -> Tensor:
        """Maps [N, in_channels, H, W] as [N, out_channels, H', W']."""
        if not self._plain or not _suits(input):
            return super().forward(input)
        if input.requires_grad:
            return self._later(input)
        return self._first(input)

    def _first(self, x: Tensor) -> Tensor:
        assert not isinstance(self.padding, str)
        rows, columns = self.padding
        # Both columns of a pair then see the same pairs.
        paired = self.kernel_size[1] % 2 == 1 and columns % 2 == 0 and x.shape[3] % 2 == 0
        if not paired or self.out_channels > _FEW:
            return super().forward(x)
        bias = None if self.bias is None else self.bias.repeat(2)
        return _single(F.conv2d(_pairs(x), _twice(self.weight), bias, padding=(rows, columns // 2)))

    def _later(self, x: Tensor) -> Tensor:
        if not 1 < self.in_channels < _FEW or any(self.padding):
            return super().forward(x)
        mixed = torch.is_autocast_enabled("cpu")
        kind = torch.get_autocast_dtype("cpu") if mixed else x.dtype
        bias = None if self.bias is None else self.bias.to(kind)
        y: Tensor = _Later.apply(x.to(kind), self.weight.to(kind), bias)
        return y

    @property
    def _plain(self) -> bool:
        plain = (self.stride, self.dilation, self.groups) == ((1, 1), (1, 1), 1)
        padded = self.padding_mode == "zeros" and not isinstance(self.padding, str)
        return plain and padded and self.kernel_size[1] >= _LARGE


def _suits(x: Tensor) -> bool:
    # What is compiled or exported is better told the convolution itself.
    if x.device.type != "cpu" or torch.compiler.is_compiling() or x.ndim != 4:
        return False
    return x.is_contiguous(memory_format=torch.channels_last)


class _Later(torch.autograd.Function):
    """A convolution without stride, padding and dilation, of a bias or none."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        return F.conv2d(x, weight, bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        of_maps, *of_weights = ctx.needs_input_grad
        maps = None
        if of_maps:
            usual = [each.contiguous() for each in (*gradients, x, weight)]
            maps = _gradients(usual, [True, False, False])[0]
            maps = maps.contiguous(memory_format=torch.channels_last)
        return maps, *_gradients([*gradients, x, weight], [False, *of_weights])[1:]


def _gradients(known: list[Tensor], asked: list[bool]) -> Any:
    """Those of maps, weight and bias that are asked for, from the result's, maps and weight."""
    plain = [1, 1], [0, 0], [1, 1], False, [0, 0], 1
    return torch.ops.aten.convolution_backward(*known, [len(known[2])], *plain, asked)


def _pairs(x: Tensor) -> Tensor:
    """Maps [N, C, H, W] as [N, 2C, H, W/2]: of a pair the left column's channels come first."""
    n, channels, height, width = x.shape
    columns = x.permute(0, 2, 3, 1)
    return columns.reshape(n, height, width // 2, 2 * channels).permute(0, 3, 1, 2)


def _single(x: Tensor) -> Tensor:
    """Maps [N, 2C, H, W/2] of pairs of columns as [N, C, H, W]."""
    n, channels, height, width = x.shape
    pairs = x.permute(0, 2, 3, 1)
    return pairs.reshape(n, height, 2 * width, channels // 2).permute(0, 3, 1, 2)


def _twice(kernel: Tensor) -> Tensor:
    """A kernel [O, C, h, w], w odd, as one of pairs of columns [2O, 2C, h, (w + 1)/2]: for the left
    column of a pair, and one further right for the right one."""
    out, channels, rows, columns = kernel.shape
    weights = F.pad(kernel.flatten(), (0, 1)).index_select(0, _places(out, channels, rows, columns))
    return weights.view(2 * out, 2 * channels, rows, (columns + 1) // 2)


@cache
def _places(out: int, channels: int, rows: int, columns: int) -> Tensor:
    """Where each weight of `_twice` stands in the kernel, whose end is where a zero is."""
    end = out * channels * rows * columns
    places = torch.arange(end).view(out, channels, rows, columns)
    both = torch.stack((F.pad(places, (0, 1), value=end), F.pad(places, (1, 0), value=end)))
    pairs = torch.unflatten(both, -1, (-1, 2))
    return pairs.permute(0, 1, 5, 2, 3, 4).flatten()
