"""Data of the user's as arrays: `npz` files and what a function of `data python` gives."""

from collections.abc import Collection, Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from archc.training import npz
from archc.training.code import imported
from archc.training.columns import Column, as_tensor
from archc.training.data import Pick, Split
from archc.training.problem import RunError
from archc.tuples import NamedTuple

_PARTS = {"train": ("train",), "val": ("val", "valid", "validation"), "test": ("test",)}
"""With the words for them."""
_INPUT = ("x", "images", "X", "inputs")
_TARGET = ("y", "labels", "Y", "targets")


class Names(NamedTuple):
    """What arrays can be called: the network's inputs and outputs, the first and final ones first.
    An input without a name is the empty text. The final output may need no target of its own."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    needs_target: bool = True


class Part(NamedTuple):
    """The arrays of training, validation or test: inputs in the network's order, and targets by the
    names of outputs, of which the `final` one's may be missing."""

    inputs: tuple[Column, ...]
    targets: Mapping[str, Column]
    final: str

    @property
    def columns(self) -> tuple[Column, ...]:
        """All of them."""
        return (*self.inputs, *self.targets.values())

    @property
    def size(self) -> int:
        """The number of examples."""
        return len(self.inputs[0])

    @property
    def in_memory(self) -> bool:
        """Whether nothing has to be read any more."""
        return all(isinstance(column, Tensor) for column in self.columns)

    def rows(self, pick: Pick) -> Split:
        """Some of the examples as they come. Raises RunError where they cannot be read."""
        first, *others = (column[pick] for column in self.inputs)
        targets = {name: column[pick] for name, column in self.targets.items()}
        final = targets.pop(self.final, None)
        nothing = torch.zeros(len(first), dtype=torch.int64)
        return Split(
            first, nothing if final is None else final, tuple(others), tuple(targets.items())
        )


Parts: TypeAlias = Mapping[str, Part]
"""Of `train`, `val` and `test` the first is always there."""


class _Keys(NamedTuple):
    """What the arrays of a part are called."""

    inputs: tuple[str, ...]
    targets: Mapping[str, str]

    def part(self, arrays: Mapping[str, Column], final: str) -> Part:
        inputs = tuple(arrays[key] for key in self.inputs)
        return Part(inputs, {name: arrays[key] for name, key in self.targets.items()}, final)


def from_npz(path: Path, names: Names, room: int | None) -> Parts:
    """The parts of an `.npz` file: `x_train`, `y_train`, `x_test` and `y_test`, or names such as
    `train_images` and `test_labels`; for training also `images` and `labels` alone. Inputs and
    outputs with names have arrays of theirs: `meta_train`, `aux_train`. What takes more bytes than
    `room` is read from the file row by row. Raises RunError."""
    there = npz.names(path)

    def found(*forms: str) -> _Keys | None:
        return _keys(there, names, forms, path)

    keys = {
        part: found(*(form for word in words for form in (f"{{}}_{word}", f"{word}_{{}}")))
        for part, words in _PARTS.items()
    }
    keys["train"] = keys["train"] or found("{}")
    if keys["train"] is None:
        first, *more = (name or "x" for name in names.inputs)
        wanted = [f"{first}_train", "y_train", f"{first}_test and y_test"]
        also = f", and of {' and '.join(more)}" if more else f", or {first} and y,"
        raise RunError(f"expected {', '.join(wanted)}{also} in {path}, got {_listed(there)}")
    given = {part: each for part, each in keys.items() if each is not None}
    needed = (key for each in given.values() for key in (*each.inputs, *each.targets.values()))
    arrays = npz.columns(path, dict.fromkeys(needed), room)
    final = names.outputs[0]
    return {part: _checked(each.part(arrays, final), str(path)) for part, each in given.items()}


def _keys(there: Collection[str], names: Names, forms: Sequence[str], path: Path) -> _Keys | None:
    """The names of a part's arrays, if any are there; further outputs need not have one. Raises
    RunError where others are missing."""

    def key(*words: str) -> str:
        keys = (form.format(word) for word in words if word for form in forms)
        return next((key for key in keys if key in there), "")

    first, *more = names.inputs
    final, *further = names.outputs
    inputs = [(first or "x", key(first, *_INPUT)), *((name, key(name)) for name in more)]
    needed = [*inputs, *([("y", key(final, *_TARGET))] if names.needs_target else [])]
    targets = {final: needed[-1][1]} if names.needs_target else {}
    targets |= {name: found for name in further if (found := key(name))}
    known = [found for _, found in (*needed, *targets.items()) if found]
    missing = [forms[0].format(name) for name, found in needed if not found]
    if known and missing:
        beside = _listed(dict.fromkeys(known))
        raise RunError(f"expected {' and '.join(missing)} beside {beside} in {path}")
    return _Keys(tuple(found for _, found in inputs), targets) if known else None


