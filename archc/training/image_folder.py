"""Images in folders: one a class, perhaps below `train` and `test` (or `val`)."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from archc.recipe.choice import Choice
from archc.training.data import Split
from archc.training.memory import refuse_more_than_fits
from archc.training.prepare import prepare
from archc.training.problem import RunError

_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}

Labelled = tuple[Path, int]


class Folder(NamedTuple):
    """The files of both parts, each with its class, and the classes' names."""

    train: tuple[Labelled, ...]
    test: tuple[Labelled, ...]
    names: tuple[str, ...]


def scan(root: Path) -> Folder:
    """Finds the images below a folder, nothing read yet. Without a part for testing, every fifth
    image of a class, by name, is of the test. Raises RunError."""
    if not root.is_dir():
        raise RunError(f"expected a folder of images at {root}, got {_found(root)}")
    below = root / "train"
    names = _classes(below if below.is_dir() else root)
    if not below.is_dir():
        every = [(file, i) for i, name in enumerate(names) for file in _images(root / name)]
        places = [place for name in names for place in range(len(_images(root / name)))]
        test = tuple(each for each, place in zip(every, places, strict=True) if place % 5 == 4)
        return Folder(tuple(each for each in every if each not in set(test)), test, names)
    tests = next((root / part for part in ("test", "val") if (root / part).is_dir()), None)
    others = _classes(tests) if tests else ()
    for name in others:
        if name not in names:
            raise RunError(f"{tests}/{name} is a class that {below} does not have")
    train = tuple((file, i) for i, name in enumerate(names) for file in _images(below / name))
    test = tuple(
        (file, names.index(name)) for name in others for file in _images((tests or root) / name)
    )
    return Folder(train, test, names)


def read_split(files: Sequence[Labelled], pipe: Sequence[Choice], dims: tuple[int, ...]) -> Split:
    """The images as the network takes them, `dims` being C, H, W. Raises RunError where one cannot
    be read or has another size."""
    channels, height, width = dims
    refuse_more_than_fits(len(files) * channels * height * width, "the images")
    images = torch.empty(len(files), height, width, channels, dtype=torch.uint8)
    for place, (file, _) in enumerate(files):
        images[place] = read_image(file, pipe, dims)
    return Split(images, torch.tensor([label for _, label in files], dtype=torch.int64))


def read_image(file: Path, pipe: Sequence[Choice], dims: tuple[int, ...]) -> Tensor:
    """An image as uint8 [H, W, C], prepared. Raises RunError."""
    try:
        with Image.open(file) as opened:
            return as_pixels(opened, str(file), pipe, dims)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise RunError(f"cannot read the image {file}: {error}") from None


def as_pixels(
    picture: Image.Image, where: str, pipe: Sequence[Choice], dims: tuple[int, ...]
) -> Tensor:
    """A picture as uint8 [H, W, C], prepared; `where` is what messages call it. Raises RunError."""
    channels, height, width = dims
    mode = _MODES.get(3 if any(choice.name == "gray" for choice in pipe) else channels)
    if mode is None:
        raise RunError(f"images have 1, 3 or 4 channels, and the network takes {channels}")
    if picture.mode[0] in "IF":
        raise RunError(f"{where} has more than 8 bits a channel: expected an 8-bit image")
    pixels = torch.from_numpy(np.array(picture.convert(mode)))
    image = prepare(pixels.reshape(1, *pixels.shape[:2], len(mode)), pipe)[0]
    if tuple(image.shape) != (height, width, channels):
        found = "x".join(map(str, (image.shape[2], *image.shape[:2])))
        side = f"{height}" if height == width else f"{height}x{width}"
        raise RunError(
            f"the network takes {channels}x{height}x{width}, but {where} is {found}: write "
            f"`prepare {{ resize {side} | crop {side} }}`"
        )
    return image


def _classes(folder: Path) -> tuple[str, ...]:
    names = sorted(f.name for f in folder.iterdir() if f.is_dir() and f.name[0] != ".")
    if not names:
        raise RunError(f"expected one folder a class in {folder}, got none")
    for name in names:
        if not _images(folder / name):
            raise RunError(f"the class {folder / name} has no images: add some or remove it")
    return tuple(names)


def _images(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix.lower() in _SUFFIXES)


def _found(path: Path) -> str:
    return "a file" if path.exists() else "nothing"
