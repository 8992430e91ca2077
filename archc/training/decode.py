"""Pictures as bytes, one file or one example of a torch data set at a time."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from archc.recipe.choice import Choice
from archc.training.data import Split
from archc.training.image_folder import Labelled, as_pixels, read_image
from archc.training.problem import RunError
from archc.training.streamed import Read, Streamed, streamed

Sizes = tuple[int, ...]


class Pictures:
    """A source of pictures: `read` gives the one of a number as bytes [H, W, C] with its target,
    and raises RunError."""

    def __init__(
        self, read: Callable[[int], tuple[Tensor, Tensor]], count: int, dims: Sizes
    ) -> None:
        channels, height, width = dims
        self.bytes_each = channels * height * width
        self._sizes = (height, width, channels)
        self._read = read
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitems__(self, numbers: list[int]) -> Read:
        images = torch.zeros(len(numbers), *self._sizes, dtype=torch.uint8)
        targets, problems = [], []
        for place, number in enumerate(numbers):
            try:
                images[place], target = self._read(number)
                targets.append(target)
            except RunError as error:
                problems.append(str(error))
        if problems or not targets:
            return Read(Split(images, torch.zeros(len(numbers), dtype=torch.int64)), (*problems,))
        return Read(Split(images, torch.stack(targets)))


def of_files(files: Sequence[Labelled], pipe: Sequence[Choice], dims: Sizes) -> Streamed:
    """Images of files as the network takes them, `dims` being C, H, W."""
    # One array: of Python's objects each process would soon have its own copy, since looking at one
    # changes its count of references.
    paths = np.array([os.fsencode(file) for file, _ in files], dtype=np.bytes_)
    labels = torch.tensor([label for _, label in files], dtype=torch.int64)
    read = partial(_file, paths, labels, tuple(pipe), dims)
    return streamed(Pictures(read, len(files), dims))


def _file(
    paths: Any, labels: Tensor, pipe: tuple[Choice, ...], dims: Sizes, number: int
) -> tuple[Tensor, Tensor]:
    file = Path(os.fsdecode(bytes(paths[number])))
    taken = partial(as_pixels, where=str(file), pipe=pipe, dims=dims)
    return read_image(file, taken), labels[number]


def of_examples(files: Any, pipe: Sequence[Choice], dims: Sizes, name: str) -> Streamed:
    """The pictures of a torch data set as the network takes them, `dims` being C, H, W."""
    read = partial(_example, files, tuple(pipe), dims, name)
    return streamed(Pictures(read, len(files), dims))


def _example(
    files: Any, pipe: tuple[Choice, ...], dims: Sizes, name: str, number: int
) -> tuple[Tensor, Tensor]:
    where = f"image {number} of {name}"
    try:
        picture, target = files[number]
        return as_pixels(picture, where, pipe, dims), torch.as_tensor(target).long()
    except (OSError, ValueError, TypeError, SyntaxError) as error:
        raise RunError(f"cannot read {where}: {error}") from None
