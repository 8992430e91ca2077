"""Images in folders: one a class, perhaps below `train`, `val` and `test`."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from archc.recipe.choice import Choice
from archc.training.prepare import prepare
from archc.training.problem import RunError
from archc.tuples import NamedTuple

_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
_VALS = ("val", "valid", "validation")
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}

Labelled = tuple[Path, int]


class Folder(NamedTuple):
    """The files of each part with their classes, and the classes' names. `val` is empty where
    there is no part of its own for validation."""

    train: tuple[Labelled, ...]
    val: tuple[Labelled, ...]
    test: tuple[Labelled, ...]
    names: tuple[str, ...]


def scan(root: Path, project: Path | None = None, *, classes: bool = True) -> Folder:
    """Finds the images below a folder, nothing read yet. Of `train`, `val` and `test` below it, the
    last two may be missing; where `test` is, `val` stands for it. Without parts, every fifth image
    of a class, by name, is of the test. With `project`, links may not lead out of that folder.
    Where nobody asks for `classes`, there may be one or none. Raises RunError."""
    if not root.is_dir():
        raise RunError(f"expected a folder of images at {root}, got {_found(root)}")
    below = root / "train"
    parts = {name for name in (*_VALS, "test") if (root / name).is_dir()}
    if not below.is_dir():
        if parts and all(f.name in parts for f in root.iterdir() if f.is_dir()):
            raise RunError(f"{root} has no folder `train` beside `{min(parts)}`")
        names, every = _labelled(root, project, classes)
        kept, fifth = _every_fifth(every)
        return Folder(kept, (), fifth, names)
    names, train = _labelled(below, project, classes)
    val = next((root / name for name in _VALS if name in parts), None)
    test = root / "test" if "test" in parts else None
    held, tests = (_like(names, part, project) if part else () for part in (val, test))
    return Folder(train, held, tests, names) if test else Folder(train, (), held, names)


def read_image(
    file: Path, taken: Callable[[Image.Image], Tensor], stream: IO[bytes] | None = None
) -> Tensor:
    """What is taken of the picture in a file, or in `stream` if there is one. Raises RunError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Damaged remarks of a camera, such as of EXIF.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(stream or file) as opened:
                return taken(opened)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        most = f"{Image.MAX_IMAGE_PIXELS:,}"
        raise RunError(f"{file} has more than {most} pixels: make it smaller first") from None
    except UnidentifiedImageError:
        raise RunError(f"cannot read the image {file}: it is none, or of an unknown kind") from None
    except (OSError, ValueError, SyntaxError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise RunError(f"cannot read the image {file}: {reason}") from None


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


def images_below(folder: Path) -> list[Path]:
    """The images anywhere below a folder."""
    return sorted(file for file in folder.rglob("*") if _is_image(file))


def _labelled(
    folder: Path, project: Path | None, classes: bool
) -> tuple[tuple[str, ...], tuple[Labelled, ...]]:
    """The classes of a folder, at least two if they are asked for, and their images, at least one
    each."""
    names = sorted(f.name for f in folder.iterdir() if f.is_dir() and f.name[0] != ".")
    alone = [] if names or classes else _images(folder, project)
    if alone:
        return (), tuple((file, 0) for file in alone)
    if not names:
        raise RunError(f"expected one folder a class in {folder}, got none")
    if len(names) == 1 and classes:
        raise RunError(f"expected at least two classes in {folder}, got {names[0]} alone")
    files: list[Labelled] = []
    for label, name in enumerate(names):
        found = _images(folder / name, project)
        if not found:
            raise RunError(f"the class {folder / name} has no images: add some or remove it")
        files += [(file, label) for file in found]
    return tuple(names), tuple(files)


def _every_fifth(
    files: Sequence[Labelled],
) -> tuple[tuple[Labelled, ...], tuple[Labelled, ...]]:
    """All but every fifth of a class, and these."""
    kept: list[Labelled] = []
    taken: list[Labelled] = []
    places: dict[int, int] = {}
    for file, label in files:
        place = places.get(label, 0)
        places[label] = place + 1
        (taken if place % 5 == 4 else kept).append((file, label))
    return tuple(kept), tuple(taken)


def _like(names: tuple[str, ...], part: Path, project: Path | None) -> tuple[Labelled, ...]:
    """The images of a further part, whose classes are some of those of the training."""
    files: list[Labelled] = []
    if not names:
        return tuple((file, 0) for file in _images(part, project))
    for folder in sorted(f for f in part.iterdir() if f.is_dir() and f.name[0] != "."):
        if folder.name not in names:
            train = part.parent / "train"
            raise RunError(f"{folder} is a class that {train} does not have")
        files += [(file, names.index(folder.name)) for file in _images(folder, project)]
    if not files:
        raise RunError(f"{part} has no images in folders of classes: add some or remove it")
    return tuple(files)


def _images(folder: Path, project: Path | None) -> list[Path]:
    found = sorted(file for file in folder.iterdir() if _is_image(file))
    if project is None:
        return found
    for file in (folder, *found):
        if file.is_symlink() and not file.resolve().is_relative_to(project.resolve()):
            raise RunError(f"{file} is a link that leads out of {project}")
    return found


def _is_image(file: Path) -> bool:
    # Files that begin with a dot are what systems leave beside images.
    return file.suffix.lower() in _SUFFIXES and file.name[0] != "."


def _found(path: Path) -> str:
    return "a file" if path.exists() else "nothing"
