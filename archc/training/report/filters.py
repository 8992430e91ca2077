"""The weights of a network's first layer as pictures."""

import math

import torch
from torch import Tensor, nn

from archc.graph import Graph
from archc.symbolic import number
from archc.training.report.page import Section
from archc.training.report.pictures import image

_MOST = 64
_LONGEST = 64
"""Filters with a longer side would fill the page."""


def section(module: nn.Module, graph: Graph) -> Section | None:
    """The filters of the first layer, if they can be seen as images: those of a convolution over
    positions, or of a linear layer that reads a flattened image."""
    first = next(
        (part for part in module.modules() if next(part.parameters(False), None) is not None), None
    )
    weight = None if first is None else _filters(first, graph)
    if weight is None:
        return None
    count = len(weight)
    shown = weight[:_MOST]
    colours = weight.shape[1] == 3
    limit = float(shown.abs().max()) or 1.0
    pictures = [
        image(_coloured(one) if colours else _signed(one, limit), f"filter {n}")
        for n, one in enumerate(shown)
    ]
    note = f"The {count} filters, " if count <= _MOST else f"The first {_MOST} of {count} filters, "
    side = "×".join(map(str, weight.shape[2:]))
    note += f"{side} each, "
    if colours:
        note += "as colours; each is scaled to its own range."
    else:
        note += f"orange where positive, blue where negative, up to {limit:.3g}."
    return Section("First layer", f'<div class="filters">{"".join(pictures)}</div>', note)


def _filters(layer: nn.Module, graph: Graph) -> Tensor | None:
    """Filters [O, I, H, W] with I of 1 or 3, or nothing."""
    weight = getattr(layer, "weight", None)
    shape = graph.input
    if not isinstance(weight, Tensor) or shape.layout != "first" or shape.open:
        return None
    weight = weight.detach().float().cpu()
    dims = [number(dim) for dim in shape.dims]
    if isinstance(layer, nn.Linear) and layer.in_features == math.prod(dims) and len(dims) == 3:
        weight = weight.view(-1, *dims)
    elif isinstance(layer, nn.Conv1d):
        # A filter's channels stand below each other.
        weight = weight[:, None]
    elif not isinstance(layer, nn.Conv2d):
        return None
    if weight.shape[1] not in (1, 3) or max(weight.shape[2:]) > _LONGEST or weight[0].numel() < 2:
        return None
    return weight


def _coloured(weight: Tensor) -> Tensor:
    low, high = weight.min(), weight.max()
    return ((weight - low) / (high - low).clamp_min(1e-12)).movedim(0, -1)


def _signed(weight: Tensor, limit: float) -> Tensor:
    """White at zero, orange above, blue below."""
    share = (weight[0] / limit)[..., None]
    orange, blue = torch.tensor([0.84, 0.37, 0.0]), torch.tensor([0.0, 0.4, 0.7])
    strong = torch.where(share > 0, orange, blue)
    return 1 - share.abs() * (1 - strong)
