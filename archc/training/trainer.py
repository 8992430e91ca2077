"""The loop: epochs of steps over data in memory, and the state that a checkpoint holds."""

import math
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from archc.datasets import DataSet
from archc.recipe import Recipe
from archc.training.average import Average
from archc.training.batches import augment, permutation, stream
from archc.training.data import Data, Split, normalizer
from archc.training.evaluate import Scores, evaluate, forward
from archc.training.groups import freeze, hold, parameter_groups
from archc.training.hardware import Hardware
from archc.training.mixing import mix
from archc.training.objective import make_objective
from archc.training.optim import make_optimizer, make_schedule
from archc.training.problem import RunError
from archc.training.progress import Metrics, Progress
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
        final: str = "out",
        folder: str = ".",
        limit: int | None = None,
    ) -> None:
        self.recipe = recipe
        self.hardware = hardware
        self.data = _limited(data, limit, recipe.batch).to(hardware.device)
        # Convolutions are faster on channels-last maps, and the data lies that way.
        self.module = module.to(hardware.device).to(memory_format=torch.channels_last)
        self.normalize = normalizer(dataset, recipe.normalize, hardware.device)
        self.objective = make_objective(recipe, final, hardware.device, folder)
        freeze(self.module, recipe)
        groups = parameter_groups(self.module, recipe)
        if not groups:
            raise RunError("`freeze` leaves nothing to train")
        self.optimizer = make_optimizer(recipe.optimizer, groups)
        self.average = Average(self.module, recipe.ema) if recipe.ema else None
        self.scaler = torch.amp.GradScaler(
            hardware.device.type, enabled=hardware.precision == "fp16"
        )
        self.images = _usable(self.data.train.size, recipe.batch, module)
        self.steps = math.ceil(self.images / self._step_size)
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
            "lr": self.lr,
            "seconds": round(seconds, 3),
            "images_per_second": round(self.images / self.training_seconds, 1),
        }
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
        self.optimizer.zero_grad()
        place = self.position
        for indices in torch.split(chosen, self.recipe.batch):
            batch = self.data.train.take(indices)
            loss = self._loss(batch, stream(self.recipe.seed, self.epoch, place))
            share = batch.size / len(chosen)
            self.scaler.scale(loss * share).backward()  # type: ignore[no-untyped-call]
            self.loss_sum += loss.detach() * batch.size
            place += batch.size
        if self.recipe.clip:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.module.parameters(), self.recipe.clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.average is not None:
            self.average.update()
        self.lr = self._lr()
        if self.schedule is not None:
            self.schedule.step()

    def _loss(self, batch: Split, random: torch.Generator) -> Tensor:
        """The mean loss of a batch, augmented and mixed."""
        inputs = self.normalize(augment(batch.images, self.recipe.augment, random))
        mixed = mix(inputs, self.recipe, random)
        if mixed is not None:
            inputs = mixed.images
        target = inputs if self.recipe.reconstructs else batch.classes
        outputs = forward(self.module, inputs, self.hardware)
        loss = self.objective.total(outputs, target)
        if mixed is None or self.recipe.reconstructs:
            return loss
        other = self.objective.total(outputs, target[mixed.others])
        return mixed.share * loss + (1 - mixed.share) * other

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
        """Evaluates the weights as they are, or their average. Raises Stopped."""
        return evaluate(
            self._judged,
            split,
            self.normalize,
            self.objective,
            self.hardware,
            reconstructs=self.recipe.reconstructs,
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
            "optimizer": self.optimizer.state_dict(),
            "schedule": None if self.schedule is None else self.schedule.state_dict(),
            "scaler": self.scaler.state_dict(),
            "average": None if self.average is None else self.average.state(),
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
            if self.average is not None:
                # Where none was kept so far, it begins with the weights of now.
                begun = {"module": state["model"], "steps": 0}
                self.average.restore(state["average"] or begun)
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
        plan = state["plan"]
        same = plan["optimizer"].split()[0] == self.recipe.optimizer.name
        if same and plan["groups"] == self._plan()["groups"]:
            groups = self.optimizer.state_dict()["param_groups"]
            self.optimizer.load_state_dict({**saved, "param_groups": groups})
        done = state["epoch"] * self.steps + math.ceil(state["position"] / self._step_size)
        self.schedule = self._make_schedule(done)

    def _plan(self) -> dict[str, Any]:
        """What the states of optimizer and schedule mean."""
        return {
            "optimizer": str(self.recipe.optimizer),
            "groups": [len(group["params"]) for group in self.optimizer.param_groups],
            "rates": [group["factor"] for group in self.optimizer.param_groups],
            "schedule": str(self.recipe.schedule),
            "epochs": self.recipe.epochs if self.recipe.schedule else None,
            "steps": self.steps,
        }

    def _make_schedule(self, done: int = 0) -> Any:
        recipe = self.recipe
        return make_schedule(recipe.schedule, self.optimizer, recipe.epochs, self.steps, done)

    def _lr(self) -> float:
        """The learning rate, of parts with a factor of their own without it."""
        groups = [group for group in self.optimizer.param_groups if group["factor"]]
        return float(groups[0]["lr"] / groups[0]["factor"]) if groups else 0.0


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
