"""What a run's network says of images: classes, labels, values or how well it makes them again."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

import torch
from PIL import Image
from torch import Tensor

from archc import datasets
from archc.recipe.choice import Choice
from archc.recipe.losses import wanted
from archc.recipe.table import PYTHON
from archc.symbolic import number
from archc.training.data import Split, fed
from archc.training.evaluate import forward
from archc.training.finished import Finished
from archc.training.image_folder import as_pixels, images_below, read_image
from archc.training.problem import RunError
from archc.training.progress import Progress
from archc.tuples import NamedTuple

STANDARD_INPUT = Path("-")


class Guess(NamedTuple):
    """A class or label with its probability."""

    name: str
    number: int
    probability: float


class Share(NamedTuple):
    """A class with the share of an image's positions that it has."""

    name: str
    number: int
    share: float


Said: TypeAlias = "tuple[Guess, ...] | tuple[Share, ...] | list[Any] | float"
"""Of one image: the likeliest classes, or all labels, the likeliest first; the largest classes of a
map; the values, in nested lists of the output's shape; or, of a network that makes its input again,
the mean squared error."""
_Made = TypeVar("_Made", Guess, Share)
Kind = Literal["classes", "labels", "shares", "values", "error"]


def image_files(given: Sequence[str]) -> list[Path]:
    """The images that are meant: files, `-` for standard input, and those anywhere below folders.

    Raises RunError where a folder has none.
    """
    found: list[Path] = []
    for path in map(Path, given):
        below = images_below(path) if path.is_dir() else [path]
        if not below:
            raise RunError(f"the folder {path} has no images")
        found += below
    return found


def kind_of(run: Finished) -> Kind:
    """What a network says of an image, by what its loss compares."""
    recipe = run.analysis.recipe
    if recipe.reconstructs:
        return "error"
    if recipe.loss.name == PYTHON.name:
        return "values"
    compared = wanted(recipe.loss.name)
    if compared != "classes":
        return compared
    return "classes" if run.analysis.graph.output.layout == "vector" else "shares"


def predict(run: Finished, files: Sequence[Path], most: int, progress: Progress) -> Iterator[Said]:
    """What the network says of each image, of classes the first `most`. Images of other sizes are
    resized and cut to the middle. Raises RunError where one cannot be read, or the network takes
    no images."""
    images = run.analysis.graph.input
    if len(run.analysis.graph.inputs) > 1:
        raise RunError("`predict` reads images for networks with one input, this has several")
    if images.layout != "first" or images.rank != 2 or images.open:
        raise RunError(f"`predict` reads images for networks that take CxHxW, this takes {images}")
    reader = _Reader(run, progress)
    size = run.hardware.evaluation_batch
    for start in range(0, len(files), size):
        pixels = [reader.read(file) for file in files[start : start + size]]
        yield from _said(run, torch.stack(pixels), most)


@torch.inference_mode()
def _said(run: Finished, pixels: Tensor, most: int) -> list[Said]:
    """What is said of images of bytes [B, H, W, C]."""
    images = (pixels.float() * (run.data.white / 255)).to(run.hardware.device)
    batch = Split(images, torch.zeros(len(pixels), dtype=torch.int64))
    inputs = fed(batch, images, run.normalize)
    outputs = forward(run.module, inputs, run.hardware)
    final = next(iter(run.analysis.graph.outputs))
    output = outputs[final] if isinstance(outputs, dict) else outputs
    kind, loss = kind_of(run), run.analysis.recipe.loss.name
    if kind == "error":
        return [float(e) for e in (output - inputs[0]).square().flatten(1).mean(1)]
    if kind == "values":
        return list(output.tolist())
    if kind == "labels":
        chances = (output if loss == "bce" else output.sigmoid()).flatten(1)
        return [_ranked(run, Guess, each, len(each)) for each in chances]
    if kind == "classes":
        return [_ranked(run, Guess, each, most) for each in output.softmax(1)]
    last = run.analysis.graph.output.layout == "last"
    taken = output.argmax(-1 if last else 1).flatten(1)
    classes = output.shape[-1 if last else 1]
    counts = [torch.bincount(each, minlength=classes) / taken.shape[1] for each in taken]
    return [_ranked(run, Share, each, min(most, int((each > 0).sum()))) for each in counts]


def _ranked(
    run: Finished, made: Callable[[str, int, float], _Made], figures: Tensor, most: int
) -> tuple[_Made, ...]:
    """The first of classes by their figures, the largest first."""
    found = figures.topk(min(most, len(figures)))
    return tuple(
        made(run.names[i] if i < len(run.names) else str(i), i, figure)
        for i, figure in zip(found.indices.tolist(), found.values.tolist(), strict=True)
    )


class _Reader:
    """Reads images as a run's network takes them: behind `prepare`, and before it as large as those
    of the data set, if its images are of one size."""

    def __init__(self, run: Finished, progress: Progress) -> None:
        recipe, shape = run.analysis.recipe, run.analysis.graph.input
        known = datasets.find(recipe.data or "")
        # Of the data set where it says them, of the network where nothing else sees to them.
        sized = known.shape if known and known.shape else None if recipe.prepare else shape
        self._sides = tuple(map(number, sized.positions)) if sized else None
        self._dims = tuple(map(number, shape.dims))
        self._prepare = recipe.prepare
        self._progress = progress
        self._told = False

    def read(self, file: Path) -> Tensor:
        """An image as bytes [H, W, C]. The first one that has to be resized is told."""

        def taken(picture: Image.Image) -> Tensor:
            pipe = (*self._fit(picture, file), *self._prepare)
            return as_pixels(picture, str(file), pipe, self._dims)

        return read_image(file, taken, sys.stdin.buffer if file == STANDARD_INPUT else None)

    def _fit(self, picture: Image.Image, file: Path) -> tuple[Choice, ...]:
        """What makes a picture as large as it has to be at first."""
        height, width = self._sides or picture.size[::-1]
        if picture.size == (width, height):
            return ()
        if not self._told:
            sizes = f"{height}x{width}, as {file} of {picture.height}x{picture.width}"
            self._progress.say(f"images of other sizes are resized and cut to {sizes}")
            self._told = True
        # The side that would fall short sets the scale; what stands out of the other is cut.
        fit = Choice("resize", (("size", max(height, width)),))
        return (fit, Choice("crop", (("size", (height, width)),)))
