"""What a training makes small: the losses of a network's outputs."""

from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from archc.recipe import Choice, Recipe
from archc.recipe.model import PLACE
from archc.recipe.tables import LOSSES, PYTHON
from archc.training.code import imported
from archc.tuples import NamedTuple

Outputs: TypeAlias = "Tensor | dict[str, Tensor]"
Loss = Callable[[Any, Tensor], Tensor]


class Objective(NamedTuple):
    """The losses of a recipe. `final` is the name of the final output where there are several;
    `whole` says that the loss, a function of the user's, gets all of them."""

    final: str
    loss: Loss
    further: tuple[tuple[str, Loss], ...] = ()
    whole: bool = False
    classifies: bool = True

    def output(self, outputs: Outputs) -> Tensor:
        """The final one of a network's outputs."""
        return outputs[self.final] if isinstance(outputs, dict) else outputs

    def final_loss(self, outputs: Outputs, target: Tensor) -> Tensor:
        """The mean loss of a batch, by which a network is judged."""
        return self.loss(outputs if self.whole else self.output(outputs), target)

    def total(self, outputs: Outputs, target: Tensor) -> Tensor:
        """That and the losses of further outputs, as far as they are there."""
        total = self.final_loss(outputs, target)
        if isinstance(outputs, dict):
            for name, loss in self.further:
                total = total + loss(outputs[name], target)
        return total


def make_objective(recipe: Recipe, final: str, device: torch.device, folder: str) -> Objective:
    """The objective of a recipe. `folder` is where its Python code is looked for first. Raises
    RunError where that cannot be imported."""

    def made(choice: Choice) -> Loss:
        return make_loss(choice, device, folder)

    return Objective(
        final,
        made(recipe.loss),
        tuple((name, made(choice)) for name, choice in recipe.further),
        recipe.loss.name == PYTHON.name,
        recipe.classifies,
    )


def make_loss(choice: Choice, device: torch.device, folder: str = ".") -> Loss:
    """The function of outputs and targets that gives the mean loss of a batch."""
    if choice.name == PYTHON.name:
        return imported(str(choice.get(PLACE)), folder)
    entry = LOSSES.find(choice.name)
    assert entry is not None
    options = {name: v for name, v in choice.options if name not in ("target", "weight")}
    function = getattr(F, entry.torch)
    weight = choice.get("weight", 1.0)
    if isinstance(weight, tuple):
        options["weight"] = torch.tensor(weight, device=device)  # type: ignore[assignment]
        return lambda output, target: function(output, target, **options)
    if weight == 1:
        return lambda output, target: function(output, target, **options)
    return lambda output, target: weight * function(output, target, **options)
