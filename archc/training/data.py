"""Data sets in memory: pixels as bytes, so that they fit where floats would not."""

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from archc import resources
from archc.datasets import DIGITS, RANDOM, DataSet
from archc.shape import Shape
from archc.symbolic import number
from archc.training.problem import RunError
from archc.tuples import NamedTuple


class Split(NamedTuple):
    """Images, uint8 or float32 [N, H, W, C] (channels last, whatever the number of dimensions), and
    their classes, int64 [N], or for losses that compare values float32 targets."""

    images: Tensor
    classes: Tensor

    @property
    def size(self) -> int:
        """The number of images."""
        return len(self.classes)

    def to(self, device: torch.device) -> "Split":
        """The same on a device."""
        return Split(self.images.to(device), self.classes.to(device))

    def take(self, indices: Tensor) -> "Split":
        """Some of the images, in the order of the indices."""
        return Split(self.images.index_select(0, indices), self.classes.index_select(0, indices))


class Data(NamedTuple):
    """A data set ready for training; `val` is empty where nothing is held back."""

    train: Split
    val: Split
    test: Split

    def to(self, device: torch.device) -> "Data":
        """The same on a device."""
        return Data(*(split.to(device) for split in self))


class Loaded(NamedTuple):
    """A data set with its parts, the test's perhaps empty, and the names of its classes as far as
    they are known. `val` is what the data set itself has for validation."""

    dataset: DataSet
    train: Split
    test: Split
    names: tuple[str, ...] = ()
    val: Split | None = None


class Normalizer(NamedTuple):
    """Bytes to the floats that the network gets: `image * scale + shift`, a channel each."""

    scale: Tensor
    shift: Tensor

    def __call__(self, images: Tensor) -> Tensor:
        """uint8 [B, ..., C] to float32 [B, C, ...]; maps stay channels-last in memory."""
        floats = images.to(torch.float32).mul_(self.scale).add_(self.shift)
        if floats.ndim == 2:
            return floats
        moved = floats.movedim(-1, 1)
        return moved if moved.ndim == 4 else moved.contiguous()


def normalizer(dataset: DataSet, auto: bool, device: torch.device) -> Normalizer:
    """Scales pixels to 0..1 and, with `auto`, on to mean 0 and deviation 1 over the data set."""
    mean = torch.tensor(dataset.mean if auto else [0.0], device=device)
    std = torch.tensor(dataset.std if auto else [1.0], device=device)
    return Normalizer(1 / (dataset.white * std), -mean / std)


def load(
    dataset: DataSet, root: Path, images: Shape, classes: int, say: Callable[[str], None]
) -> Loaded:
    """A data set of a known name, from the package or from `root`.

    There the files lie as torchvision lays them; what is missing is downloaded, with progress on
    standard error. `images` and `classes` are the network's: random data takes them. Raises
    RunError where the files can't be had or read.
    """
    if dataset == RANDOM:
        return Loaded(dataset, *_random(dataset, images, classes))
    if dataset == DIGITS:
        return Loaded(dataset, *_digits(), tuple("0123456789"))
    (train, names), (test, _) = (
        _torchvision(dataset, root, part, say) for part in ("train", "test")
    )
    return Loaded(dataset, train, test, names)


def hold_back(loaded: Loaded, share: float, seed: int) -> Data:
    """Takes a share of the training images, drawn by the seed, for validation, unless the data set
    has a part for it."""
    train, test = loaded.train, loaded.test
    if loaded.val is not None:
        return Data(train, loaded.val, test)
    held = round(train.size * share)
    if not held:
        return Data(train, Split(train.images[:0], train.classes[:0]), test)
    order = torch.randperm(train.size, generator=torch.Generator().manual_seed(seed))
    return Data(
        train.take(order[held:].sort().values), train.take(order[:held].sort().values), test
    )


def _random(dataset: DataSet, images: Shape, classes: int) -> tuple[Split, Split]:
    generator = torch.Generator().manual_seed(0)
    shape = (*map(number, images.positions), number(images.channels))

    def draw(count: int) -> Split:
        return Split(
            torch.randint(256, (count, *shape), dtype=torch.uint8, generator=generator),
            torch.randint(classes, (count,), generator=generator),
        )

    return draw(dataset.train), draw(dataset.test)


def _digits() -> tuple[Split, Split]:
    import numpy as np

    with np.load(resources.digits_file(), allow_pickle=False) as arrays:
        images = torch.from_numpy(arrays["images"])[..., None]
        classes = torch.from_numpy(arrays["labels"]).long()
        train, test = (torch.from_numpy(arrays[part]).long() for part in ("train", "test"))
    both = Split(images, classes)
    return both.take(train), both.take(test)


def _torchvision(
    dataset: DataSet, root: Path, part: str, say: Callable[[str], None]
) -> tuple[Split, tuple[str, ...]]:
    """A part of a data set as torchvision reads it, which unpickles files (CIFAR) only where their
    checksums are the published ones, and the names of its classes."""
    from torchvision import datasets

    reader = getattr(datasets, dataset.torchvision)
    files = _find(reader, dataset, root, part, say)
    images = torch.as_tensor(files.data)
    images = images if images.ndim == 4 else images[..., None]
    split = Split(images.contiguous(), torch.as_tensor(files.targets).long())
    count = dataset.train if part == "train" else dataset.test
    if dataset.shape is None or split.size != count or len(images) != count:
        raise RunError(f"{dataset.name} in {root} is damaged: expected {count:,} {part} images")
    return split, tuple(map(str, getattr(files, "classes", ())))


def _find(reader: Any, dataset: DataSet, root: Path, part: str, say: Callable[[str], None]) -> Any:
    """torchvision's data set of the files below `root`, downloaded where they are missing."""
    arguments = {"root": root, "train": part == "train"}
    try:
        return reader(**arguments, download=False)
    except Exception as error:
        if "not found" not in str(error):
            raise RunError(
                f"{dataset.name} in {root} is damaged ({error}): delete it to load it anew"
            ) from None
    say(f"downloading {dataset.name} into {root}")
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return reader(**arguments, download=True)
    except Exception as error:
        reason = " ".join(str(error).split())
        raise RunError(
            f"{dataset.name} is not in {root} and could not be downloaded ({reason}): connect to a "
            f"network, or point --data-root at a folder that has it in torchvision's layout"
        ) from None
