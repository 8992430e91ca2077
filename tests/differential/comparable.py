"""Two runs of the same arithmetic made comparable: without what hangs on the order of draws, on the
order of memory, or on the last bits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

_RANDOM = frozenset({
    "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "DropPath", "StochasticDepth", "LSTM", "GRU",
    "RNN", "MultiheadAttention", "MaskedAttention",
})  # fmt: skip

_NORMS = (nn.modules.batchnorm._BatchNorm, nn.modules.instancenorm._InstanceNorm)  # noqa: SLF001
"""Torch's gradients of these are wrong for some orders of memory: of a batch norm's input
(2, 4, 1, 4) with strides (16, 1, 4, 4), of an instance norm's gradient (2, 2, 5, 6) with strides
(2, 1, 24, 4), as attention behind it gives."""


@contextmanager
def comparable() -> Iterator[None]:
    """Runs in which random numbers depend on a layer's kind and sizes alone, norms work on numbers
    in order, and max pools take alike of nearly equal numbers."""
    hooks = register_module_forward_pre_hook(_begin), register_module_forward_hook(_end)
    pools = {name: _of_rounded(getattr(F, name)) for name in _POOLS}
    try:
        with patch.multiple(F, **pools), patch.object(torch, "randn_like", _randn_like):
            yield
    finally:
        for hook in hooks:
            hook.remove()


def _begin(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    random = type(module).__name__ in _RANDOM
    if random:
        torch.default_generator.manual_seed(0)
    # Random numbers are drawn in the order of the memory.
    return tuple(map(_in_order, inputs)) if random or isinstance(module, _NORMS) else inputs


def _end(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
    if isinstance(module, _NORMS) and output.requires_grad:
        output.register_hook(torch.Tensor.contiguous)


def _in_order(value: Any) -> Any:
    return value.contiguous() if isinstance(value, Tensor) else value


_plain_randn_like = torch.randn_like


def _randn_like(like: Tensor) -> Tensor:
    torch.default_generator.manual_seed(0)
    return _plain_randn_like(like.contiguous())


_POOLS = ("max_pool1d", "max_pool2d", "max_pool3d")


def _of_rounded(pool: Callable[..., Any]) -> Callable[..., Any]:
    """A pool of numbers rounded to 1e-4: of nearly equal ones it takes the first, whatever their
    last bits are. Its values are those of the places, so that their gradients go there too."""

    def pooled(x: Tensor, *values: Any, return_indices: bool = False, **keys: Any) -> Any:
        _, places = pool((x.detach() * 1e4).round(), *values, return_indices=True, **keys)
        spatial = int(pool.__name__[len("max_pool")])
        taken = x.flatten(-spatial).gather(-1, places.flatten(-spatial)).view(places.shape)
        return (taken, places) if return_indices else taken

    return pooled
