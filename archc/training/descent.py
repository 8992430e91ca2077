"""How weights move: a recipe's optimizer with its schedule, and what a checkpoint holds of them."""

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from archc.recipe import Recipe
from archc.training.adam import quick_step
from archc.training.alone import Replica
from archc.training.hardware import Hardware
from archc.training.optim import make_optimizer
from archc.training.problem import RunError
from archc.training.progress import Metrics
from archc.training.randomness import random_states, restore_random_states
from archc.training.schedules import Plateau, Schedule, make_schedule


def layout(recipe: Recipe) -> torch.memory_format:
    """How weights lie in memory. Convolutions are faster on channels-last maps, and the data lies
    that way; LBFGS looks at all weights as one row."""
    return torch.contiguous_format if recipe.optimizer.name == "lbfgs" else torch.channels_last


class Descent:
    """The optimizer of a module's weights, its schedule and, in fp16, the scaler of losses.

    `steps` counts those of an epoch. `lr` is the rate of the last step, of parts with a factor of
    their own without it.
    """

    def __init__(
        self, module: nn.Module, recipe: Recipe, hardware: Hardware, steps: int, replica: Replica
    ) -> None:
        self.recipe = recipe
        self.steps = steps
        self._replica = replica
        fuse = replica.fuses(recipe.optimizer.name)
        self.optimizer = make_optimizer(module, recipe, fuse=fuse)
        self.scaler = torch.amp.GradScaler(
            hardware.device.type, enabled=hardware.precision == "fp16"
        )
        if self._looks_around and self.scaler.is_enabled():
            raise RunError("`optimizer lbfgs` looks at several losses a step: fp16 has no range")
        self.schedule = self._scheduled()
        self.lr = self._lr()
        self._weights = list(module.parameters())
        self._quick: Callable[[], bool] | None = None

    def step(self, gradients: Callable[[], Tensor]) -> Tensor:
        """One step. `gradients` runs a batch forward and backward and returns the parts of its mean
        loss, as does this; LBFGS calls it several times, with the same random numbers."""
        loss = self._around(gradients) if self._looks_around else self._once(gradients)
        self.lr = self._lr()
        if self.schedule is not None:
            self._move_on(self.schedule)
        return loss

    def _move_on(self, schedule: Schedule) -> None:
        if not self.scaler.is_enabled():
            schedule.step()
            return
        with warnings.catch_warnings():
            # A scaler that begins too high leaves out the first steps, of which torch warns.
            warnings.simplefilter("ignore", UserWarning)
            schedule.step()

    def _once(self, gradients: Callable[[], Tensor]) -> Tensor:
        for weight in self._weights:  # The optimizer's own way takes longer than many a layer.
            weight.grad = None
        loss = gradients()
        if self.recipe.clip:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self._weights, self.recipe.clip)
        if self._quick is None or not self._quick():
            self.scaler.step(self.optimizer)
            self.scaler.update()
            self._quick = None if self.scaler.is_enabled() else quick_step(self.optimizer)
        return loss

    def _around(self, gradients: Callable[[], Tensor]) -> Tensor:
        before = random_states()
        losses: list[Tensor] = []
        behind: list[dict[str, Any]] = []

        def closure() -> float:
            restore_random_states(before)
            self.optimizer.zero_grad()
            losses.append(gradients())
            behind.append(random_states())
            if self.recipe.clip:
                nn.utils.clip_grad_norm_(self._weights, self.recipe.clip)
            return float(losses[-1].sum())

        self.optimizer.step(closure)
        restore_random_states(behind[0])
        return losses[0]

    @property
    def _looks_around(self) -> bool:
        return self.recipe.optimizer.name == "lbfgs"

    def end_epoch(self, metrics: Metrics) -> None:
        """Lets a schedule that looks at scores see those of an epoch."""
        if isinstance(self.schedule, Plateau):
            self.schedule.judge(metrics)

    def _lr(self) -> float:
        groups = [group for group in self.optimizer.param_groups if group["factor"]]
        return float(groups[0]["lr"] / groups[0]["factor"]) if groups else 0.0

    # --- what a checkpoint holds ---

    def state(self) -> dict[str, Any]:
        """All that further steps depend on."""
        return {
            "optimizer": self._replica.whole(self.optimizer.state_dict()),
            "schedule": None if self.schedule is None else self.schedule.state_dict(),
            "scaler": self.scaler.state_dict(),
            "plan": self._plan(),
            "lr": self.lr,
        }

    def restore(self, state: dict[str, Any], done: int) -> None:
        """Goes on from a state behind `done` steps. Where the recipe's optimizer or schedule has
        changed since, the new one takes over at this point."""
        self._quick = None
        self.scaler.load_state_dict(state["scaler"])
        self.lr = state["lr"]
        plan = state["plan"]
        saved = self._replica.optimizer_parts(state["optimizer"], self.optimizer)
        if plan == self._plan():
            self.optimizer.load_state_dict(saved)
            if self.schedule is not None:
                self.schedule.load_state_dict(state["schedule"])
            return
        same = plan["optimizer"].split()[0] == self.recipe.optimizer.name
        if same and plan["groups"] == self._plan()["groups"]:
            groups = self.optimizer.state_dict()["param_groups"]
            self.optimizer.load_state_dict({**saved, "param_groups": groups})
        self.schedule = self._scheduled(done)

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

    def _scheduled(self, done: int = 0) -> Schedule | None:
        recipe = self.recipe
        return make_schedule(recipe.schedule, self.optimizer, recipe.epochs, self.steps, done)
