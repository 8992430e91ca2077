"""Networks written by hand as one function: what it names is made at its first use."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


class Weight(nn.Module):
    """A bare parameter."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(shape))


class ByHand(nn.Module):
    """A network from a function of itself and of its inputs. Parts go by their path in the state
    dict, so that this has the names and the order that the function gives them."""

    def __init__(self, function: Callable[..., object]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: Tensor) -> object:
        return self.function(self, *inputs)

    def part(self, path: str, make: Callable[[], nn.Module]) -> nn.Module:
        """The part of a path."""
        holder: nn.Module = self
        *above, last = path.split(".")
        for name in above:
            if not hasattr(holder, name):
                holder.add_module(name, nn.Module())
            holder = getattr(holder, name)
        if not hasattr(holder, last):
            holder.add_module(last, make().train(self.training))
        return getattr(holder, last)

    def conv(self, path, x, channels, kernel=1, stride=1, padding=0, dilation=1, bias=True):
        kind = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[x.ndim - 3]
        options = (kernel, stride, padding, dilation)
        return self.part(path, lambda: kind(x.shape[1], channels, *options, bias=bias))(x)

    def deconv(self, path, x, *options, **keys):
        return self.part(path, lambda: nn.ConvTranspose2d(x.shape[1], *options, **keys))(x)

    def bn(self, path, x, **keys):
        return self.part(path, lambda: nn.BatchNorm2d(x.shape[1], **keys))(x)

    def fc(self, path, x, features, bias=True):
        return self.part(path, lambda: nn.Linear(x.shape[-1], features, bias))(x)

    def ln(self, path, x):
        return self.part(path, lambda: nn.LayerNorm(x.shape[-1]))(x)

    def embed(self, path, ids, count, channels, **keys):
        return self.part(path, lambda: nn.Embedding(count, channels, **keys))(ids)

    def pos(self, path, x):
        return x + self.part(path, lambda: Weight(1, *x.shape[1:])).weight

    def mha(self, path, x, heads, kv=None, mask=None, causal=False):
        kv = x if kv is None else kv
        channels, others = x.shape[-1], kv.shape[-1]
        keys = {} if channels == others else {"kdim": others, "vdim": others}
        part = self.part(
            path, lambda: nn.MultiheadAttention(channels, heads, batch_first=True, **keys)
        )
        later = torch.ones(x.shape[1], kv.shape[1], dtype=torch.bool).triu(1) if causal else None
        ignored = None if mask is None else mask == 0
        return part(x, kv, kv, key_padding_mask=ignored, attn_mask=later, need_weights=False)[0]

    def recurrent(self, path, kind, x, channels, last=False, **keys):
        part = self.part(path, lambda: kind(x.shape[-1], channels, batch_first=True, **keys))
        outputs, state = part(x)
        if not last:
            return outputs
        state = state[0] if isinstance(state, tuple) else state
        return torch.cat([state[-2], state[-1]], 1) if part.bidirectional else state[-1]
