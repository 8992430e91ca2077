"""Metrics that need all examples at once, computed by torchmetrics."""

import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from archc.recipe.metrics import WHOLE
from archc.training.alone import Alone
from archc.training.objective import Objective
from archc.training.problem import RunError

Functions = Mapping[str, Callable[..., Tensor]]


def functions(names: tuple[str, ...], objective: Objective) -> Functions:
    """Those of torchmetrics for the metrics among these names. Raises RunError where it is not
    installed."""
    wanted = WHOLE[objective.wanted]
    there = [name for name in names if name in wanted]
    if not there:
        return {}
    try:
        from torchmetrics import functional
        from torchmetrics.functional import classification
    except ImportError:
        raise RunError(f"`metrics {there[0]}` needs a package: pip install torchmetrics") from None
    found = {**vars(functional), **vars(classification)}
    return {name: _of_any_width(found, wanted[name].function) for name in there}


def _of_any_width(found: Mapping[str, Any], name: str) -> Callable[..., Tensor]:
    """The function of a name; for a label alone that of `binary_`. What one class or label has no
    meaning for is no number."""
    several: Callable[..., Tensor] = found[name]
    if not name.startswith(("multiclass_", "multilabel_")):
        return several
    one = found.get(name.replace("multilabel_", "binary_"), several)

    def metric(output: Tensor, target: Tensor, **keys: Any) -> Tensor:
        if output.shape[1] > 1:
            return several(output, target, **keys)
        if one is several:
            return torch.full((), math.nan)
        of_one: Tensor = one(output[:, 0], target[:, 0])
        return of_one

    return metric


class Whole:
    """Outputs and targets of an evaluation whose batches have so many examples, and the metrics of
    all of them."""

    def __init__(self, functions: Functions, objective: Objective, batch: int) -> None:
        self._functions = functions
        self._objective = objective
        self._batch = batch
        self._outputs: list[Tensor] = []
        self._targets: list[Tensor] = []

    def add(self, output: Tensor, target: Tensor) -> None:
        """Keeps those of a batch; the last one may be short."""
        if self._functions:
            self._outputs.append(_filled(output, self._batch))
            self._targets.append(_filled(target, self._batch))

    def metrics(self, workers: Alone, batches: int, examples: int) -> dict[str, float | None]:
        """Of all examples, of all processes; None is what none of them tells."""
        if not self._functions:
            return {}
        output, target = (
            workers.collected(torch.stack(rows), batches).flatten(0, 1)[:examples]
            for rows in (self._outputs, self._targets)
        )
        arguments, keys = _ARGUMENTS[self._objective.wanted](output, target, self._objective)
        with warnings.catch_warnings():
            # What a class without examples means is said in docs/training.md.
            warnings.simplefilter("ignore")
            return {
                name: _number(name, function, *arguments, **keys, **_OPTIONS.get(name, {}))
                for name, function in self._functions.items()
            }


def _number(
    name: str, function: Callable[..., Tensor], *tensors: Tensor, **keys: Any
) -> float | None:
    """What a metric says, the mean of what it says of several outputs; None is nothing."""
    try:
        value = float(function(*tensors, **keys).nanmean())
    except (ValueError, RuntimeError) as error:  # A loss in Python lets all kinds of targets in.
        raise RunError(f"`metrics {name}` does not go with these outputs: {error}") from None
    return value if math.isfinite(value) else None


def _filled(rows: Tensor, count: int) -> Tensor:
    """Zeros behind the rows, so that there are so many."""
    return F.pad(rows, (0, 0) * (rows.ndim - 1) + (0, count - len(rows)))


_Arguments = tuple[tuple[Tensor, Tensor], Mapping[str, int]]


def _classes(output: Tensor, target: Tensor, objective: Objective) -> _Arguments:
    keys = {"num_classes": output.shape[1], "ignore_index": objective.ignored}
    return (output.softmax(1), target.long()), keys


def _labels(output: Tensor, target: Tensor, objective: Objective) -> _Arguments:
    likely = output.sigmoid() if objective.logits else output
    return (likely, (target > 0.5).long()), {"num_labels": output.shape[1]}


def _values(output: Tensor, target: Tensor, _: Objective) -> _Arguments:
    return (output, target), {}


_ARGUMENTS: Mapping[str, Callable[[Tensor, Tensor, Objective], _Arguments]] = {
    "classes": _classes,
    "labels": _labels,
    "values": _values,
}

_OPTIONS: Mapping[str, Mapping[str, str]] = {"cosine": {"reduction": "mean"}}
"""Where a mean is not what torchmetrics gives by itself."""
