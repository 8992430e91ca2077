"""The classes of images, as a run's network sees them."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from archc import datasets
from archc.recipe.choice import Choice
from archc.symbolic import number
from archc.training.data import Split
from archc.training.finished import Finished
from archc.training.image_folder import images_below, read_image
from archc.training.judged import judge
from archc.training.problem import RunError
from archc.training.progress import Progress
from archc.tuples import NamedTuple

STANDARD_INPUT = Path("-")


class Guess(NamedTuple):
    """A class with its probability."""

    name: str
    number: int
    probability: float


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


def predict(
    run: Finished, files: Sequence[Path], most: int, progress: Progress
) -> Iterator[tuple[Guess, ...]]:
    """The likeliest classes of each image, the likeliest first. Images of other sizes are resized
    and cut to the middle. Raises RunError where one cannot be read, or the network is no
    classifier of images."""
    graph, recipe = run.analysis.graph, run.analysis.recipe
    images = graph.input
    if not recipe.classifies or graph.output.layout != "vector":
        raise RunError(f"`predict` tells classes, and the network gives {graph.output} for others")
    if images.layout != "first" or images.rank != 2 or images.open:
        raise RunError(f"`predict` reads images for networks that take CxHxW, this takes {images}")
    channels, height, width = map(number, images.dims)
    pipe = _pipe(run, height, width, progress)
    final = next(iter(graph.outputs))
    size = run.hardware.evaluation_batch
    for start in range(0, len(files), size):
        chunk = files[start : start + size]
        pixels = [
            read_image(
                file,
                pipe,
                (channels, height, width),
                stream=sys.stdin.buffer if file == STANDARD_INPUT else None,
            )
            for file in chunk
        ]
        scaled = torch.stack(pixels).float() * (run.data.white / 255)
        split = Split(scaled.to(run.hardware.device), torch.zeros(len(chunk), dtype=torch.int64))
        judged = judge(run.module, split, run.normalize, run.hardware, final)
        found = judged.probabilities.topk(min(most, judged.probabilities.shape[1]))
        for numbers, shares in zip(found.indices.tolist(), found.values.tolist(), strict=True):
            yield tuple(
                Guess(run.names[i] if i < len(run.names) else str(i), i, share)
                for i, share in zip(numbers, shares, strict=True)
            )


def _pipe(run: Finished, height: int, width: int, progress: Progress) -> tuple[Choice, ...]:
    """What is done to images: the run's `prepare`, behind what makes them as large as those of the
    data set, if its images are of one size."""
    prepare = run.analysis.recipe.prepare
    known = datasets.find(run.analysis.recipe.data or "")
    if known is not None and known.shape is not None:
        height, width = map(number, known.shape.positions)
    elif prepare:
        return prepare
    progress.say(f"images are resized and cut to {height}x{width}")
    # The side that would fall short sets the scale; what stands out of the other is cut.
    fit = Choice("resize", (("size", max(height, width)),))
    return (fit, Choice("crop", (("size", (height, width)),)), *prepare)
