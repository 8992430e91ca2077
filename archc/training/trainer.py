"""The loop: epochs of steps over data in memory, and the state that a checkpoint holds."""

import math
import time
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from archc.datasets import DataSet
from archc.recipe import Recipe
from archc.training.batches import augment, permutation, stream
from archc.training.data import Data, Split, normalizer
from archc.training.evaluate import Scores, evaluate, forward
from archc.training.hardware import Hardware
from archc.training.optim import make_loss, make_optimizer, make_schedule
from archc.training.problem import RunError
from archc.training.progress import Metrics, Progress
from archc.training.stop import StopSignal


class Trainer:
    """A module in training. `epoch` counts the epochs that are done."""

    def __init__(
        self, module: nn.Module, data: Data, dataset: DataSet, recipe: Recipe, hardware: Hardware
    ) -> None:
        self.recipe = recipe
        self.hardware = hardware
        self.data = data.to(hardware.device)
        # Convolutions are faster on channels-last maps, and the data lies that way.
        self.module = module.to(hardware.device).to(memory_format=torch.channels_last)
        self.normalize = normalizer(dataset, recipe.normalize, hardware.device)
        self.loss = make_loss(recipe.loss)
        self.optimizer = make_optimizer(recipe.optimizer, self.module.parameters())
        self.scaler = torch.amp.GradScaler(
            hardware.device.type, enabled=hardware.precision == "fp16"
        )
        self.images = _usable(self.data.train.size, recipe.batch, module)
        self.steps = math.ceil(self.images / recipe.batch)
        self.schedule = self._make_schedule()
        self.epoch = 0
        self.position = 0
        self.training_seconds = 0.0
        self.loss_sum = torch.zeros((), device=hardware.device)
        self.lr = self._lr()

    @property
    def dropped(self) -> int:
        """Images of an epoch that are left out: a last batch of 1 is nothing to batch norm."""
        return self.data.train.size - self.images

    def run_epoch(self, progress: Progress, stop: StopSignal) -> Metrics:
        """Trains the rest of the current epoch and evaluates.

        Raises Stopped where `stop` asks for it, with a state that `state` can save, and RunError
        where the loss is no number any more.
        """
        progress.begin_epoch(self.epoch + 1, self.recipe.epochs, self.images, self.position)
        train_loss = self._train(progress, stop)
        begun = time.perf_counter()
        scores = self._scores(stop)
        seconds = self.training_seconds + time.perf_counter() - begun
        metrics: Metrics = {
            "epoch": self.epoch + 1,
            "train_loss": train_loss,
            **scores,
            "lr": self.lr,
            "seconds": round(seconds, 3),
            "images_per_second": round(self.images / self.training_seconds, 1),
        }
        self.epoch += 1
        self.position = 0
        self.training_seconds = 0.0
        self.loss_sum = torch.zeros((), device=self.hardware.device)
        return metrics

    def _train(self, progress: Progress, stop: StopSignal) -> float:
        """Trains the rest of the epoch and returns the mean loss over all of it."""
        self.module.train()
        seed = self.recipe.seed
        order = permutation(self.data.train.size, seed, self.epoch).to(self.hardware.device)
        begun = time.perf_counter()
        try:
            while self.position < self.images:
                end = min(self.position + self.recipe.batch, self.images)
                batch = self.data.train.take(order[self.position : end])
                self._step(batch, stream(seed, self.epoch, self.position))
                progress.advance(end - self.position)
                self.position = end
                stop.check()
            # Reading the loss waits for the device: only then has the time been spent.
            loss = float(self.loss_sum) / self.images
        finally:
            self.training_seconds += time.perf_counter() - begun
        if not math.isfinite(loss):
            raise RunError(
                f"the loss of epoch {self.epoch + 1} is {loss}: lower the learning rate (--lr)"
            )
        return loss

    def _step(self, batch: Split, random: torch.Generator) -> None:
        images = augment(batch.images, self.recipe.augment, random)
        inputs = self.normalize(images)
        target = inputs if self.recipe.reconstructs else batch.classes
        loss = self.loss(forward(self.module, inputs, self.hardware), target)
        self.optimizer.zero_grad()
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.loss_sum += loss.detach() * batch.size
        self.lr = self._lr()
        if self.schedule is not None:
            self.schedule.step()

    def _scores(self, stop: StopSignal) -> dict[str, float | None]:
        scores: dict[str, float | None] = {}
        for name, split in (("val", self.data.val), ("test", self.data.test)):
            if split.size:
                found = self.score(split, stop)
                # JSON knows no infinity.
                loss = found.loss if math.isfinite(found.loss) else None
                scores |= {f"{name}_loss": loss, f"{name}_accuracy": found.accuracy}
        return scores

    def score(self, split: Split, stop: StopSignal) -> Scores:
        """Evaluates the module as it is. Raises Stopped."""
        return evaluate(
            self.module,
            split,
            self.normalize,
            self.loss,
            self.hardware,
            reconstructs=self.recipe.reconstructs,
            between=stop.check,
        )

    def weights(self) -> dict[str, Tensor]:
        """The state dict as any machine can load it: on the CPU, in torch's usual order."""
        state = self.module.state_dict()
        return {name: tensor.cpu().contiguous() for name, tensor in state.items()}

    # --- what a checkpoint holds ---

    def state(self) -> dict[str, Any]:
        """All that goes on from here depends on."""
        return {
            "model": self.module.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": None if self.schedule is None else self.schedule.state_dict(),
            "scaler": self.scaler.state_dict(),
            "plan": self._plan(),
            "random": _random_states(),
            "epoch": self.epoch,
            "position": self.position,
            "loss_sum": self.loss_sum,
            "lr": self.lr,
            "training_seconds": self.training_seconds,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a state. Where the recipe's optimizer or schedule has changed since, the new
        one takes over at this point. Raises RunError if the state is that of another network."""
        try:
            self.module.load_state_dict(state["model"])
            self._restore_optimizer(state)
            self.scaler.load_state_dict(state["scaler"])
            _restore_random_states(state["random"])
            self.epoch = state["epoch"]
            self.position = min(state["position"], self.images)
            self.loss_sum = state["loss_sum"].to(self.hardware.device)
            self.lr = state["lr"]
            self.training_seconds = state["training_seconds"]
        except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            reason = " ".join(str(error).split())
            raise RunError(f"the checkpoint does not fit this network: {reason}") from None

    def _restore_optimizer(self, state: dict[str, Any]) -> None:
        saved = state["optimizer"]
        if state["plan"] == self._plan():
            self.optimizer.load_state_dict(saved)
            if self.schedule is not None:
                self.schedule.load_state_dict(state["schedule"])
            return
        if state["plan"]["optimizer"].split()[0] == self.recipe.optimizer.name:
            groups = self.optimizer.state_dict()["param_groups"]
            self.optimizer.load_state_dict({**saved, "param_groups": groups})
        done = state["epoch"] * self.steps + math.ceil(state["position"] / self.recipe.batch)
        self.schedule = self._make_schedule(done)

    def _plan(self) -> dict[str, Any]:
        """What the states of optimizer and schedule mean."""
        return {
            "optimizer": str(self.recipe.optimizer),
            "schedule": str(self.recipe.schedule),
            "epochs": self.recipe.epochs if self.recipe.schedule else None,
            "steps": self.steps,
        }

    def _make_schedule(self, done: int = 0) -> Any:
        recipe = self.recipe
        return make_schedule(recipe.schedule, self.optimizer, recipe.epochs, self.steps, done)

    def _lr(self) -> float:
        return float(self.optimizer.param_groups[0]["lr"])


def _usable(images: int, batch: int, module: nn.Module) -> int:
    """Images of an epoch without a last batch of 1, if the module has batch norm."""
    lone = images % batch == 1 and images > 1 and batch > 1
    normed = any(isinstance(part, _BatchNorm) for part in module.modules())
    return images - 1 if lone and normed else images


def _random_states() -> dict[str, Any]:
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    mps = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None
    return {"cpu": torch.get_rng_state(), "cuda": cuda, "mps": mps}


def _restore_random_states(states: dict[str, Any]) -> None:
    torch.set_rng_state(states["cpu"])
    if states["cuda"] and torch.cuda.device_count() == len(states["cuda"]):
        torch.cuda.set_rng_state_all(states["cuda"])
    if states["mps"] is not None and torch.backends.mps.is_available():
        torch.mps.set_rng_state(states["mps"])
