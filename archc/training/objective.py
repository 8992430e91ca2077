"""What a training makes small: the losses of a network's outputs."""

from collections.abc import Mapping
from typing import TypeAlias

import torch
from torch import Tensor

from archc.recipe import Recipe
from archc.recipe.choice import Choice
from archc.recipe.losses import Wanted, wanted
from archc.recipe.table import PYTHON
from archc.shape import Shape, vector
from archc.training.data import Split
from archc.training.losses import Loss, make_loss
from archc.tuples import NamedTuple

Outputs: TypeAlias = "Tensor | dict[str, Tensor]"
Targets: TypeAlias = "Tensor | dict[str, Tensor]"

ONE_OUTPUT: Mapping[str, Shape] = {"out": vector(1)}


class Objective(NamedTuple):
    """The losses of a recipe. `final` is the name of the final output where there are several;
    `inputs` are the outputs that are compared with the network's own input. `whole` says that the
    loss, a function of the user's, gets all of them, with all targets. `channels_last` says that
    classes lie along the last axis of the final output, `ignored` is a class that does not count,
    `logits` says that labels begin at 0 and not at a half."""

    final: str
    loss: Loss
    further: tuple[tuple[str, Loss], ...] = ()
    inputs: frozenset[str] = frozenset()
    whole: bool = False
    wanted: Wanted = "classes"
    channels_last: bool = False
    ignored: int = -100
    logits: bool = True

    @property
    def class_axis(self) -> int:
        """The axis of an output along which its classes lie."""
        return -1 if self.channels_last else 1

    def chosen(self, output: Tensor) -> Tensor:
        """Which labels an output gives."""
        return output > (0 if self.logits else 0.5)

    def classes(self, output: Tensor, target: Tensor) -> Tensor:
        """Targets of an output as classes: of probabilities the likeliest one."""
        soft = self.wanted == "classes" and target.is_floating_point()
        return target.argmax(self.class_axis) if soft and target.shape == output.shape else target

    def output(self, outputs: Outputs) -> Tensor:
        """The final one of a network's outputs."""
        return outputs[self.final] if isinstance(outputs, dict) else outputs

    def final_loss(self, outputs: Outputs, targets: Targets) -> Tensor:
        """The mean loss of a batch, by which a network is judged."""
        if self.whole:
            return self.loss(outputs, targets)
        return self.loss(self.output(outputs), self.target(targets))

    def total(self, outputs: Outputs, targets: Targets) -> Tensor:
        """That and the losses of further outputs, as far as they are there."""
        total = self.final_loss(outputs, targets)
        if isinstance(outputs, dict):
            for name, loss in self.further:
                total = total + loss(outputs[name], self.target(targets, name))
        return total

    def target(self, targets: Targets, name: str = "") -> Tensor:
        """The target of an output: its own where it has one, else that of the final one."""
        if isinstance(targets, dict):
            return targets.get(name, targets[self.final])
        return targets

    @property
    def reconstructs(self) -> bool:
        """Whether the final output is compared with the network's input."""
        return self.final in self.inputs

    def targets(self, batch: Split, images: Tensor) -> Targets:
        """What the losses get of a batch whose first input is `images` as the network gets it; by
        output where they differ."""
        own = dict(batch.named)
        if self.inputs:
            others = {name: batch.classes for name, _ in self.further}
            own = {**others, **own, **dict.fromkeys(self.inputs, images)}
        final = own.pop(self.final, batch.classes)
        return {self.final: final, **own} if own else final


def make_objective(
    recipe: Recipe,
    device: torch.device,
    folder: str = ".",
    outputs: Mapping[str, Shape] = ONE_OUTPUT,
) -> Objective:
    """The objective of a recipe. `outputs` are the network's, the final one first; `folder` is
    where its Python code is looked for first. Raises RunError where that cannot be imported."""

    def made(choice: Choice, output: Shape) -> Loss:
        return make_loss(choice, device, folder, output.layout == "last")

    final = next(iter(outputs))
    ignored = recipe.loss.get("ignore_index", -100)
    return Objective(
        final,
        made(recipe.loss, outputs[final]),
        tuple((name, made(choice, outputs[name])) for name, choice in recipe.further),
        frozenset(
            name
            for name, choice in ((final, recipe.loss), *recipe.further)
            if choice.get("target") == "input"
        ),
        recipe.loss.name == PYTHON.name,
        "classes" if recipe.loss.name == PYTHON.name else wanted(recipe.loss.name),
        outputs[final].layout == "last",
        ignored if isinstance(ignored, int) else -100,
        recipe.loss.name != "bce",
    )
