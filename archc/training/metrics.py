"""Metrics over all examples: sums of batches, and what follows from their total."""

import re
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from archc.training.objective import Objective
from archc.tuples import NamedTuple

Sums = Mapping[str, Tensor]


class Tally(NamedTuple):
    """The metrics of some names for an objective's targets."""

    names: tuple[str, ...]
    objective: Objective

    def sums(self, output: Tensor, target: Tensor) -> dict[str, Tensor]:
        """Of a batch, float64, to be added to those of others."""
        if not self.names:
            return {}
        batch = _BATCHES[self.objective.wanted](output, target, self)
        return {name: value.double() for name, value in batch.items()}

    def metrics(self, sums: Sums) -> dict[str, float | None]:
        """Of all examples; None is what none of them tells."""
        if not self.names:
            return {}
        total = {name: value.cpu() for name, value in sums.items()}
        found = _TOTALS[self.objective.wanted](total)
        tops = {name: total[name] / total["count"] for name in total if name.startswith("top")}
        values = (tops[name] if name in tops else found[name]() for name in self.names)
        return {
            name: float(value) if bool(value.isfinite()) else None
            for name, value in zip(self.names, values, strict=True)
        }


def add(total: dict[str, Tensor], batch: Sums) -> None:
    """Adds the sums of a batch; an empty dict is where they begin."""
    for name, value in batch.items():
        total[name] = total[name] + value if name in total else value


# --- the sums of a batch ---


def _classes(output: Tensor, target: Tensor, tally: Tally) -> dict[str, Tensor]:
    """How often each class (rows) was taken for each, and was among the K likeliest. Output [N, C,
    ...], or with the classes last, and classes [N, ...]."""
    scores = output.movedim(tally.objective.class_axis, -1).flatten(0, -2)
    number = scores.shape[1]
    classes = target.flatten()
    counted = classes != tally.objective.ignored
    classes = torch.where(counted, classes, 0)
    found = {"count": counted.sum()}
    tops = [name for name in tally.names if re.match(r"top\d", name)]
    for name in tops:
        likeliest = scores.topk(min(int(name[3:]), number), 1).indices
        found[name] = ((likeliest == classes[:, None]).any(1) & counted).sum()
    if len(tops) < len(tally.names):
        pairs = classes * number + scores.argmax(1)
        counts = torch.bincount(pairs, counted.double(), minlength=number**2)
        found["confusion"] = counts.view(number, number)
    return found


def _labels(output: Tensor, target: Tensor, tally: Tally) -> dict[str, Tensor]:
    """How often each label was there, was given, and both. Output and labels are of one shape;
    labels lie along the axis of classes."""
    axis = tally.objective.class_axis
    given = tally.objective.chosen(output).movedim(axis, -1)
    there = (target > 0.5).movedim(axis, -1)
    sums = (t.flatten(0, -2).sum(0) for t in (given & there, there, given))
    exact = (given == there).flatten(1).all(1).sum()
    return {
        **dict(zip(("right", "true", "taken"), sums, strict=True)),
        "exact": exact,
        "count": torch.full((), len(target), device=target.device),
    }


def _values(output: Tensor, target: Tensor, tally: Tally) -> dict[str, Tensor]:
    """Sums of errors, and of targets for their variance, a channel each. Output and values are of
    one shape; channels lie along the axis of classes."""
    axis = tally.objective.class_axis
    error, values = (
        t.double()[:, None] if t.ndim == 1 else t.double().movedim(axis, -1).flatten(0, -2)
        for t in (output - target, target)
    )
    return {
        "wrong": error.abs().sum(0),
        "square": error.square().sum(0),
        "values": values.sum(0),
        "squares": values.square().sum(0),
        "count": torch.full((), len(values), device=target.device),
    }


_BATCHES: Mapping[str, Callable[[Tensor, Tensor, Tally], dict[str, Tensor]]] = {
    "classes": _classes,
    "labels": _labels,
    "values": _values,
}


# --- metrics of the total ---

_Found = Mapping[str, Callable[[], Tensor]]


def _of_classes(sums: Sums) -> _Found:
    counts = sums.get("confusion", torch.zeros(1, 1))
    total = counts.sum()
    right, true, taken = counts.diagonal(), counts.sum(1), counts.sum(0)
    return {
        **_shares(right, true, taken),
        "balanced_accuracy": lambda: (right / true).nanmean(),
        "kappa": lambda: _kappa(right.sum() / total, (true * taken).sum() / total**2),
        "mcc": lambda: _mcc(right.sum(), true, taken, total),
    }


def _of_labels(sums: Sums) -> _Found:
    shares = _shares(sums["right"], sums["true"], sums["taken"])
    return {**shares, "exact": lambda: sums["exact"] / sums["count"]}


def _of_values(sums: Sums) -> _Found:
    count = sums["count"]
    variance = sums["squares"] - sums["values"].square() / count
    varying = variance > 0
    return {
        "mae": lambda: sums["wrong"].mean() / count,
        "mse": lambda: sums["square"].mean() / count,
        "rmse": lambda: (sums["square"].mean() / count).sqrt(),
        "r2": lambda: (1 - sums["square"] / variance)[varying].mean(),
    }


_TOTALS: Mapping[str, Callable[[Sums], _Found]] = {
    "classes": _of_classes,
    "labels": _of_labels,
    "values": _of_values,
}


def _shares(right: Tensor, true: Tensor, taken: Tensor) -> _Found:
    """Means over the classes that occur or are given: of what is given and right, of what is there
    and found. 0 of 0 is 0."""
    seen = true + taken > 0
    return {
        "precision": lambda: (right / taken.clamp_min(1))[seen].mean(),
        "recall": lambda: (right / true.clamp_min(1))[seen].mean(),
        "f1": lambda: (2 * right / (true + taken))[seen].mean(),
        "iou": lambda: (right / (true + taken - right))[seen].mean(),
    }


def _kappa(agreed: Tensor, by_chance: Tensor) -> Tensor:
    """Cohen, "A coefficient of agreement for nominal scales", 1960."""
    return (agreed - by_chance) / (1 - by_chance)


def _mcc(right: Tensor, true: Tensor, taken: Tensor, total: Tensor) -> Tensor:
    """The correlation of K classes (Gorodkin, 2004), for two Matthews'."""
    spread = (total**2 - taken.square().sum()) * (total**2 - true.square().sum())
    return (right * total - (true * taken).sum()) / spread.sqrt()
