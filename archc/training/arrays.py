"""Data of the user's as arrays: `npz` files and what a function of `data python` gives."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from archc.datasets import DataSet
from archc.training.code import imported
from archc.training.data import Loaded, Split
from archc.training.memory import refuse_more_than_fits
from archc.training.problem import RunError

_NAMES = (
    ("x_{}", "y_{}"),
    ("{}_images", "{}_labels"),
    ("images_{}", "labels_{}"),
    ("X_{}", "Y_{}"),
)
_PLAIN = (("images", "labels"), ("x", "y"), ("X", "y"))


def from_npz(path: Path) -> tuple[Split, Split]:
    """The two parts of an `.npz` file: `x_train`, `y_train`, `x_test` and `y_test`, or names such
    as `train_images` and `test_labels`, or `images` and `labels` alone, of which a fifth, drawn
    once for all, is the test. Raises RunError."""
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_more_than_fits(sum(f.file_size for f in archive.infolist()), str(path))
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise RunError(f"cannot read {path}: {error}") from None
    return _parts(arrays, str(path))


def from_python(place: str, folder: str) -> tuple[Split, Split]:
    """What the function at `pkg:fn` gives: `(images, targets)` of the training, or two such pairs
    or torch data sets, of training and test. Raises RunError."""
    try:
        given = imported(place, folder)()
    except RunError:
        raise
    except Exception as error:
        raise RunError(f"{place} failed: {type(error).__name__}: {error}") from None
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise RunError(f"expected two parts or (images, targets) of {place}, got {_kind(given)}")
    first, second = given
    if isinstance(first, tuple | list) or not hasattr(first, "shape"):
        return _split(*_pair(first, place), place), _split(*_pair(second, place), place)
    return _fifth(_split(first, second, place))


def _pair(part: Any, place: str) -> tuple[Any, Any]:
    if isinstance(part, tuple | list) and len(part) == 2:
        return part[0], part[1]
    try:
        rows = [part[index] for index in range(len(part))]
        return np.stack([np.asarray(row[0]) for row in rows]), np.asarray([r[1] for r in rows])
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise RunError(
            f"expected a torch data set of {place}, got {_kind(part)}: {error}"
        ) from None


def _parts(arrays: Mapping[str, Any], place: str) -> tuple[Split, Split]:
    for x, y in _NAMES:
        if x.format("train") in arrays and y.format("train") in arrays:
            train = _split(arrays[x.format("train")], arrays[y.format("train")], place)
            if x.format("test") in arrays and y.format("test") in arrays:
                test = arrays[x.format("test")], arrays[y.format("test")]
                return train, _split(*test, place)
            return _fifth(train)
    for x, y in _PLAIN:
        if x in arrays and y in arrays:
            return _fifth(_split(arrays[x], arrays[y], place))
    found = ", ".join(arrays) or "nothing"
    raise RunError(f"expected x_train, y_train, x_test and y_test in {place}, got {found}")


def _split(images: Any, targets: Any, place: str) -> Split:
    x, y = _tensor(images, place), _tensor(targets, place)
    if x.ndim < 2 or len(x) != len(y) or not len(x):
        shapes = f"{tuple(x.shape)} and {tuple(y.shape)}"
        raise RunError(f"expected as many images as targets in {place}, got arrays of {shapes}")
    x = x if x.dtype == torch.uint8 else x.float()
    if y.is_floating_point():
        return Split(x, y.float())
    y = y.long().squeeze(-1) if y.ndim == 2 and y.shape[1] == 1 else y.long()
    if y.ndim != 1 or int(y.min()) < 0:
        got = f"{int(y.min())}" if y.ndim == 1 else f"targets of {tuple(y.shape)}"
        raise RunError(f"expected a class from 0 on for each image in {place}, got {got}")
    return Split(x, y)


def _tensor(values: Any, place: str) -> Tensor:
    try:
        return (
            values.detach()
            if isinstance(values, Tensor)
            else torch.from_numpy(np.ascontiguousarray(values))
        )
    except (TypeError, ValueError) as error:
        raise RunError(f"expected arrays of numbers in {place}: {error}") from None


def _fifth(both: Split) -> tuple[Split, Split]:
    order = torch.randperm(both.size, generator=torch.Generator().manual_seed(0))
    count = both.size // 5
    return both.take(order[count:].sort().values), both.take(order[:count].sort().values)


def channels_last(images: Tensor, dims: tuple[int, ...]) -> Tensor:
    """Images [N, ...] with the channels last. `dims` are the network's, channels first; where the
    images fit them neither way, 1, 3 or 4 last numbers are channels."""
    sizes = tuple(images.shape[1:])
    if len(dims) == 1 or sizes == (*dims[1:], dims[0]):
        return images
    if len(sizes) == len(dims) - 1:
        return images[..., None]
    first = sizes == dims or (sizes[-1] not in (1, 3, 4) and sizes[0] in (1, 3, 4))
    return images.movedim(1, -1) if first else images


def described(name: str, train: Split, test: Split, shape: Any, classes: int) -> DataSet:
    """What is known of data once it is read: mean and deviation, and the classes, of which a
    network may have more."""
    white = 255 if train.images.dtype == torch.uint8 else 1
    axes = tuple(range(train.images.ndim - 1))
    # In parts, since floats take four times the room of bytes.
    sums = [
        (c.double().sum(axes), c.double().square().sum(axes))
        for c in torch.split(train.images, 1000)
    ]
    count = train.images[..., 0].numel()
    mean = torch.stack([a for a, _ in sums]).sum(0) / count / white
    square = torch.stack([b for _, b in sums]).sum(0) / count / white**2
    std = (square - mean.square()).clamp_min(1e-12).sqrt()
    both = [split.classes for split in (train, test) if split.size]
    values = any(targets.is_floating_point() for targets in both)
    highest = 0 if values else max(int(targets.max()) + 1 for targets in both)
    known = None if values else max(highest, classes)
    deviations = tuple(s if s > 1e-5 else 1.0 for s in std.tolist())
    return DataSet(
        name, shape, known, train.size, test.size, tuple(mean.tolist()), deviations, white
    )


def as_classes(split: Split, place: str) -> Split:
    """Classes that were given as floats, as whole numbers. Raises RunError where they are none."""
    targets = split.classes
    if not targets.is_floating_point() or targets.ndim > 1:
        return split
    if not bool(torch.equal(targets, targets.round())) or float(targets.min()) < 0:
        odd = targets[(targets != targets.round()) | (targets < 0)]
        got = f"{float(odd[0]):g}"
        raise RunError(f"expected a class from 0 on for each image in {place}, got {got}")
    return split._replace(classes=targets.long())


def loaded(name: str, train: Split, test: Split, shape: Any, classes: int) -> Loaded:
    """Both parts with what is known of them."""
    return Loaded(described(name, train, test, shape, classes), train, test)


def _kind(value: Any) -> str:
    return type(value).__name__
