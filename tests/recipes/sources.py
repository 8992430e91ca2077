"""Random data of one's own for random recipes: arrays of an `.npz` file, and folders of images.

Most fits its network; some of it has odd types, sizes, values, names or bytes.
"""

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

import archc

Arrays = dict[str, np.ndarray]

_WHOLE = ("uint8", "int64", "int32", "int16")
_TYPES = (*("uint8", "float32", "float64", "int64") * 8, "int32", "bool", "float16", "int8")
_ODD_TYPES = ("uint16", "complex64", "S3", "U2", "object")


class _Targets(NamedTuple):
    """What a loss compares, for metrics, and losses that go with it."""

    compares: str
    losses: tuple[str, ...]


_TARGETS = {
    "classes": _Targets(
        "classes", ("cross_entropy", "cross_entropy label_smoothing=.1", "multi_margin")
    ),
    "left out": _Targets("classes", ("cross_entropy ignore_index=255",)),
    "probabilities": _Targets("classes", ("cross_entropy",)),
    "labels": _Targets("labels", ("bce_with_logits", "multi_label_soft_margin", "soft_margin")),
    "values": _Targets("values", ("mse", "l1", "huber", "poisson_nll", "smooth_l1")),
    "inputs": _Targets("values", ("mse target=input",)),
}
_FOLDERS = ("a", "b", "cat", "ü.d", " x", "0", "nested", ".hidden", "a b", "-x", "#1")
_MODES = (*("RGB",) * 6, "L", "1", "LA", "P", "RGBA", "CMYK", "I;16", "F", "YCbCr")
_ENDINGS = (*("png", "jpg") * 4, "PNG", "gif", "bmp", "tif", "webp", "txt", "")


class Source(NamedTuple):
    """Lines of `train`, what writes the data into the folder of the spec, and what the loss
    compares, where that is known."""

    lines: tuple[str, ...]
    write: Callable[[Path], None] = lambda _: None
    compares: str = ""


def draw_npz(chance: random.Random, network: str) -> Source:
    """Arrays for the inputs and the output of a network, and a loss that goes with them."""
    shapes = archc.check(network)
    numbers = np.random.default_rng(chance.randrange(2**32))
    count = chance.choice((1, 2, 5, 20, 20, 20, 40))
    ids = " int" in network
    below = chance.choice((2, 20) if ids else (2, 20, 255))
    arrays = {
        name: _array(numbers, chance.choice(_WHOLE if ids else _TYPES), (count, *shape), below)
        for name, shape in _named(shapes.input, "x").items()
    }
    same = shapes.input == shapes.output
    targets = chance.choice([name for name in _TARGETS if same or name != "inputs"])
    out = next(iter(_named(shapes.output, "y").values()))
    if targets != "inputs":
        arrays["y"] = _targets(targets, chance, numbers, (count, *out), "hwc" in network)
    if chance.random() < 0.2:
        part = chance.choice(("test", "val"))
        arrays |= {f"{part}_{name}": array for name, array in arrays.items()}
    if chance.random() < 0.15:
        _spoil(chance, arrays)
    damage = chance.random() < 0.05

    def write(folder: Path) -> None:
        np.savez_compressed(folder / "data.npz", **arrays)  # type: ignore[arg-type]
        if damage:
            _damage(folder / "data.npz", numbers)

    compares, losses = _TARGETS[targets]
    return Source(('data npz "data.npz"', f"loss {chance.choice(losses)}"), write, compares)


def _named(shapes: Any, name: str) -> dict[str, tuple[int, ...]]:
    """Of one shape, or several with names."""
    several = shapes if isinstance(shapes, Mapping) else {name: shapes}
    return {name: tuple(shape) for name, shape in several.items()}


def _array(
    numbers: np.random.Generator, kind: str, shape: tuple[int, ...], below: int
) -> np.ndarray:
    if kind.startswith(("f", "c")):
        return numbers.standard_normal(shape).astype(kind)
    return numbers.integers(0, min(below, 127 if kind == "int8" else below), shape).astype(kind)


