"""Data that is too large for the memory allowed, for tests of reading it batch by batch."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from archc.training import memory

SCARCE = {memory.LIMIT: "150kB"}
"""Enough for a step, and not for the images."""
DRAW = np.random.default_rng(0)
SPEC = """input 3x16x16
pool 4 | conv 4 k3 p1 | bn | relu | gap | flatten | dropout .2 | fc 2
train {
  data folder "images"
  prepare { resize 16 | crop 16 }
  augment { crop 16 pad=2 | flip }
  mixup .2
  val .1
  epochs 2
  batch 8
}
"""


COUNT = 700
X = DRAW.integers(0, 255, (COUNT, 8, 8, 3)).astype(np.uint8)
"""Just more than is free where memory is scarce."""
Y = DRAW.integers(0, 3, COUNT)
NET = "conv 4 k3 p1 | bn | relu | gap | flatten | fc 3"
SEVERAL = """input image 3x8x8
input meta 40
flatten -> a
concat(@a, @meta) | fc 8 -> h | fc 2
output pair train
@h | fc 3"""
ARRAYS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "channels last": (
        f"input 3x8x8 | {NET}",
        "augment { flip } | accumulate 3",
        {"x": X, "y": Y},
    ),
    "channels first, parts": (
        f"input 3x8x8 | {NET}",
        "",
        {
            "train_images": X.transpose(0, 3, 1, 2)[:550],
            "train_labels": Y[:550].astype(">f8"),
            "images_val": X[550:600],
            "labels_val": Y[550:600, None],
            "test_images": X[600:],
            "test_labels": Y[600:],
        },
    ),
    "floats": (f"input 3x8x8 | {NET}", "", {"x": X / 255, "y": Y.astype(np.uint8)}),
    "prepared": (
        f"input 3x16x16 | pool 4 | {NET}",
        "prepare { resize 16 }",
        {"x": X, "y": Y},
    ),
    "classes": ("input 3x8x8 | conv 3 k1", "metrics iou", {"x": X, "y": X[..., 0] % 3}),
    "several": (
        SEVERAL,
        "loss pair mse",
        {"image": X, "meta": DRAW.random((COUNT, 40)), "y": Y, "pair": X[:, 0, 0, :2] / 255},
    ),
    "words": (
        "input 90 int | embed 50 4 | mean | fc 3",
        "",
        {"x": X.reshape(COUNT, -1)[:, :90] % 50, "y": Y},
    ),
    "reconstruction": ("input 3x8x8 | conv 3 k1", "loss mse target=input", {"x": X}),
}
"""Networks with lines of `train` and the arrays of a file that they are trained on."""


def write_images(folder: Path) -> None:
    """A spec and its folder of images."""
    pictures(folder / "images")
    (folder / "net.arch").write_text(SPEC)


def pictures(folder: Path, count: int = 80) -> None:
    """More than are worth reading in one process."""
    for name, colour in (("dark", 20), ("light", 150)):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            pixels = colour + DRAW.integers(0, 60, (20, 18 + number % 5, 3))
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{number}.png")
