"""A running average of a module's weights, which often scores better than the weights."""

import copy
from typing import Any

import torch
from torch import Tensor, nn


class Average:
    """`decay * average + (1 - decay) * weights` a step, over weights and buffers alike.

    In the first steps the decay is smaller, (1 + n) / (10 + n) behind n of them, so that the start
    is soon forgotten.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.module = copy.deepcopy(module).requires_grad_(False)
        self.decay = decay
        self.steps = 0
        self._source = module

    def update(self) -> None:
        """Takes up the module's weights of now."""
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        self.steps += 1
        averages: list[Tensor] = []
        weights: list[Tensor] = []
        for mine, other in zip(_tensors(self.module), _tensors(self._source), strict=True):
            if mine.is_floating_point():
                averages.append(mine)
                weights.append(other)
            else:
                mine.copy_(other)
        with torch.no_grad():
            torch._foreach_lerp_(averages, weights, 1 - decay)

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds of it."""
        return {"module": self.module.state_dict(), "steps": self.steps}

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a state."""
        self.module.load_state_dict(state["module"])
        self.steps = state["steps"]


def _tensors(module: nn.Module) -> list[Tensor]:
    """Weights and buffers; of weights that processes divide, the part of this one."""
    weights = (weight.detach() for weight in module.parameters())
    # Divided ones are DTensors; to import that class takes longer than most of torch.
    own = (w.to_local() if hasattr(w, "to_local") else w for w in weights)
    return [*own, *module.buffers()]
