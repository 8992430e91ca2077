"""Small trainings that tests stop, go on with and compare."""

import json
import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import ROOT
from torch import nn

from archc import recipe as recipes
from archc.datasets import DIGITS
from archc.recipe import Recipe, parse_options
from archc.training import hardware
from archc.training.data import Loaded, hold_back
from archc.training.named import load
from archc.training.progress import Progress
from archc.training.stop import Stopped, StopSignal
from archc.training.trainer import Trainer

NET = "input 1x8x8\nflatten | fc 32 | bn | relu | dropout .2 | fc 10\ntrain { data digits }\n"
"""A network of which runs are made."""

ENV = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
"""Of processes that tests start."""

CPU = hardware.Hardware(torch.device("cpu"), "fp32")
IMAGES = 200


def net() -> nn.Module:
    """A small net with all that has a state: weights, running means, dropout's random numbers."""
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.Linear(64, 10),
    )


class Drawing(nn.Module):
    """A layer of somebody's that draws from Python's and numpy's own streams."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * random.random() * np.random.random()


def drawing() -> nn.Module:
    return nn.Sequential(Drawing(), net())


def recipe(**options: str) -> Recipe:
    found, problems = recipes.read(None, options=parse_options(options))
    assert not problems
    return found


def trainer(module: Callable[[], nn.Module] = net, images: int = IMAGES, **options: str) -> Trainer:
    settings = recipe(**{"epochs": "3", "batch": "32", **options})
    loaded = load(DIGITS, Path(), print)
    train = loaded.train.take(torch.arange(images))
    test = loaded.test.take(torch.arange(50))
    torch.manual_seed(settings.seed)
    data = hold_back(Loaded(DIGITS, train, test), settings.val, settings.seed)
    return Trainer(module(), data, DIGITS, settings, CPU)


class StopAfter(StopSignal):
    """Asks to stop at the n-th check."""

    def __init__(self, checks: int) -> None:
        super().__init__()
        self.left = checks

    def check(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Stopped


def finish(made: Trainer) -> list[dict[str, Any]]:
    lines = []
    while made.epoch < made.recipe.epochs:
        lines.append(dict(made.run_epoch(Progress(), StopSignal())))
    return lines


def until_stopped(made: Trainer, stop: StopSignal) -> list[dict[str, Any]]:
    lines = []
    while True:
        try:
            lines.append(dict(made.run_epoch(Progress(), stop)))
        except Stopped:
            return lines


def without_times(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    times = ("seconds", "images_per_second")
    return [{k: v for k, v in line.items() if k not in times} for line in lines]


def assert_equal_weights(first: Trainer, second: Trainer) -> None:
    mine, other = first.module.state_dict(), second.module.state_dict()
    for name, tensor in mine.items():
        assert torch.equal(tensor, other[name]), name


def assert_goes_on(options: dict[str, str], checks: int, folder: Path) -> None:
    """That a training which stops at the n-th check and goes on ends as an undisturbed one."""
    whole = trainer(**options)
    expected = finish(whole)

    stopped = trainer(**options)
    lines = until_stopped(stopped, StopAfter(checks))
    torch.save(stopped.state(), folder / "state.pt")
    torch.manual_seed(999)

    resumed = trainer(**options)
    resumed.restore(torch.load(folder / "state.pt", weights_only=True))
    lines += finish(resumed)
    assert_equal_weights(whole, resumed)
    assert without_times(lines) == without_times(expected)


def metrics(run: Path) -> list[dict[str, Any]]:
    """The lines of `metrics.jsonl` without their times."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return without_times(lines)


def assert_same_end(first: Path, second: Path) -> None:
    mine, other = (torch.load(run / "best.pt", weights_only=True) for run in (first, second))
    for name, tensor in mine.items():
        assert torch.equal(tensor, other[name]), name
    assert metrics(first) == metrics(second)


def wait_for(process: "subprocess.Popen[str]", start: str) -> None:
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if line.startswith(start):
            return
    raise AssertionError("".join(lines))


def children(parent: int) -> list[int]:
    """The processes that a process has started, in their order."""
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(number) for number in listed.split()]


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no /proc")