def _targets(
    kind: str,
    chance: random.Random,
    numbers: np.random.Generator,
    shape: tuple[int, ...],
    classes_last: bool,
) -> np.ndarray:
    """For outputs of a shape, which begins with the number of examples."""
    axis = -1 if classes_last else 1
    if kind in ("classes", "left out"):
        places = np.delete(shape, axis)
        found = numbers.integers(0, shape[axis], places).astype(
            chance.choice((*_WHOLE, "float32", "float64"))
        )
        if kind == "left out":
            found.flat[0] = 255
        return found
    if kind == "probabilities":
        parts = numbers.random(shape).astype("float32")
        return parts / parts.sum(axis, keepdims=True)
    if kind == "labels":
        return numbers.integers(0, 2, shape).astype(chance.choice(("uint8", "bool", "float32")))
    return numbers.standard_normal(shape).astype(chance.choice(("float32", "float64", "float16")))


def _spoil(chance: random.Random, arrays: Arrays) -> None:
    """Makes one array another than it should be."""
    name = chance.choice(sorted(arrays))
    array = arrays[name]
    spoilt: dict[str, Callable[[], np.ndarray]] = {
        "type": lambda: array.astype(chance.choice(_ODD_TYPES)),
        "count": lambda: array[:-1],
        "axes": lambda: array[..., None],
        "fewer axes": lambda: array[0],
        "order": lambda: np.moveaxis(array, 1 if array.ndim > 1 else 0, -1),
        "no number": lambda: np.where(array == array.flat[0], np.nan, array.astype("float32")),
        "infinite": lambda: np.where(array == array.flat[0], np.inf, array.astype("float32")),
        "negative": lambda: -array.astype("int64"),
        "none": lambda: array[:0],
    }
    arrays[name] = spoilt[chance.choice(sorted(spoilt))]()


def _damage(file: Path, numbers: np.random.Generator) -> None:
    damaged = bytearray(file.read_bytes())
    for place in numbers.integers(0, len(damaged), 3):
        damaged[place] ^= int(numbers.integers(1, 256))
    file.write_bytes(bytes(damaged))


def draw_pictures(chance: random.Random, network: str) -> Source:
    """A folder of images for a network that tells classes of 8x8 pixels, a folder each class."""
    shapes = archc.check(network)
    channels, outputs = shapes.input[0], shapes.output[0]
    numbers = np.random.default_rng(chance.randrange(2**32))
    parts = chance.choice(([""], [""], [""], ["train", "test"], ["train", "val"], ["test"]))
    classes = chance.sample(_FOLDERS, outputs if chance.random() < 0.9 else 1)
    odd = chance.random() < 0.3
    files = [
        (Path(part, name), f"{number}.{chance.choice(_ENDINGS if odd else _ENDINGS[:8])}")
        for part in parts
        for name in classes
        for number in range(chance.choice((1, 3, 12)))
    ]
    modes = [chance.choice(_MODES) for _ in files] if odd else ["RGB"] * len(files)
    sizes = [chance.choice(((8, 8), (8, 8), (9, 7), (1, 1), (300, 2))) for _ in files]
    broken = [odd and chance.random() < 0.02 for _ in files]
    prepared = chance.random() < 0.8

    def write(folder: Path) -> None:
        for (place, name), mode, size, damage in zip(files, modes, sizes, broken, strict=True):
            inside = folder / "images" / place
            inside.mkdir(parents=True, exist_ok=True)
            _picture(numbers, inside / name, mode, size if prepared else (8, 8))
            if damage:
                _damage(inside / name, numbers)

    shown = f"prepare {{ resize 8x8{' | gray' if channels == 1 else ''} }}"
    lines = ('data folder "images"', f"loss {chance.choice(_TARGETS['classes'].losses)}")
    return Source((*lines, *((shown,) if prepared else ())), write, "classes")


def _picture(numbers: np.random.Generator, file: Path, mode: str, size: tuple[int, int]) -> None:
    pixels = numbers.integers(0, 255, (*size, 3), dtype=np.uint8)
    image = Image.fromarray(pixels).convert("L" if mode == "I;16" else mode)
    kind = {"png": "PNG", "jpg": "JPEG", "tif": "TIFF", "": "PNG", "txt": "PNG"}
    ending = file.suffix.lower().lstrip(".")
    try:
        image.convert(mode).save(file, kind.get(ending, ending.upper()))
    except (OSError, ValueError):  # A format that has no such mode.
        image.convert("RGB").save(file, "PNG")
