"""The functions that losses of a recipe mean: torch's, and those of a user's Python file."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from archc.recipe.choice import PLACE, Choice
from archc.recipe.losses import LOSSES, wanted
from archc.recipe.table import PYTHON
from archc.training.code import imported
from archc.training.problem import RunError

Loss = Callable[[Any, Any], Tensor]


def make_loss(
    choice: Choice, device: torch.device, folder: str = ".", channels_last: bool = False
) -> Loss:
    """The function of outputs and targets that gives the mean loss of a batch. Classes lie along
    axis 1, or where `channels_last` along the last one."""
    if choice.name == PYTHON.name:
        return _of_python(str(choice.get(PLACE)), folder)
    function = _OWN.get(choice.name) or getattr(F, LOSSES.entry(choice.name).torch)
    options = {name: v for name, v in choice.options if name not in ("target", "weight")}
    weight = choice.get("weight", 1.0)
    factor = weight if isinstance(weight, int | float) else 1.0
    if isinstance(weight, tuple):
        options["weight"] = torch.tensor(weight, device=device)  # type: ignore[assignment]
    if "pos_weight" in options:
        options["pos_weight"] = torch.tensor(options["pos_weight"], device=device)  # type: ignore[assignment]
    of_classes = wanted(choice.name) == "classes"

    def loss(output: Tensor, target: Tensor) -> Tensor:
        if channels_last and output.ndim > 2:
            output = output.movedim(-1, 1)
            target = target.movedim(-1, 1) if target.ndim == output.ndim else target
        if not of_classes and not target.is_floating_point():
            target = target.to(output.dtype)
        found: Tensor = function(output, target, **options)
        return found if factor == 1 else factor * found

    return loss


def _bce(output: Tensor, target: Tensor) -> Tensor:
    try:
        return F.binary_cross_entropy(output, target)
    except RuntimeError as error:
        if "between 0 and 1" not in str(error):
            raise
        raise RunError(
            "`loss bce` takes probabilities, and the network gives other numbers: end it with"
            " `sigmoid`, or write `loss bce_with_logits`"
        ) from None


def _bce_with_logits(output: Tensor, target: Tensor, pos_weight: Tensor | None = None) -> Tensor:
    """A list of weights is one a class; torch takes it for the last axis."""
    if pos_weight is not None and pos_weight.ndim:
        pos_weight = pos_weight.view(-1, *(1 for _ in output.shape[2:]))
    return F.binary_cross_entropy_with_logits(output, target, pos_weight=pos_weight)


def _kl_div(output: Tensor, target: Tensor, reduction: str = "batchmean", **keys: Any) -> Tensor:
    """By default the mathematical definition, which torch is to take as well: until then it warns
    of its own mean."""
    if reduction == "mean":
        return F.kl_div(output, target, reduction="none", **keys).mean()
    return F.kl_div(output, target, reduction=reduction, **keys)


def _multi_margin(output: Tensor, target: Tensor, **keys: Any) -> Tensor:
    """Torch takes vectors alone: here each position of a map is one."""
    return F.multi_margin_loss(output.movedim(1, -1).flatten(0, -2), target.flatten(), **keys)


def _nll(output: Tensor, target: Tensor, **keys: Any) -> Tensor:
    # Its gradients of maps that lie channels-last fail on a CPU.
    return F.nll_loss(output.contiguous(), target, **keys)


_OWN: Mapping[str, Callable[..., Tensor]] = {
    "bce": _bce,
    "bce_with_logits": _bce_with_logits,
    "kl_div": _kl_div,
    "multi_margin": _multi_margin,
    "nll": _nll,
}
"""Where torch's function is not all."""


def _of_python(place: str, folder: str) -> Loss:
    """A function of the user's. What it does wrong is told as such."""
    function = imported(place, folder)

    def loss(outputs: Any, targets: Any) -> Tensor:
        try:
            found = function(outputs, targets)
        except (torch.OutOfMemoryError, MemoryError):
            raise
        except Exception as error:
            raise RunError(f"{place} failed: {type(error).__name__}: {error}") from None
        if not isinstance(found, Tensor) or found.numel() != 1:
            kind = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
            raise RunError(f"expected a tensor of one number of {place}, got {kind}")
        return found

    return loss
