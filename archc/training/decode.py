"""Pictures that a torch data set gives one by one, as bytes in one tensor."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from archc.recipe.choice import Choice
from archc.training.data import Split
from archc.training.image_folder import as_pixels
from archc.training.memory import refuse_more_than_fits
from archc.training.problem import RunError
from archc.tuples import NamedTuple

_FEW = 1000
"""Pictures that are not worth starting processes for."""
_MOST_PROCESSES = 16


class _Decoded(NamedTuple):
    """A picture as bytes [H, W, C] with its target, or what is wrong with it."""

    pixels: Tensor | None
    target: Any
    problem: str = ""


class _Pictures(Dataset[_Decoded]):
    """What a worker process does with each picture."""

    def __init__(self, files: Any, pipe: Sequence[Choice], dims: tuple[int, ...], name: str):
        self.files, self.pipe, self.dims, self.name = files, tuple(pipe), dims, name

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> _Decoded:
        where = f"image {index} of {self.name}"
        try:
            picture, target = self.files[index]
            pixels = as_pixels(picture, where, self.pipe, self.dims)
            return _Decoded(pixels, torch.as_tensor(target).long())
        except RunError as error:
            return _Decoded(None, 0, str(error))
        except (OSError, ValueError, TypeError, SyntaxError) as error:
            return _Decoded(None, 0, f"cannot read {where}: {error}")


def decoded(files: Any, pipe: Sequence[Choice], dims: tuple[int, ...], name: str) -> Split:
    """The pictures of a torch data set as the network takes them, `dims` being C, H, W. Many are
    decoded by as many processes as there are processors. Raises RunError."""
    channels, height, width = dims
    refuse_more_than_fits(len(files) * channels * height * width, f"the images of {name}")
    images = torch.empty(len(files), height, width, channels, dtype=torch.uint8)
    targets = []
    for place, found in enumerate(_each(_Pictures(files, pipe, dims, name))):
        if found.pixels is None:
            raise RunError(found.problem)
        images[place] = found.pixels
        targets.append(found.target)
    stacked = torch.stack(targets) if targets else torch.zeros(0, dtype=torch.int64)
    return Split(images, stacked)


def _each(pictures: _Pictures) -> Iterator[_Decoded]:
    workers = min(os.cpu_count() or 1, _MOST_PROCESSES) if len(pictures) > _FEW else 0
    yield from DataLoader(pictures, batch_size=None, num_workers=workers)
