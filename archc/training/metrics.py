"""Metrics over all examples of an evaluation, added up on the device."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor

from archc.training.objective import Objective


class Tally(Protocol):
    """Sums over batches, and the metrics that follow from them. None is what no example tells."""

    def update(self, output: Tensor, target: Tensor) -> None: ...

    def compute(self) -> dict[str, float | None]: ...


def make_tally(names: Sequence[str], objective: Objective) -> Tally:
    """An empty tally of the metrics of these names, which go with the objective's targets."""
    kinds: dict[str, Callable[[Sequence[str], Objective], Tally]] = {
        "classes": Classes,
        "labels": Labels,
        "values": Values,
    }
    return kinds[objective.wanted](names, objective)


class Classes:
    """How often each class (rows) was taken for each, and was among the likeliest."""

    def __init__(self, names: Sequence[str], objective: Objective) -> None:
        self._names = names
        self._objective = objective
        self._counts = torch.zeros(0)
        self._hits: dict[int, Tensor] = {
            int(name[3:]): torch.zeros(0) for name in names if name.startswith("top")
        }

    def update(self, output: Tensor, target: Tensor) -> None:
        """Output [N, C, ...], or with the classes last, and classes [N, ...]."""
        scores = output.movedim(self._objective.class_axis, -1).flatten(0, -2)
        number = scores.shape[1]
        if not self._counts.numel():
            self._counts = torch.zeros(number * number, dtype=torch.int64, device=output.device)
            self._hits = dict.fromkeys(self._hits, self._counts.new_zeros(()))
        classes = target.flatten()
        counted = classes != self._objective.ignored
        weights = counted.to(torch.float64)
        safe = torch.where(counted, classes, 0)
        pairs = safe * number + scores.argmax(1)
        self._counts += torch.bincount(pairs, weights, minlength=number**2).long()
        for most in self._hits:
            likeliest = scores.topk(min(most, number), 1).indices
            hits = (likeliest == safe[:, None]).any(1) & counted
            self._hits[most] = self._hits[most] + hits.sum()

    def compute(self) -> dict[str, float | None]:
        number = round(self._counts.numel() ** 0.5)
        counts = self._counts.view(number, number).double().cpu()
        total = counts.sum()
        right, true, taken = counts.diagonal(), counts.sum(1), counts.sum(0)
        found: dict[str, Callable[[], Tensor]] = {
            **_shares(right, true, taken),
            "balanced_accuracy": lambda: _mean(right / true),
            "kappa": lambda: _kappa(right.sum() / total, (true * taken).sum() / total**2),
            "mcc": lambda: _mcc(right.sum(), true, taken, total),
        }
        tops = {f"top{most}": hits.double().cpu() / total for most, hits in self._hits.items()}
        return {
            name: _number(tops[name] if name in tops else found[name]()) for name in self._names
        }


class Labels:
    """How often each label was there, was given, and both."""

    def __init__(self, names: Sequence[str], objective: Objective) -> None:
        self._names = names
        self._objective = objective
        self._sums: Tensor = torch.zeros(())
        self._exact: Tensor = torch.zeros(())
        self._size = 0

    def update(self, output: Tensor, target: Tensor) -> None:
        """Output and labels [N, ...] of one shape; labels lie along the axis of classes."""
        axis = self._objective.class_axis
        given, there = (t.movedim(axis, -1) for t in (self._objective.chosen(output), target > 0.5))
        both = given & there
        sums = torch.stack([t.flatten(0, -2).sum(0) for t in (both, there, given)])
        self._sums = sums if not self._size else self._sums + sums
        exact = (given == there).flatten(1).all(1).sum()
        self._exact = exact if not self._size else self._exact + exact
        self._size += len(target)

    def compute(self) -> dict[str, float | None]:
        right, true, taken = self._sums.double().cpu()
        found = _shares(right, true, taken)
        exact = self._exact.double().cpu() / self._size
        return {n: _number(exact if n == "exact" else found[n]()) for n in self._names}


class Values:
    """Sums of errors, and of targets for their variance."""

    def __init__(self, names: Sequence[str], objective: Objective) -> None:
        del objective
        self._names = names
        self._sums: Tensor = torch.zeros(())
        self._count = 0

    def update(self, output: Tensor, target: Tensor) -> None:
        """Output and values of one shape."""
        error, values = (output - target).double(), target.double()
        sums = torch.stack(
            [error.abs().sum(), error.square().sum(), values.sum(), values.square().sum()]
        )
        self._sums = sums if not self._count else self._sums + sums
        self._count += target.numel()

    def compute(self) -> dict[str, float | None]:
        wrong, square, total, squares = self._sums.cpu()
        variance = squares - total.square() / self._count
        found = {
            "mae": wrong / self._count,
            "mse": square / self._count,
            "rmse": (square / self._count).sqrt(),
            "r2": 1 - square / variance,
        }
        return {name: _number(found[name]) for name in self._names}


def _shares(right: Tensor, true: Tensor, taken: Tensor) -> Mapping[str, Callable[[], Tensor]]:
    """Means over classes of what is right, of those that are there and those that are given."""
    return {
        "precision": lambda: _mean(right / taken),
        "recall": lambda: _mean(right / true),
        "f1": lambda: _mean(2 * right / (true + taken)),
        "iou": lambda: _mean(right / (true + taken - right)),
    }


def _mean(shares: Tensor) -> Tensor:
    """Without the classes that do not occur."""
    return shares.nanmean()


def _kappa(agreed: Tensor, by_chance: Tensor) -> Tensor:
    """Cohen, "A coefficient of agreement for nominal scales", 1960."""
    return (agreed - by_chance) / (1 - by_chance)


def _mcc(right: Tensor, true: Tensor, taken: Tensor, total: Tensor) -> Tensor:
    """Gorodkin's correlation of K classes (2004), for two Matthews'."""
    spread = (total**2 - taken.square().sum()) * (total**2 - true.square().sum())
    return (right * total - (true * taken).sum()) / spread.sqrt()


def _number(value: Tensor) -> float | None:
    return float(value) if bool(value.isfinite()) else None
