"""The loop: epochs of steps over data in memory, and the state that a checkpoint holds."""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from archc.datasets import DataSet
from archc.recipe import Recipe
from archc.shape import Shape
from archc.training.average import Average
from archc.training.batches import augment, permutation, stream
from archc.training.data import Data, Split, fed, normalizer
from archc.training.descent import Descent, layout
from archc.training.evaluate import Scores, evaluate, forward
from archc.training.groups import freeze, hold
from archc.training.hardware import Hardware
from archc.training.mixing import mix
from archc.training.objective import ONE_OUTPUT, make_objective
from archc.training.problem import RunError
from archc.training.progress import Metrics, Progress
from archc.training.randomness import random_states, restore_random_states
from archc.training.stop import StopSignal


class Trainer:
    """A module in training. `epoch` counts the epochs that are done."""

    def __init__(
        self,
        module: nn.Module,
        data: Data,
        dataset: DataSet,
        recipe: Recipe,
        hardware: Hardware,
        *,
        outputs: Mapping[str, Shape] = ONE_OUTPUT,
        folder: str = ".",
        limit: int | None = None,
    ) -> None:
        self.recipe = recipe
        self.hardware = hardware
        self.data = _limited(data, limit, recipe.batch).to(hardware.device)
        self.module = module.to(hardware.device).to(memory_format=layout(recipe))
        self.normalize = normalizer(dataset, recipe.normalize, hardware.device)
        self.objective = make_objective(recipe, hardware.device, folder, outputs)
        freeze(self.module, recipe)
        self.images = _usable(self.data.train.size, recipe.batch, module)
        self.steps = math.ceil(self.images / self._step_size)
        self.descent = Descent(self.module, recipe, hardware, self.steps)
        self.average = Average(self.module, recipe.ema) if recipe.ema else None
        self.epoch = 0
        self.position = 0
        self.training_seconds = 0.0
        self.loss_sum = torch.zeros((), device=hardware.device)

    @property
    def dropped(self) -> int:
        """Images of an epoch that are left out: a last batch of 1 is nothing to batch norm."""
        return self.data.train.size - self.images

    @property
    def _step_size(self) -> int:
        """Images of a step of the optimizer."""
        return self.recipe.batch * self.recipe.accumulate

    def run_epoch(
        self, progress: Progress, stop: StopSignal, between: Callable[[], None] = lambda: None
    ) -> Metrics:
        """Trains the rest of the current epoch and evaluates. `between` is called behind every
        step, with a state that `state` can save.

        Raises Stopped where `stop` asks for it, with a state that `state` can save, and RunError
        where the loss is no number any more.
        """
        progress.begin_epoch(self.epoch + 1, self.recipe.epochs, self.images, self.position)
        train_loss = self._train(progress, stop, between)
        begun = time.perf_counter()
        scores = self._scores(stop)
        seconds = self.training_seconds + time.perf_counter() - begun
        metrics: Metrics = {
            "epoch": self.epoch + 1,
            "train_loss": train_loss,
            **scores,
            "lr": self.descent.lr,
            "seconds": round(seconds, 3),
            "images_per_second": round(self.images / self.training_seconds, 1),
        }
        self.descent.end_epoch(metrics)
        self.epoch += 1
        self.position = 0
        self.training_seconds = 0.0
        self.loss_sum = torch.zeros((), device=self.hardware.device)
        return metrics

    def _train(self, progress: Progress, stop: StopSignal, between: Callable[[], None]) -> float:
        """Trains the rest of the epoch and returns the mean loss over all of it."""
        self.module.train()
        hold(self.module, self.recipe)
        seed = self.recipe.seed
        order = permutation(self.data.train.size, seed, self.epoch).to(self.hardware.device)
        begun = time.perf_counter()
        try:
            while self.position < self.images:
                end = min(self.position + self._step_size, self.images)
                self._step(order[self.position : end])
                progress.advance(end - self.position)
                self.position = end
                stop.check()
                between()
            # Reading the loss waits for the device: only then has the time been spent.
            loss = float(self.loss_sum) / self.images
        finally:
            self.training_seconds += time.perf_counter() - begun
        if not math.isfinite(loss):
            raise RunError(
                f"the loss of epoch {self.epoch + 1} is {loss}: lower the learning rate (--lr)"
            )
        return loss

    def _step(self, chosen: Tensor) -> None:
        """One step of the optimizer, for the mean gradient of the batches that the images make."""
        loss = self.descent.step(lambda: self._gradients(chosen))
        self.loss_sum += loss * len(chosen)
        if self.average is not None:
            self.average.update()

    def _gradients(self, chosen: Tensor) -> Tensor:
        """Adds up the gradients of the mean loss over the images, and returns that."""
        place = self.position
        total = torch.zeros((), device=self.hardware.device)
        for indices in torch.split(chosen, self.recipe.batch):
            batch = self.data.train.take(indices)
            loss = self._loss(batch, stream(self.recipe.seed, self.epoch, place))
            part = loss * (batch.size / len(chosen))
            self.descent.scaler.scale(part).backward()  # type: ignore[no-untyped-call]
            total += part.detach()
            place += batch.size
        return total

    def _loss(self, batch: Split, random: torch.Generator) -> Tensor:
        """The mean loss of a batch, augmented and mixed."""
        inputs = fed(batch, augment(batch.images, self.recipe.augment, random), self.normalize)
        mixed = mix(inputs[0], self.recipe, random)
        if mixed is not None:
            inputs = (mixed.images, *inputs[1:])
        reconstructs = self.recipe.reconstructs
        targets = inputs[0] if reconstructs else self.objective.targets(batch)
        outputs = forward(self.module, inputs, self.hardware)
        loss = self.objective.total(outputs, targets)
        if mixed is None or reconstructs:
            return loss
        others = (
            {name: t[mixed.others] for name, t in targets.items()}
            if isinstance(targets, dict)
            else targets[mixed.others]
        )
        other = self.objective.total(outputs, others)
        return mixed.share * loss + (1 - mixed.share) * other

    def _scores(self, stop: StopSignal) -> dict[str, float | None]:
        scores: dict[str, float | None] = {}
        for name, split in (("val", self.data.val), ("test", self.data.test)):
            if split.size:
                found = self.score(split, stop)
                # JSON knows no infinity.
                loss = found.loss if math.isfinite(found.loss) else None
                scores |= {f"{name}_loss": loss, f"{name}_accuracy": found.accuracy}
                scores |= {f"{name}_{metric}": value for metric, value in found.more.items()}
        return scores

    def score(self, split: Split, stop: StopSignal) -> Scores:
        """Evaluates the weights as they are, or their average. Raises Stopped."""
        return evaluate(
            self._judged,
            split,
            self.normalize,
            self.objective,
            self.hardware,
            reconstructs=self.recipe.reconstructs,
            metrics=self.recipe.metrics,
            between=stop.check,
        )

    @property
    def _judged(self) -> nn.Module:
        return self.module if self.average is None else self.average.module

    def weights(self) -> dict[str, Tensor]:
        """The state dict that is judged, as any machine can load it: on the CPU, in torch's usual
        order."""
        state = self._judged.state_dict()
        return {name: tensor.cpu().contiguous() for name, tensor in state.items()}

    # --- what a checkpoint holds ---

    def state(self) -> dict[str, Any]:
        """All that goes on from here depends on."""
        return {
            "model": self.module.state_dict(),
            **self.descent.state(),
            "average": None if self.average is None else self.average.state(),
            "random": random_states(),
            "epoch": self.epoch,
            "position": self.position,
            "loss_sum": self.loss_sum,
            "training_seconds": self.training_seconds,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a state. Where the recipe's optimizer or schedule has changed since, the new
        one takes over at this point. Raises RunError if the state is that of another network."""
        try:
            self.module.load_state_dict(state["model"])
            done = state["epoch"] * self.steps + math.ceil(state["position"] / self._step_size)
            self.descent.restore(state, done)
            if self.average is not None:
                # Where none was kept so far, it begins with the weights of now.
                begun = {"module": state["model"], "steps": 0}
                self.average.restore(state["average"] or begun)
            restore_random_states(state["random"])
            self.epoch = state["epoch"]
            self.position = min(state["position"], self.images)
            self.loss_sum = state["loss_sum"].to(self.hardware.device)
            self.training_seconds = state["training_seconds"]
        except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            reason = " ".join(str(error).split())
            raise RunError(f"the checkpoint does not fit this network: {reason}") from None


def _limited(data: Data, limit: int | None, batch: int) -> Data:
    """So many batches of each part alone, for a quick try."""
    if limit is None:
        return data
    return Data(*(split.take(torch.arange(min(split.size, limit * batch))) for split in data))


def _usable(images: int, batch: int, module: nn.Module) -> int:
    """Images of an epoch without a last batch of 1, if the module has batch norm."""
    lone = images % batch == 1 and images > 1 and batch > 1
    normed = any(isinstance(part, _BatchNorm) for part in module.modules())
    return images - 1 if lone and normed else images
