"""Data of the user's as arrays: `npz` files and what a function of `data python` gives."""

import zipfile
from collections.abc import Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from archc.training.code import imported
from archc.training.data import Split, fifth
from archc.training.memory import refuse_more_than_fits
from archc.training.problem import RunError
from archc.tuples import NamedTuple

_INPUT = ("x", "images", "X", "inputs")
_TARGET = ("y", "labels", "Y", "targets")


class Names(NamedTuple):
    """What arrays can be called: the network's inputs and outputs, the first and final ones first.
    An input without a name is the empty text."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class Part(NamedTuple):
    """The arrays of training or of test, as they come: inputs in the network's order, targets by
    the names of outputs, the final one's first."""

    inputs: tuple[Any, ...]
    targets: Mapping[str, Any]


def from_npz(path: Path, names: Names) -> tuple[Split, Split]:
    """The two parts of an `.npz` file: `x_train`, `y_train`, `x_test` and `y_test`, or names such
    as `train_images` and `test_labels`, or `images` and `labels` alone, of which a fifth, drawn
    once for all, is the test. Inputs and outputs with names have arrays of theirs: `meta_train`,
    `aux_train`. Raises RunError."""
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_more_than_fits(sum(f.file_size for f in archive.infolist()), str(path))
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise RunError(f"cannot read {path}: {error}") from None
    train = _part(arrays, names, ("{}_train", "train_{}"))
    test = _part(arrays, names, ("{}_test", "test_{}"))
    if train and test:
        return split(train, str(path)), split(test, str(path))
    whole = train or _part(arrays, names, ("{}",))
    if whole is None:
        first, *more = (name or "x" for name in names.inputs)
        wanted = [f"{first}_train", "y_train", f"{first}_test and y_test"]
        also = f", and of {' and '.join(more)}" if more else ""
        found = ", ".join(arrays) or "nothing"
        raise RunError(f"expected {', '.join(wanted)}{also} in {path}, got {found}")
    return fifth(split(whole, str(path)))


def _part(arrays: Mapping[str, Any], names: Names, forms: Sequence[str]) -> Part | None:
    """The arrays of a part, if they are there; further outputs need not have any."""

    def found(words: Sequence[str]) -> Any:
        keys = (form.format(word) for word in words if word for form in forms)
        return next((arrays[key] for key in keys if key in arrays), None)

    first, *more = names.inputs
    inputs = [found((first, *_INPUT)), *(found((name,)) for name in more)]
    final, *further = names.outputs
    targets = {final: found((final, *_TARGET)), **{name: found((name,)) for name in further}}
    if any(each is None for each in (*inputs, targets[final])):
        return None
    return Part(tuple(inputs), {name: t for name, t in targets.items() if t is not None})


def from_python(place: str, folder: str, names: Names, root: Path) -> tuple[Split, Split]:
    """What the function at `pkg:fn` gives: `(images, targets)` of the training, or two such pairs
    or torch data sets, of training and test. Several inputs, and targets of several outputs, are a
    dict of arrays by name. One with a parameter `root` gets the folder of data. Raises RunError."""
    function = imported(place, folder)
    try:
        wanted = {"root": root} if "root" in signature(function).parameters else {}
        given = function(**wanted)
    except Exception as error:
        raise RunError(f"{place} failed: {type(error).__name__}: {error}") from None
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise RunError(f"expected two parts or (images, targets) of {place}, got {_kind(given)}")
    first, second = given
    if isinstance(first, Mapping) or hasattr(first, "shape"):
        return fifth(split(_named(first, second, names, place), place))
    train, test = (split(_named(*_pair(each, place), names, place), place) for each in given)
    return train, test


def _pair(part: Any, place: str) -> tuple[Any, Any]:
    """Inputs and targets of a part, stacked where it is a torch data set."""
    if isinstance(part, tuple | list) and len(part) == 2 and _is_whole(part[0]):
        return part[0], part[1]
    try:
        rows = [part[index] for index in range(len(part))]
        return _stacked([row[0] for row in rows]), _stacked([row[1] for row in rows])
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise RunError(
            f"expected a torch data set of {place}, got {_kind(part)}: {error}"
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
    if not isinstance(targets, Mapping):
        return Part(inputs, {names.outputs[0]: targets})
    if names.outputs[0] not in targets:
        found = ", ".join(map(str, targets))
        raise RunError(f"expected targets of the output {names.outputs[0]} of {place}, got {found}")
    return Part(inputs, {name: targets[name] for name in names.outputs if name in targets})


def split(part: Part, place: str) -> Split:
    """The arrays as tensors: bytes as they are, whole numbers as int64, others as float32. Raises
    RunError where examples and targets differ in number."""
    first, *others = (_tensor(array, place) for array in part.inputs)
    final, *further = ((name, _tensor(array, place)) for name, array in part.targets.items())
    every = [first, *others, final[1], *(tensor for _, tensor in further)]
    if first.ndim < 2 or not len(first) or len({len(tensor) for tensor in every}) > 1:
        shapes = " and ".join(str(tuple(tensor.shape)) for tensor in every)
        raise RunError(f"expected as many images as targets in {place}, got arrays of {shapes}")
    return Split(first, final[1], tuple(others), tuple(further))


def _tensor(values: Any, place: str) -> Tensor:
    try:
        tensor = (
            values.detach()
            if isinstance(values, Tensor)
            else torch.from_numpy(np.ascontiguousarray(values))
        )
    except (TypeError, ValueError) as error:
        raise RunError(f"expected arrays of numbers in {place}: {error}") from None
    if tensor.dtype == torch.uint8:
        return tensor
    if tensor.is_complex():
        raise RunError(f"expected arrays of numbers in {place}: got complex ones")
    return tensor.float() if tensor.is_floating_point() else tensor.long()


def _kind(value: Any) -> str:
    return type(value).__name__
