"""The order of torchvision's own state dicts, for files that are sorted by name."""

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING

from archc.weights.order import is_sorted

if TYPE_CHECKING:
    from torch import Tensor


def as_registered(given: "Mapping[str, Tensor]", model: str) -> "Mapping[str, Tensor]":
    """Tensors in the order in which torchvision's model of this name has them, if they are sorted
    and have its names; else as they are. torchvision is asked only where it is there."""
    if not is_sorted(given):
        return given
    try:
        from torchvision import models
    except ImportError:
        return given
    if model not in models.list_models(module=models):
        return given
    names = _names(model)
    return {n: given[n] for n in names if n in given} if given.keys() <= set(names) else given


def _names(model: str) -> list[str]:
    import torch
    from torchvision import models

    with warnings.catch_warnings(action="ignore"):  # of another initialisation to come
        try:
            with torch.device("meta"):
                made = models.get_model(model, weights=None)
        except (NotImplementedError, RuntimeError):
            # Some constructors compute with tensors, which takes memory for them.
            made = models.get_model(model, weights=None)
    return list(made.state_dict())
