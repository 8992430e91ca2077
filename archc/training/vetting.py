"""Whether arrays of the user's are what a network and its losses take, before the training."""

import math
from collections.abc import Mapping, Sequence
from math import prod

from torch import Tensor

from archc.datasets import Target
from archc.recipe import Recipe
from archc.recipe.choice import Choice
from archc.recipe.losses import wanted
from archc.recipe.table import PYTHON
from archc.shape import Shape
from archc.symbolic import differ
from archc.training.arrays import Part
from archc.training.columns import Column
from archc.training.data import in_turn
from archc.training.laid import Layout, shape_of
from archc.training.problem import RunError
from archc.tuples import NamedTuple

_AT_ONCE = 2**22
"""Numbers that are looked at together."""


def vet_inputs(
    part: Part, inputs: Sequence[Shape], layout: Layout, words: int | None, place: str
) -> None:
    """Raises RunError where inputs are no such numbers as the network takes, or further ones not as
    many. `words` is the size of the largest vocabulary."""
    none = layout.lay(part.rows(slice(0, 0)))
    for tensor, shape in zip(none.others, inputs[1:], strict=True):
        if differ(shape_of(tensor), shape):
            raise RunError(f"the network's further input is {shape}, got {shape_of(tensor)}")
    for column, shape in zip(part.inputs, inputs, strict=True):
        floats = column[0:0].is_floating_point()
        if shape.layout == "ids":
            if floats:
                raise RunError("the network takes token ids: expected whole numbers, got others")
            _refuse_words(_survey(column), words)
        elif floats:
            _refuse_infinite(_survey(column), f"the inputs of {place}")


def vet_targets(
    part: Part, recipe: Recipe, outputs: Mapping[str, Shape], place: str
) -> dict[str, Target]:
    """What targets are, by output. Raises RunError where there are classes that are none, or
    numbers that are not finite; functions of the user's may take those."""
    losses = {part.final: recipe.loss, **dict(recipe.further)}
    return {
        name: _target(column, losses.get(name, recipe.loss), outputs[name], place)
        for name, column in part.targets.items()
    }


def _target(column: Column, loss: Choice, output: Shape, place: str) -> Target:
    classes = wanted(loss.name) == "classes" and loss.name != PYTHON.name
    dims = tuple(column.shape[1:])
    found = _survey(column, _ignored(loss) if classes else None)
    if classes and not dims and found.odd is not None:
        values = "; `loss mse` and others compare values" if found.floats else ""
        got = f"{found.odd:g}{values}"
        raise RunError(f"expected a class from 0 on for each image in {place}, got {got}")
    if loss.name != PYTHON.name:
        _refuse_infinite(found, f"the targets of {place}")
    shares = differ(output.dims, dims) is False
    whole = not found.floats or (classes and found.odd is None and not shares)
    low, high = (found.low, found.high) if found.low <= found.high else (0.0, 0.0)
    return Target(whole, dims, low, high)


def _ignored(loss: Choice) -> int:
    ignored = loss.get("ignore_index", -100)
    return ignored if isinstance(ignored, int) else -100


def _refuse_words(found: "_Survey", words: int | None) -> None:
    if found.low < 0 or (words is not None and found.high >= words):
        got = found.low if found.low < 0 else found.high
        raise RunError(f"expected token ids from 0 to {(words or 1) - 1}, got {got:.0f}")


def _refuse_infinite(found: "_Survey", what: str) -> None:
    if found.infinite is not None:
        raise RunError(
            f"expected finite numbers in {what}, got nan or infinity in row {found.infinite}"
        )


class _Survey(NamedTuple):
    """What the numbers of a column are: whether they are floats, the lowest and highest, the first
    that is no whole number from 0 on, and the first row with one that is not finite."""

    floats: bool
    low: float
    high: float
    odd: float | None
    infinite: int | None


def _survey(column: Column, ignored: float | None = None) -> _Survey:
    """Looks at all numbers but those that are `ignored`, some rows at a time. Of none the lowest is
    infinity, and the highest minus infinity. Raises RunError where they cannot be read."""
    batch = max(1, _AT_ONCE // max(1, prod(column.shape[1:])))
    turns = in_turn(len(column), batch)
    found = [_of_rows(column[rows], rows.start, ignored) for rows in turns]
    return _Survey(
        column[0:0].is_floating_point(),
        min(each.low for each in found),
        max(each.high for each in found),
        next((each.odd for each in found if each.odd is not None), None),
        next((each.infinite for each in found if each.infinite is not None), None),
    )


def _of_rows(numbers: Tensor, start: int, ignored: float | None) -> _Survey:
    """Of rows that begin at one."""
    flat = numbers.reshape(len(numbers), prod(numbers.shape[1:]))
    infinite = (~flat.isfinite()).any(1).nonzero()
    counted = flat if ignored is None else flat[flat != ignored]
    odd = counted[(counted != counted.round()) | (counted < 0)]
    return _Survey(
        numbers.is_floating_point(),
        float(counted.min()) if counted.numel() else math.inf,
        float(counted.max()) if counted.numel() else -math.inf,
        float(odd[0]) if len(odd) else None,
        start + int(infinite[0]) if len(infinite) else None,
    )