def _listed(names: Collection[str]) -> str:
    return ", ".join(names) or "nothing"


def from_python(place: str, folder: str, names: Names, root: Path) -> Parts:
    """What the function at `pkg:fn` gives: `(images, targets)` of the training, or two such pairs
    or torch data sets, of training and test, or three, with those for validation in between.
    Several inputs, and targets of several outputs, are a dict of arrays by name. One with a
    parameter `root` gets the folder of data. Raises RunError."""
    function = imported(place, folder)
    try:
        wanted = {"root": root} if "root" in signature(function).parameters else {}
        given = function(**wanted)
    except Exception as error:
        raise RunError(f"{place} failed: {type(error).__name__}: {error}") from None
    if not isinstance(given, tuple | list) or len(given) not in (2, 3):
        raise RunError(f"expected two parts or (images, targets) of {place}, got {_kind(given)}")
    if len(given) == 2 and _is_whole(given[0]):
        images, targets = given
        return {"train": _named(images, targets, names, place)}
    parts = ("train", "test") if len(given) == 2 else tuple(_PARTS)
    return {
        part: _named(*_pair(each, place), names, place)
        for part, each in zip(parts, given, strict=True)
    }


def _pair(part: Any, place: str) -> tuple[Any, Any]:
    """Inputs and targets of a part, stacked where it is a torch data set."""
    if isinstance(part, tuple | list) and len(part) == 2 and _is_whole(part[0]):
        return part[0], part[1]
    try:
        rows = [part[index] for index in range(len(part))]
        return _stacked([row[0] for row in rows]), _stacked([row[1] for row in rows])
    except Exception as error:  # It is code of the user's.
        reason = f"{type(error).__name__}: {error}"
        raise RunError(
            f"expected a torch data set of {place}, got {_kind(part)}, which fails: {reason}"
        ) from None


def _is_whole(inputs: Any) -> bool:
    """Whether these are inputs of all examples, not a row of one."""
    return hasattr(inputs, "shape") or isinstance(inputs, Mapping)


def _stacked(rows: Sequence[Any]) -> Any:
    first = rows[0]
    if isinstance(first, Mapping):
        return {name: _stacked([row[name] for row in rows]) for name in first}
    if isinstance(first, tuple | list) and first and hasattr(first[0], "shape"):
        return tuple(_stacked(column) for column in zip(*rows, strict=True))
    return np.stack([np.asarray(row) for row in rows])


def _named(inputs: Any, targets: Any, names: Names, place: str) -> Part:
    if isinstance(inputs, Mapping):
        missing = [name for name in names.inputs if name not in inputs]
        if missing:
            found = ", ".join(map(str, inputs))
            raise RunError(f"expected the input {missing[0]} of {place}, got {found}")
        inputs = tuple(inputs[name] for name in names.inputs)
    elif not isinstance(inputs, tuple):
        inputs = (inputs,)
    if len(inputs) != len(names.inputs):
        wanted = ", ".join(names.inputs)
        raise RunError(f"expected the inputs {wanted} of {place}, got {len(inputs)} arrays")
    final, *further = names.outputs
    if not isinstance(targets, Mapping):
        targets = {final: targets}
    if final not in targets and names.needs_target:
        found = ", ".join(map(str, targets))
        raise RunError(f"expected targets of the output {final} of {place}, got {found}")
    judged = [*([final] if names.needs_target else []), *further]
    arrays = {name: as_tensor(targets[name], place) for name in judged if name in targets}
    return _checked(Part(tuple(as_tensor(each, place) for each in inputs), arrays, final), place)


def _checked(part: Part, place: str) -> Part:
    """Raises RunError where examples and targets differ in number, or something is no numbers."""
    first, *_ = columns = part.columns
    if len({column.shape[:1] for column in columns}) > 1:
        shapes = " and ".join(str(tuple(column.shape)) for column in columns)
        raise RunError(f"expected as many images as targets in {place}, got arrays of {shapes}")
    if len(first.shape) < 2 or 0 in first.shape:
        found = tuple(first.shape)
        raise RunError(f"expected a row of numbers for each example in {place}, got {found}")
    part.rows(slice(0, 0))
    return part


def _kind(value: Any) -> str:
    return type(value).__name__
