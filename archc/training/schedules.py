"""A recipe's schedule as torch's object, its epochs turned into steps."""

import math
import warnings
from typing import Any, Protocol

from torch.optim import Optimizer, lr_scheduler
from torch.optim.lr_scheduler import LRScheduler

from archc.recipe.choice import Choice
from archc.recipe.schedules import SCHEDULES
from archc.training.progress import Metrics


class Schedule(Protocol):
    """What changes learning rates from step to step."""

    def step(self) -> object:
        """To be called behind every step of the optimizer."""
        ...

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any]) -> None: ...


class Plateau:
    """Lowers the rates where an epoch's loss (with `mode=max` its accuracy) has not been better for
    some epochs, behind a warm-up over so many steps. Of validation data where there is some."""

    def __init__(self, optimizer: Optimizer, options: dict[str, Any], warmup: int) -> None:
        self._rising = _rising(optimizer, warmup) if warmup else None
        self._warmup = warmup
        self._plateau = lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        self._steps = 0

    def step(self) -> None:
        """Moves the warm-up on."""
        self._steps += 1
        if self._rising is not None and self._steps <= self._warmup:
            self._rising.step()

    def judge(self, metrics: Metrics) -> None:
        """Looks at an epoch."""
        if self._plateau.mode == "max":
            self._plateau.step(metrics["val_accuracy"] or 0)
        else:
            loss = metrics.get("val_loss", metrics["train_loss"])
            self._plateau.step(math.inf if loss is None else loss)

    def state_dict(self) -> dict[str, Any]:
        rising = self._rising and self._rising.state_dict()
        return {"steps": self._steps, "rising": rising, "plateau": self._plateau.state_dict()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._steps = state_dict["steps"]
        self._plateau.load_state_dict(state_dict["plateau"])
        if self._rising is not None:
            self._rising.load_state_dict(state_dict["rising"])


def make_schedule(
    choice: Choice | None, optimizer: Optimizer, epochs: int, steps: int, done: int = 0
) -> Schedule | None:
    """The `torch.optim.lr_scheduler` schedule of a training of `epochs` times `steps` steps, moved
    on over the first `done` of them."""
    if choice is None:
        return None
    with warnings.catch_warnings():
        # Torch warns of a schedule that moves on before its optimizer.
        warnings.simplefilter("ignore", UserWarning)
        schedule = _made(choice, optimizer, epochs, steps)
        for _ in range(min(done, epochs * steps)):
            schedule.step()
    return schedule


def _made(choice: Choice, optimizer: Optimizer, epochs: int, steps: int) -> Schedule:
    options: dict[str, Any] = {
        option.name: choice.get(option.name, option.default)
        for option in SCHEDULES.entry(choice.name).options
    }
    warmup = round(options.pop("warmup", 0) * steps)
    if choice.name == "plateau":
        return Plateau(optimizer, options, warmup)
    scale = _Scale(optimizer, steps, warmup, epochs * steps)
    schedule: LRScheduler = _MAKERS[choice.name](scale, **options)
    if warmup:
        return lr_scheduler.SequentialLR(
            optimizer, [_rising(optimizer, warmup), schedule], [warmup]
        )
    return schedule


def _rising(optimizer: Optimizer, steps: int) -> LRScheduler:
    return lr_scheduler.LinearLR(optimizer, 1 / (steps + 1), 1.0, steps)


class _Scale:
    """An optimizer and the steps of its training: of an epoch, of the warm-up, of all."""

    def __init__(self, optimizer: Optimizer, steps: int, warmup: int, total: int) -> None:
        self.optimizer = optimizer
        self.steps = steps
        self.warmup = warmup
        self.left = max(total - warmup, 1)

    def of(self, epochs: float | None) -> int:
        """Epochs in steps; None is all that are left behind the warm-up."""
        return self.left if epochs is None else max(1, round(epochs * self.steps))

    def behind_warmup(self, epochs: list[int]) -> list[int]:
        """Places in steps that lie behind the warm-up, counted from there."""
        places = [epoch * self.steps - self.warmup for epoch in epochs]
        return [place for place in places if place > 0]

    def rates(self, rate: float | None, share: float = 1.0) -> list[float]:
        """A rate for each group, times its factor; None is a share of the optimizer's own."""
        groups = self.optimizer.param_groups
        own = [share * group["lr"] for group in groups]
        return own if rate is None else [rate * group["factor"] for group in groups]

    def momentum(self, options: dict[str, Any]) -> dict[str, Any]:
        """The options without a cycle of the momentum where there is none."""
        has_one = {"momentum", "betas"} & self.optimizer.defaults.keys()
        return options if has_one else {**options, "cycle_momentum": False}


def _cosine(scale: _Scale, T_max: float | None, eta_min: float) -> LRScheduler:  # noqa: N803
    return lr_scheduler.CosineAnnealingLR(scale.optimizer, scale.of(T_max), eta_min)


def _one_cycle(scale: _Scale, max_lr: float | None, **options: Any) -> LRScheduler:
    options = scale.momentum(options)
    peaks = scale.rates(max_lr)
    rising = options["pct_start"] * scale.left
    turned = 2 * rising - 1 if options["three_phase"] else rising
    if rising == 1 or turned == scale.left:
        # Torch divides by the length of each phase, and one would have none.
        options["pct_start"] *= 1 - 1e-9
    return lr_scheduler.OneCycleLR(scale.optimizer, peaks, total_steps=scale.left, **options)


def _linear(
    scale: _Scale, start_factor: float, end_factor: float, total_iters: float | None
) -> LRScheduler:
    steps = scale.of(total_iters)
    return lr_scheduler.LinearLR(scale.optimizer, start_factor, end_factor, steps)


def _constant(scale: _Scale, factor: float, total_iters: float | None) -> LRScheduler:
    return lr_scheduler.ConstantLR(scale.optimizer, factor, scale.of(total_iters))


def _polynomial(scale: _Scale, total_iters: float | None, power: float) -> LRScheduler:
    return lr_scheduler.PolynomialLR(scale.optimizer, scale.of(total_iters), power)


def _step(scale: _Scale, step_size: int, gamma: float) -> LRScheduler:
    places = scale.behind_warmup(
        list(range(step_size, (scale.left + scale.warmup) // scale.steps + 1, step_size))
    )
    return lr_scheduler.MultiStepLR(scale.optimizer, places, gamma)


def _multistep(scale: _Scale, milestones: tuple[int, ...], gamma: float) -> LRScheduler:
    places = scale.behind_warmup(list(milestones))
    return lr_scheduler.MultiStepLR(scale.optimizer, places, gamma)


def _exponential(scale: _Scale, gamma: float) -> LRScheduler:
    return lr_scheduler.ExponentialLR(scale.optimizer, gamma ** (1 / scale.steps))


def _cyclic(
    scale: _Scale,
    base_lr: float | None,
    max_lr: float | None,
    step_size_up: float,
    step_size_down: float | None,
    **options: Any,
) -> LRScheduler:
    down = None if step_size_down is None else scale.of(step_size_down)
    return lr_scheduler.CyclicLR(
        scale.optimizer,
        scale.rates(base_lr, 0.1),
        scale.rates(max_lr),
        scale.of(step_size_up),
        down,
        **scale.momentum(options),
    )


def _warm_restarts(
    scale: _Scale,
    T_0: float,  # noqa: N803
    T_mult: int,  # noqa: N803
    eta_min: float,
) -> LRScheduler:
    steps = scale.of(T_0)
    return lr_scheduler.CosineAnnealingWarmRestarts(scale.optimizer, steps, T_mult, eta_min)


_MAKERS: dict[str, Any] = {
    "cosine": _cosine,
    "onecycle": _one_cycle,
    "linear": _linear,
    "constant": _constant,
    "polynomial": _polynomial,
    "step": _step,
    "multistep": _multistep,
    "exponential": _exponential,
    "cyclic": _cyclic,
    "warm_restarts": _warm_restarts,
}
