"""Steps of Adam and AdamW in one call.

torch's optimizers gather weights, gradients and states anew at each step and look at every option
again: a fifth of the time that a network of two small layers trains. Between two steps nothing of
it changes but the gradients and, by a schedule, numbers of the groups.
"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.optim import Adam, Optimizer

from archc.tuples import NamedTuple


class _Group(NamedTuple):
    """Weights with the same options, and their states."""

    options: dict[str, Any]
    weights: list[Tensor]
    means: list[Tensor]
    squares: list[Tensor]
    peaks: list[Tensor]
    steps: list[Tensor]


def quick_step(optimizer: Optimizer) -> Callable[[], bool] | None:
    """A step as the optimizer's own, to the bit, that tells whether it was made: it is not where a
    weight has no gradient. It holds until the optimizer's state or weights are others. None for
    optimizers that it does not suit, or that have made no step yet."""
    if not isinstance(optimizer, Adam) or not all(map(_suits, optimizer.param_groups)):
        return None
    if any(weight not in optimizer.state for weight in _weights(optimizer)):
        return None
    groups = [_group(optimizer, options) for options in optimizer.param_groups]

    @torch.no_grad()
    def step() -> bool:
        gradients = [[weight.grad for weight in group.weights] for group in groups]
        if any(each is None for some in gradients for each in some):
            return False
        for group, some in zip(groups, gradients, strict=True):
            _move(group, some)
        return True

    return step


def _suits(options: dict[str, Any]) -> bool:
    """Whether it is fused, and its weights are of one kind."""
    weights = options["params"]
    return bool(options["fused"]) and len({(w.device, w.dtype, type(w)) for w in weights}) == 1


def _weights(optimizer: Optimizer) -> Iterator[Tensor]:
    for options in optimizer.param_groups:
        yield from options["params"]


def _group(optimizer: Optimizer, options: dict[str, Any]) -> _Group:
    weights = options["params"]

    def states(name: str) -> list[Tensor]:
        return [optimizer.state[weight][name] for weight in weights]

    peaks = states("max_exp_avg_sq") if options["amsgrad"] else []
    return _Group(options, weights, states("exp_avg"), states("exp_avg_sq"), peaks, states("step"))


def _move(group: _Group, gradients: list[Tensor | None]) -> None:
    options = group.options
    torch._foreach_add_(group.steps, 1)
    update = torch._fused_adamw_ if options["decoupled_weight_decay"] else torch._fused_adam_
    update(
        group.weights,
        gradients,  # type: ignore[arg-type]
        group.means,
        group.squares,
        group.peaks,
        group.steps,
        amsgrad=options["amsgrad"],
        lr=options["lr"],
        beta1=options["betas"][0],
        beta2=options["betas"][1],
        weight_decay=options["weight_decay"],
        eps=options["eps"],
        maximize=options["maximize"],
    )
