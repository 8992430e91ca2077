"""The loop: epochs of steps over data, and the state that a checkpoint holds."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import tee
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from archc.datasets import DataSet
from archc.recipe import Recipe
from archc.shape import Shape
from archc.training.alone import ALONE, Alone, Share
from archc.training.average import Average
from archc.training.batches import augment, permutation, seed_layers, stream
from archc.training.data import Data, Examples, Split, fed, normalizer
from archc.training.descent import Descent, layout
from archc.training.evaluate import Scores, evaluate, forward
from archc.training.groups import freeze, hold
from archc.training.hardware import Hardware
from archc.training.held import placed
from archc.training.mixing import mix
from archc.training.objective import ONE_OUTPUT, make_objective
from archc.training.problem import RunError
from archc.training.progress import Metrics, Progress
from archc.training.randomness import random_states, restore_random_states
from archc.training.stop import StopSignal
from archc.training.whole import functions
from archc.tuples import NamedTuple


class _Step(NamedTuple):
    """The shares of this process in a step over so many `images`, which ends at a place of the
    epoch."""

    shares: list[Share]
    end: int
    images: int


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
        workers: Alone = ALONE,
    ) -> None:
        self.recipe = recipe
        self.workers = workers
        self.hardware = hardware
        self.data = placed(_limited(data, limit, recipe.batch), hardware.device)
        self.module = module.to(hardware.device).to(memory_format=layout(recipe))
        self.normalize = normalizer(dataset, recipe.normalize, hardware.device)
        self.objective = make_objective(recipe, hardware.device, folder, outputs)
        functions(recipe.metrics, self.objective)  # Told now rather than behind an epoch.
        freeze(self.module, recipe)
        if workers.size > 1 and recipe.optimizer.name == "lbfgs":
            raise RunError("`optimizer lbfgs` looks at several losses a step: it takes one process")
        self.average = Average(self.module, recipe.ema) if recipe.ema else None
        self.replica = workers.replica(self.module, self.average)
        self.images = self._usable(self.data.train.size)
        self.steps = math.ceil(self.images / self._step_size)
        self.descent = Descent(self.module, recipe, hardware, self.steps, self.replica)
        self.epoch = 0
        self.position = 0
        self.training_seconds = 0.0
        self.losses = workers.losses(hardware.device)

    @property
    def dropped(self) -> int:
        """Images of an epoch that are left out: a last batch of 1 is nothing to batch norm."""
        return self.data.train.size - self.images

    def _usable(self, images: int) -> int:
        """Images of an epoch without a last one that would be a share of its own, if the module has
        batch norm."""
        normed = any(isinstance(part, _BatchNorm) for part in self.module.modules())
        left = images % self.recipe.batch
        lone = (
            left - 1 in self.workers.edges(self.recipe.batch)
            and images > 1
            and self.recipe.batch > 1
        )
        return images - 1 if lone and normed else images

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
        self.losses = self.workers.losses(self.hardware.device)
        return metrics

    def _train(self, progress: Progress, stop: StopSignal, between: Callable[[], None]) -> float:
        """Trains the rest of the epoch and returns the mean loss over all of it."""
        self.module.train()
        hold(self.module, self.recipe)
        train = self.data.train
        order = permutation(train.size, self.recipe.seed, self.epoch).to(train.home)
        steps, ahead = tee(self._left(order))
        picks = (share.indices for step in ahead for share in step.shares)
        begun = time.perf_counter()
        stop.begin()
        try:
            with closing(train.batches(picks)) as batches:
                for step in steps:
                    self._step(step, [next(batches) for _ in step.shares])
                    progress.advance(step.end - self.position)
                    self.position = step.end
                    stop.check()
                    between()
            # Reading the loss waits for the device: only then has the time been spent.
            loss = float(self.losses.total()) / self.images
        finally:
            self.training_seconds += time.perf_counter() - begun
        if not math.isfinite(loss):
            raise RunError(
                f"the loss of epoch {self.epoch + 1} is {loss}: lower the learning rate (--lr)"
            )
        return loss

    def _left(self, order: Tensor) -> Iterator[_Step]:
        """The steps that are left of an epoch that sees its images in this order."""
        for place in range(self.position, self.images, self._step_size):
            end = min(place + self._step_size, self.images)
            shares = self.workers.shares(order[place:end], self.recipe.batch, place)
            yield _Step(shares, end, end - place)

    def _step(self, step: _Step, batches: Sequence[Split]) -> None:
        """One step of the optimizer, for the mean gradient of the batches, one a share."""
        parts = self.descent.step(lambda: self._gradients(step, batches))
        self.losses.add(parts, step.images)
        if self.average is not None:
            self.average.update()

    def _gradients(self, step: _Step, batches: Sequence[Split]) -> Tensor:
        """Adds up the gradients of the mean loss over the images, and returns its parts, one a
        share of this process."""
        self.replica.begin()
        parts = []
        for share, batch in zip(step.shares, batches, strict=True):
            with self.replica.backward(last=share is step.shares[-1]):
                part = self._loss(share, batch) * (share.size / step.images)
                self.descent.scaler.scale(part).backward()  # type: ignore[no-untyped-call]
            parts.append(part.detach())
        self.replica.reduce(self.workers.counted(step.images, self.recipe.batch))
        return torch.stack(parts)

    def _loss(self, share: Share, batch: Split) -> Tensor:
        """The mean loss of images, augmented and mixed."""
        key = self.recipe.seed, self.epoch, share.place
        random = stream(*key)
        inputs = fed(batch, augment(batch.images, self.recipe.augment, random), self.normalize)
        mixed = mix(inputs[0], self.recipe, random)
        if mixed is not None:
            inputs = (mixed.images, *inputs[1:])
        targets = self.objective.targets(batch, inputs[0])
        seed_layers(self.hardware.device, *key)
        outputs = forward(self.replica.module, inputs, self.hardware)
        loss = self.objective.total(outputs, targets)
        if mixed is None or targets is inputs[0]:
            return loss
        # What is compared with the input is mixed already.
        others = {
            name: each if each is inputs[0] else each[mixed.others]
            for name, each in (targets if isinstance(targets, dict) else {"": targets}).items()
        }
        other = self.objective.total(outputs, others if isinstance(targets, dict) else others[""])
        return mixed.share * loss + (1 - mixed.share) * other

    def _scores(self, stop: StopSignal) -> dict[str, float | None]:
        scores: dict[str, float | None] = {}
        for name, part in (("val", self.data.val), ("test", self.data.test)):
            if part.size:
                found = self.score(part, stop)
                # JSON knows no infinity.
                loss = found.loss if math.isfinite(found.loss) else None
                scores |= {f"{name}_loss": loss, f"{name}_accuracy": found.accuracy}
                scores |= {f"{name}_{metric}": value for metric, value in found.more.items()}
        return scores

    def score(self, examples: Examples, stop: StopSignal) -> Scores:
        """Evaluates the weights as they are, or their average. Raises Stopped."""
        stop.begin()
        return evaluate(
            self._judged,
            examples,
            self.normalize,
            self.objective,
            self.hardware,
            metrics=self.recipe.metrics,
            between=stop.check,
            workers=self.workers,
        )

    @property
    def _judged(self) -> nn.Module:
        return self.module if self.average is None else self.average.module

    def weights(self) -> dict[str, Tensor]:
        """The state dict that is judged, as any machine can load it: on the CPU, in torch's usual
        order."""
        state = self.replica.whole(self._judged.state_dict())
        return {name: tensor.cpu().contiguous() for name, tensor in state.items()}

    # --- what a checkpoint holds ---

    def state(self) -> dict[str, Any]:
        """All that goes on from here depends on."""
        average = None if self.average is None else self.replica.whole(self.average.state())
        return {
            "model": self.replica.whole(self.module.state_dict()),
            **self.descent.state(),
            "average": average,
            "processes": self.workers.size,
            "split": self._split,
            "random": random_states(),
            "epoch": self.epoch,
            "position": self.position,
            "loss_sum": self.losses.total(),
            "training_seconds": self.training_seconds,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a state. Where the recipe's optimizer or schedule has changed since, the new
        one takes over at this point. Raises RunError if the state is that of another network."""
        try:
            self._refuse_another_split(state)
            model = self.replica.parts(state["model"], self.module.state_dict())
            self.module.load_state_dict(model)
            done = state["epoch"] * self.steps + math.ceil(state["position"] / self._step_size)
            self.descent.restore(state, done)
            if self.average is not None:
                # Where none was kept so far, it begins with the weights of now.
                begun = state["average"] or {"module": state["model"], "steps": 0}
                self.average.restore(self.replica.parts(begun, self.average.state()))
            restore_random_states(state["random"])
            self.epoch = state["epoch"]
            self.position = min(state["position"], self.images)
            self.losses.restore(state["loss_sum"])
            self.training_seconds = state["training_seconds"]
        except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            reason = " ".join(str(error).split())
            raise RunError(f"the checkpoint does not fit this network: {reason}") from None

    @property
    def _split(self) -> list[Any]:
        return self.workers.split(self.recipe.batch, self.recipe.accumulate)

    def _refuse_another_split(self, state: dict[str, Any]) -> None:
        """Another number of processes may go on only with the same bits."""
        processes, split = state["processes"], state["split"]
        if processes == self.workers.size or split == self._split:
            return
        raise RunError(
            f"the run trains in {processes} processes, and here are {self.workers.size}, which"
            f" would give other shares: {self._split[0]} images a step instead of {split[0]}"
        )


def _limited(data: Data, limit: int | None, batch: int) -> Data:
    """So many batches of each part alone, for a quick try."""
    if limit is None:
        return data
    return Data(*(part.part(0, min(part.size, limit * batch)) for part in data))
