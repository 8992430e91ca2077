"""One of several processes of a test: trains cases together with the others, and then, the first
process alone, as one process that accumulates; prints what differs as JSON.

    python together.py CASE...
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn
from trainings import net

from archc import recipe as recipes
from archc.datasets import DIGITS
from archc.recipe import parse_options
from archc.training import hardware
from archc.training.alone import ALONE, Alone
from archc.training.data import hold_back
from archc.training.machine import Machine
from archc.training.named import load
from archc.training.progress import Progress
from archc.training.stop import StopSignal
from archc.training.trainer import Trainer
from archc.training.workers import joined

IMAGES = 203
"""So that shares of the last batch are uneven, and some are empty."""


class Twice(nn.Module):
    """A norm that is called twice, a layer that never is, and a random factor."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.unused = nn.Linear(3, 3)
        self.fc = nn.Linear(256, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.norm(torch.relu(self.norm(self.conv(x))))
        return self.fc((x * torch.rand(1)).flatten(1))


def plain() -> nn.Module:
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, 33), nn.LayerNorm(33), nn.ReLU(), nn.Linear(33, 10)
    )


ALL = {"ema": ".9", "clip": ".5", "schedule": "onecycle", "mixup": ".2", "cutmix": ".3"}

CASES: dict[str, tuple[Any, dict[str, str]]] = {
    "norm and dropout": (net, {"optimizer": "adamw"}),
    "momentum": (plain, {"optimizer": "sgd lr=.05 momentum=.9"}),
    "everything": (
        net,
        {**ALL, "augment": "{ crop 8 pad=1 | flip }", "val": ".2", "metrics": "f1 auroc"},
    ),
    "shared and unused": (Twice, {"optimizer": "adam"}),
}


def trainer(make: Any, options: dict[str, str], workers: Alone) -> Trainer:
    found, problems = recipes.read(None, options=parse_options({"epochs": "2", **options}))
    assert not problems
    loaded = load(DIGITS, Path(), DIGITS.shape, 10, print)  # type: ignore[arg-type]
    train = loaded.train.take(torch.arange(IMAGES))
    data = hold_back(loaded._replace(train=train), found.val, found.seed)
    torch.manual_seed(found.seed)
    cpu = hardware.Hardware(torch.device("cpu"), "fp32")
    return Trainer(make(), data, DIGITS, found, cpu, workers=workers)


def trained(make: Any, options: dict[str, str], workers: Alone) -> dict[str, Any]:
    made = trainer(make, options, workers)
    lines = []
    while made.epoch < made.recipe.epochs:
        lines.append(dict(made.run_epoch(Progress(), StopSignal(workers))))
    times = ("seconds", "images_per_second")
    metrics = [{k: v for k, v in line.items() if k not in times} for line in lines]
    return {"metrics": metrics, "state": made.state()}


def leaves(state: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(state, dict):
        for key, value in state.items():
            yield from leaves(value, f"{name}.{key}")
    elif isinstance(state, list):
        for place, value in enumerate(state):
            yield from leaves(value, f"{name}.{place}")
    else:
        yield name, state


def differences(mine: dict[str, Any], other: dict[str, Any]) -> dict[str, float]:
    """The largest difference of each value; infinite where there is no number."""
    found = {}
    others = dict(leaves(other))
    ours = dict(leaves(mine))
    ignored = ("training_seconds", ".random", ".split", ".processes")
    for name in ours.keys() | others.keys():
        a, b = ours.get(name), others.get(name)
        if any(word in name for word in ignored):
            continue
        if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
            if not torch.equal(a, b):
                found[name] = float((a.double() - b.double()).abs().max())
        elif a != b:
            numbers = isinstance(a, float) and isinstance(b, float)
            found[name] = abs(a - b) if numbers else float("inf")
    return found


def largest(mine: dict[str, Any], other: dict[str, Any]) -> float:
    """The largest difference of weights and metrics."""
    kept = [{"m": one["metrics"], "s": one["state"]["model"]} for one in (mine, other)]
    return max(differences(*kept).values(), default=0)


def main(names: list[str], shard: bool) -> None:
    results = {}
    with joined(lambda: Machine(device="cpu", shard=shard)) as workers:
        for name in names:
            make, options = CASES[name]
            batch = 16 * workers.size
            together = trained(make, {**options, "batch": str(batch)}, workers)
            if workers.main:
                parts = {"batch": "16", "accumulate": str(workers.size)}
                alone = trained(make, {**options, **parts}, ALONE)
                whole = trained(make, {**options, "batch": str(batch)}, ALONE)
                results[name] = {
                    "parts": differences(together, alone),
                    "whole": largest(together, whole),
                }
    if results:
        sys.stdout.write(json.dumps(results))


if __name__ == "__main__":
    main([word for word in sys.argv[1:] if word != "--shard"], "--shard" in sys.argv)
