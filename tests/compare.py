"""How networks of archc are compared with those that others wrote."""

from math import sqrt

import torch
from torch import Tensor, nn


def randomise(net: nn.Module) -> None:
    """Gives a network random weights, none at a value where a mistake would not show."""
    generator = torch.Generator().manual_seed(1)
    for tensor in net.state_dict().values():
        if not tensor.is_floating_point():
            continue
        # Norms, biases, bare parameters; a row of one is the weight of a linear layer.
        if tensor.ndim != 2 and tensor.numel() == max(tensor.shape):
            tensor.uniform_(0.5, 1.5, generator=generator)
        else:
            tensor.normal_(0, sqrt(2 / tensor[0].numel()), generator=generator)


def relative_error(found: Tensor, expected: Tensor) -> float:
    """The largest difference, as a part of the largest number."""
    return float((found - expected).abs().max() / expected.abs().max())
