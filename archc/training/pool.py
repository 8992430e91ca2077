"""Max pools of 2x2 that are fast on a CPU.

torch's pool finds the places of the maxima too, even where no gradient needs them, and of fewer
channels than a vector holds it takes one number after the other: a quarter of a training step of
LeNet. Here maxima of all maps are found at once, first of two columns, then of two rows.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

_FEW = 8
"""Channels from which on torch is faster with gradients: it has full vectors then."""
_WIDEST = 254
"""Columns of a map of which the places in a window fit a byte."""


def max_pool2d(x: Tensor, kernel_size: int, *others: Any, **keys: Any) -> Tensor:
    """`torch.nn.functional.max_pool2d`, of maps [N, C, H, W]: up to the sign of zeros the same
    numbers, in the same order in memory, and the same gradients."""
    plain = kernel_size == 2 and not others and not keys
    trained = torch.is_grad_enabled() and x.requires_grad
    if not plain or not _suits(x) or (trained and x.shape[1] >= _FEW):
        pooled: Tensor = F.max_pool2d(x, kernel_size, *others, **keys)
        return pooled
    if trained:
        learning: Tensor = _Pool.apply(x)
        return learning
    return torch.maximum(*_rows(torch.maximum(*_columns(x)))).permute(0, 3, 1, 2)


def _suits(x: Tensor) -> bool:
    # What is compiled or exported is better told the pool itself.
    if x.device.type != "cpu" or torch.compiler.is_compiling():
        return False
    # With an axis of size 1 the order in memory would be told in another way.
    several = x.shape[1] > 1 and min(x.shape[2:]) > 3 and x.shape[3] <= _WIDEST
    return several and x.is_contiguous(memory_format=torch.channels_last)


class _Pool(torch.autograd.Function):
    """The pool and, by torch's own code, its gradients."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        left, right = _columns(x)
        upper, lower = _rows(torch.maximum(left, right))
        # Of equal numbers torch takes the first one.
        ctx.save_for_backward(x, torch.gt(right, left), torch.gt(lower, upper))
        return torch.maximum(upper, lower).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        x, right, lower = ctx.saved_tensors
        places = _places(right, lower, x.shape[3]).permute(0, 3, 1, 2)
        gradient: Tensor = torch.ops.aten.max_pool2d_with_indices_backward(
            *gradients, x, [2, 2], [2, 2], [0, 0], [1, 1], False, places
        )
        return gradient


def _columns(x: Tensor) -> tuple[Tensor, Tensor]:
    """Maps [N, C, H, W] as those of left and right columns [N, H, W/2, C] of the windows."""
    maps = x.permute(0, 2, 3, 1)[:, : x.shape[2] // 2 * 2, : x.shape[3] // 2 * 2]
    left, right = torch.unflatten(maps, 2, (-1, 2)).unbind(3)
    return left, right


def _rows(x: Tensor) -> tuple[Tensor, Tensor]:
    """Maps [N, H, W/2, C] as those of upper and lower rows [N, H/2, W/2, C]."""
    upper, lower = torch.unflatten(x, 1, (-1, 2)).unbind(2)
    return upper, lower


def _places(right: Tensor, lower: Tensor, width: int) -> Tensor:
    """The places of the maxima in maps of a width, int64 [N, H/2, W/2, C]: behind which `right` is
    the greater one of two columns, for both rows, and `lower` of the two rows."""
    above, below = _rows(right.view(torch.uint8))
    chosen = lower.view(torch.uint8)
    # torch.where takes fifty times as long.
    inside = (above ^ ((above ^ below) & chosen)) + chosen * width
    rows = torch.arange(0, 2 * inside.shape[1], 2) * width
    columns = torch.arange(0, 2 * inside.shape[2], 2)
    return (rows[:, None] + columns)[..., None] + inside
