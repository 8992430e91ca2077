"""The classes of images, as a run's network sees them."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch

from archc.recipe.choice import Choice
from archc.symbolic import number
from archc.training.data import Split
from archc.training.finished import Finished
from archc.training.image_folder import read_image
from archc.training.judged import judge
from archc.training.problem import RunError
from archc.training.progress import Progress


class Guess(NamedTuple):
    """A class with its probability."""

    name: str
    number: int
    probability: float


def predict(
    run: Finished, files: Sequence[Path], most: int, progress: Progress
) -> list[tuple[Guess, ...]]:
    """The likeliest classes of each image, the likeliest first. Images of other sizes are resized
    and cut to the middle. Raises RunError where one cannot be read, or the network is no
    classifier of images."""
    graph, recipe = run.analysis.graph, run.analysis.recipe
    images = graph.input
    if not recipe.classifies:
        raise RunError("the network gives no classes: its loss compares values")
    if images.layout != "first" or images.rank != 2 or images.open:
        raise RunError(f"`predict` reads images for networks that take CxHxW, this takes {images}")
    channels, height, width = map(number, images.dims)
    pipe = recipe.prepare
    if not pipe:
        progress.say(f"images are resized and cut to {height}x{width}")
        # The side that would fall short sets the scale; what stands out of the other is cut.
        pipe = (_covering(height, width), Choice("crop", (("size", (height, width)),)))
    pixels = [read_image(file, pipe, (channels, height, width)) for file in files]
    scaled = torch.stack(pixels).float() * (run.data.white / 255)
    split = Split(scaled.to(run.hardware.device), torch.zeros(len(files), dtype=torch.int64))
    final = next(iter(graph.outputs))
    judged = judge(run.module, split, run.normalize, run.hardware, final)
    found = judged.probabilities.topk(min(most, judged.probabilities.shape[1]))
    return [
        tuple(
            Guess(run.names[i] if i < len(run.names) else str(i), i, p)
            for i, p in zip(indices, values, strict=True)
        )
        for indices, values in zip(found.indices.tolist(), found.values.tolist(), strict=True)
    ]


def _covering(height: int, width: int) -> Choice:
    return Choice("resize", (("size", max(height, width)),))
