"""Data sets of a known name: the embedded one, and those that torchvision reads."""

import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from archc import resources
from archc.datasets import DIGITS, DataSet
from archc.recipe.choice import Choice
from archc.symbolic import number
from archc.training.data import Examples, Loaded, Split, fifth
from archc.training.decode import of_examples
from archc.training.problem import RunError

Say = Callable[[str], None]
Sizes = tuple[int, ...]


def load(
    dataset: DataSet, root: Path, say: Say, pipe: Sequence[Choice] = (), dims: Sizes = ()
) -> Loaded:
    """A data set of a known name, from the package or from `root`.

    There the files lie as torchvision lays them; what is missing is downloaded, with progress on
    standard error. Where images differ in size, `pipe` makes them `dims`, C, H, W. Raises RunError
    where the files can't be had or read.
    """
    if dataset == DIGITS:
        return Loaded(dataset, *_digits(), tuple("0123456789"))
    train, test = dataset.parts
    files = _files(dataset, root, dict(train), say)
    first = _split(dataset, root, files, pipe, dims, dataset.train)
    classes = getattr(files, "classes", ()) or getattr(files, "attr_names", ())
    # CelebA's file of labels ends in a space, which makes a label without a name.
    names = tuple(_called(name) for name in classes if name)
    if train == test:
        return Loaded(dataset, *fifth(first), names)
    files = _files(dataset, root, dict(test), say)
    return Loaded(dataset, first, _split(dataset, root, files, pipe, dims, dataset.test), names)


def _called(name: Any) -> str:
    """A class's name; of several, the first."""
    return str(name[0] if isinstance(name, tuple) else name)


def _digits() -> tuple[Split, Split]:
    with np.load(resources.digits_file(), allow_pickle=False) as arrays:
        images = torch.from_numpy(arrays["images"])[..., None]
        classes = torch.from_numpy(arrays["labels"]).long()
        train, test = (torch.from_numpy(arrays[part]).long() for part in ("train", "test"))
    both = Split(images, classes)
    return both.take(train), both.take(test)


def _split(
    dataset: DataSet, root: Path, files: Any, pipe: Sequence[Choice], dims: Sizes, count: int
) -> Examples:
    """What torchvision's object holds, which unpickles files (CIFAR) only where their checksums are
    the published ones: arrays as they are, pictures as `pipe` makes them."""
    arrays = _arrays(dataset, files)
    size = len(files) if arrays is None else arrays.size
    if (arrays is not None and len(arrays.images) != size) or (count and size != count):
        expected = f"expected {count:,} images" if count else "its parts differ"
        raise RunError(f"{dataset.name} in {root} is damaged: {expected}, got {size:,}")
    return of_examples(files, pipe, dims, dataset.name) if arrays is None else arrays


def _arrays(dataset: DataSet, files: Any) -> Split | None:
    """The images as they lie in memory already, if they do."""
    targets = next(
        (t for n in ("targets", "labels") if (t := getattr(files, n, None)) is not None), None
    )
    images = getattr(files, "data", None)
    if dataset.shape is None or targets is None or not isinstance(images, np.ndarray | Tensor):
        return None
    pixels, classes = torch.as_tensor(images), torch.as_tensor(targets).long()
    channels, *sides = map(number, dataset.shape.dims)
    if pixels.shape[1:] == (*sides,):
        pixels = pixels[..., None]
    elif pixels.shape[1:] == (channels, *sides):
        pixels = pixels.movedim(1, -1)
    return Split(pixels.contiguous(), classes if classes.ndim == 1 else classes[:, 0])


def _files(dataset: DataSet, root: Path, arguments: dict[str, Any], say: Say) -> Any:
    """torchvision's data set of the files below `root`, downloaded where they are missing."""
    from torchvision import datasets

    reader = getattr(datasets, dataset.torchvision)
    offline = {"download": False} if dataset.downloads or "Cars" in dataset.torchvision else {}
    try:
        return reader(root, **arguments, **offline)
    except ModuleNotFoundError as error:
        raise _lacking(dataset, str(error.name)) from None
    except Exception as error:
        text = " ".join(str(error).split())
        if "installed" in text:
            raise _lacking(dataset, text.split()[0].lower()) from None
        if not dataset.downloads:
            raise RunError(
                f"{dataset.name} is not in {root}, and torchvision cannot download it: {text}"
            ) from None
        if "not found" not in text:
            raise RunError(
                f"{dataset.name} in {root} is damaged ({text}): delete it to load it anew"
            ) from None
    say(f"downloading {dataset.name} into {root}")
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return reader(root, **arguments, download=True)
    except Exception as error:
        reason = " ".join(str(error).split())
        raise RunError(
            f"{dataset.name} is not in {root} and could not be downloaded ({reason}): connect to a "
            f"network, or point --data-root at a folder that has it in torchvision's layout"
        ) from None


def _lacking(dataset: DataSet, package: str) -> RunError:
    return RunError(
        f"{dataset.name} is read with {package}, which is not installed: pip install {package}"
    )
