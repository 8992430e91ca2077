"""A recipe's choices as torch's objects."""

import inspect
import warnings
from collections.abc import Iterable
from typing import Any

import torch
from torch.optim import Optimizer, lr_scheduler
from torch.optim.lr_scheduler import LRScheduler

from archc.recipe.model import Choice
from archc.recipe.tables import OPTIMIZERS, SCHEDULES
from archc.training.problem import RunError


def make_optimizer(choice: Choice, parameters: Iterable[Any]) -> Optimizer:
    """The `torch.optim` optimizer of parameters or groups of them, in its fused form where there is
    one: a step is then one pass over the weights, whose last bits may differ from the plain form's.
    Raises RunError for options that torch refuses."""
    entry = OPTIMIZERS.find(choice.name)
    assert entry is not None
    kind = getattr(torch.optim, entry.torch)
    options = {name: value for name, value in choice.options if name != "no_decay"}
    fused = {"fused": True} if "fused" in inspect.signature(kind).parameters else {}
    try:
        made: Optimizer = kind(parameters, **options, **fused)
    except ValueError as error:
        raise RunError(f"`optimizer {choice}`: {error}") from None
    return made


def make_schedule(
    choice: Choice | None, optimizer: Optimizer, epochs: int, steps: int, done: int = 0
) -> LRScheduler | None:
    """The `torch.optim.lr_scheduler` schedule of a training of `epochs` times `steps` steps, moved
    on over the first `done` of them. It is to be moved once a step."""
    if choice is None:
        return None
    warmup = round(float(_number(choice.get("warmup", 0))) * steps)
    total = epochs * steps
    with warnings.catch_warnings():
        # Torch warns of a schedule that moves on before its optimizer.
        warnings.simplefilter("ignore", UserWarning)
        schedule = _after(choice, optimizer, total, steps, warmup)
        if warmup:
            rising = lr_scheduler.LinearLR(optimizer, 1 / (warmup + 1), 1.0, warmup)
            schedule = lr_scheduler.SequentialLR(optimizer, [rising, schedule], [warmup])
        for _ in range(min(done, total)):
            schedule.step()
    return schedule


def _after(
    choice: Choice, optimizer: Optimizer, total: int, steps: int, warmup: int
) -> LRScheduler:
    """The schedule behind its warm-up, its epochs turned into steps."""
    entry = SCHEDULES.find(choice.name)
    assert entry is not None
    option: dict[str, Any] = {o.name: choice.get(o.name, o.default) for o in entry.options}
    left = max(total - warmup, 1)
    if choice.name == "cosine":
        return lr_scheduler.CosineAnnealingLR(optimizer, left, option["eta_min"])
    if choice.name == "linear":
        return lr_scheduler.LinearLR(optimizer, 1.0, option["end_factor"], left)
    if choice.name == "exponential":
        return lr_scheduler.ExponentialLR(optimizer, option["gamma"] ** (1 / steps))
    if choice.name == "onecycle":
        return _one_cycle(optimizer, total, option)
    every = option.get("step_size")
    epochs = range(every, total // steps + 1, every) if every else option["milestones"]
    milestones = [epoch * steps - warmup for epoch in epochs if epoch * steps > warmup]
    return lr_scheduler.MultiStepLR(optimizer, milestones, option["gamma"])


def _one_cycle(optimizer: Optimizer, total: int, option: dict[str, Any]) -> LRScheduler:
    if not {"momentum", "betas"} & optimizer.defaults.keys():
        option["cycle_momentum"] = False
    peaks = [group["lr"] for group in optimizer.param_groups]
    return lr_scheduler.OneCycleLR(optimizer, peaks, total_steps=total, **option)


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return value
