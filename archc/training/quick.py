"""The module that is trained: the network's own, with faster code that gives the same numbers.

torch's max pool takes a vector of channels at a time on a CPU; of fewer channels than a vector
holds it takes one number after the other, in twice the time of what is done here. LeNet spends a
third of its steps there.
"""

from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx
from torch.nn import functional as F  # noqa: N812

from archc.graph import Graph
from archc.module import build_module
from archc.rewrite import pools_first

_VECTOR = 16
"""Numbers in a vector of a CPU, fp32 in AVX-512; fewer where the vectors are shorter."""


def build_quick(graph: Graph) -> nn.Module:
    """A network without mistakes as a module for training and evaluation: with the state dict of
    `archc.module.build_module` and, up to the sign of zeros, the same results and gradients."""
    module = build_module(pools_first(graph))
    names = type(module).__init__.__globals__
    if "F" in names:
        names["F"] = _FUNCTIONS
    return module


def max_pool2d(x: Tensor, kernel_size: int, *others: Any, **keys: Any) -> Tensor:
    """`torch.nn.functional.max_pool2d`, of maps [N, C, H, W]."""
    plain = kernel_size == 2 and not others and not keys
    if not plain or not _suits(x):
        known: Tensor = F.max_pool2d(x, kernel_size, *others, **keys)
        return known
    if torch.is_grad_enabled() and x.requires_grad:
        pooled: Tensor = _PoolOfTwo.apply(x)
        return pooled
    upper, lower = _rows(x)
    return torch.maximum(torch.maximum(*_columns(upper)), torch.maximum(*_columns(lower)))


def _suits(x: Tensor) -> bool:
    # What is compiled or exported is better told the pool itself.
    if x.device.type != "cpu" or torch.compiler.is_compiling():
        return False
    # With an axis of size 1 the order in memory would be told in another way.
    suits = 1 < x.shape[1] < _VECTOR and min(x.shape[2:]) > 3
    return suits and x.is_contiguous(memory_format=torch.channels_last)


class _PoolOfTwo(torch.autograd.Function):
    """Maxima of windows of 2x2, and torch's own gradient, by the place of each maximum in its map:
    of equal numbers the first in reading order."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor) -> Tensor:
        upper, lower = _rows(x)
        (a, b), (c, d) = _columns(upper), _columns(lower)
        above, below = torch.maximum(a, b), torch.maximum(c, d)
        low, right_above, right_below = below > above, b > a, d > c
        # torch.where takes fifty times as long on truth values.
        right = right_above ^ (low & (right_above ^ right_below))
        height, width = 2 * above.shape[2], x.shape[3]
        corners = torch.arange(0, height, 2).view(-1, 1) * width + 2 * torch.arange(above.shape[3])
        ctx.save_for_backward(torch.add(corners, low, alpha=width).add_(right))
        ctx.of = x.shape  # type: ignore[attr-defined]
        return torch.maximum(above, below)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (places,) = ctx.saved_tensors
        # Of the maps themselves only the sizes and the order in memory matter.
        like = torch.empty(ctx.of, dtype=gradient.dtype, memory_format=torch.channels_last)
        backward = torch.ops.aten.max_pool2d_with_indices_backward
        found: Tensor = backward(gradient, like, (2, 2), (2, 2), (0, 0), (1, 1), False, places)
        return found


def _rows(x: Tensor) -> tuple[Tensor, Tensor]:
    """The upper and the lower rows of the windows; a last odd row is in none."""
    even = x.shape[2] // 2 * 2
    return x[:, :, :even:2], x[:, :, 1:even:2]


def _columns(rows: Tensor) -> tuple[Tensor, Tensor]:
    even = rows.shape[3] // 2 * 2
    return rows[..., :even:2], rows[..., 1:even:2]


_FUNCTIONS = SimpleNamespace(**{**vars(F), "max_pool2d": max_pool2d})
