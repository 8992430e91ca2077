"""Max pools of 2x2 that are fast on a CPU.

torch's pool finds the places of the maxima too, even where no gradient needs them, and of fewer
channels than a vector holds it takes one number after the other: a quarter of a training step of
LeNet. Here maxima of all maps are found at once, first of two columns, then of two rows. Where they
are is kept as whole numbers as wide as the maps' own, -1 for yes and 0 for no: torch compares one
pair after the other, but subtracts and masks by vectors.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F  # noqa: N812

_FEW = 8
"""Channels from which on torch is faster with gradients: it has full vectors then."""
_WHOLE = {2: torch.int16, 4: torch.int32, 8: torch.int64}
"""Whole numbers of so many bytes."""


def max_pool2d(x: Tensor, kernel_size: int, *others: Any, **keys: Any) -> Tensor:
    """`torch.nn.functional.max_pool2d`, of maps [N, C, H, W]: up to the sign of zeros the same
    numbers, in the same order in memory, and the same gradients. Of several infinities in a window
    another one may get its gradient."""
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
    several = x.shape[1] > 1 and min(x.shape[2:]) > 3
    return several and x.is_contiguous(memory_format=torch.channels_last)


class _Pool(torch.autograd.Function):
    """The pool, with masks of its columns and rows."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        # Only what lies together goes by vectors.
        left, right = (columns.contiguous() for columns in _columns(x))
        wide = torch.maximum(left, right)
        above, below = _rows(_exceeds(wide, left))
        upper, lower = _rows(wide)
        pooled = torch.maximum(upper, lower)
        # Of equal numbers torch takes the first one, of rows before columns.
        low = _exceeds(pooled, upper)
        ctx.save_for_backward(_either(low, below, above), low)
        ctx.shape = x.shape
        return pooled.permute(0, 3, 1, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        right, low = ctx.saved_tensors
        n, channels, height, width = ctx.shape
        bits = gradients[0].permute(0, 2, 3, 1).contiguous().view(right.dtype)
        whole = height % 2 == width % 2 == 0  # Windows leave nothing out.
        made = bits.new_empty if whole else bits.new_zeros
        found = made(n, height, width, channels).permute(0, 3, 1, 2)
        at_right = bits & right
        for columns, part in zip(_columns(found), (bits ^ at_right, at_right), strict=True):
            both = columns.new_empty(columns.shape)
            upper, lower = _rows(both)
            torch.bitwise_and(part, low, out=lower)
            torch.bitwise_xor(part, lower, out=upper)
            columns.copy_(both)
        return found.view(gradients[0].dtype)


def _exceeds(high: Tensor, number: Tensor) -> Tensor:
    """-1 where `high`, which is a number or more than it, is more, and 0 elsewhere."""
    size = number.element_size()
    more = (high - number).view(_WHOLE[size])
    # A difference of zeros may be -0.0, as a whole number the least.
    return more.clamp_min_(0).neg_().bitwise_right_shift_(8 * size - 1)


def _either(chosen: Tensor, this: Tensor, other: Tensor) -> Tensor:
    """Masks: where `chosen` is -1 the one, where it is 0 the other."""
    return (this ^ other).bitwise_and_(chosen).bitwise_xor_(other)


def _columns(x: Tensor) -> tuple[Tensor, Tensor]:
    """Maps [N, C, H, W] as those of left and right columns [N, H, W/2, C] of the windows."""
    maps = x.permute(0, 2, 3, 1)[:, : x.shape[2] // 2 * 2, : x.shape[3] // 2 * 2]
    left, right = torch.unflatten(maps, 2, (-1, 2)).unbind(3)
    return left, right


def _rows(x: Tensor) -> tuple[Tensor, Tensor]:
    """Maps [N, H, W/2, C] as those of upper and lower rows [N, H/2, W/2, C]."""
    upper, lower = torch.unflatten(x, 1, (-1, 2)).unbind(2)
    return upper, lower
