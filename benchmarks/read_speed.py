"""How fast images that do not fit into memory are read, against torchvision's ImageFolder.

    python benchmarks/read_speed.py
    python benchmarks/read_speed.py --folder data/imagenet/train --resize 256 --crop 224 --readers 8

Both read the same JPEGs in the same random order with as many processes, make their shorter side
`--resize` and cut out the middle, and hand on batches of normalised floats: ImageFolder and a
DataLoader with ToTensor and Normalize, and `archc train`'s own reading, which hands on bytes and
normalises the batch. Without `--folder` photographs are drawn, of noise that was smoothed. They
take turns, an epoch each, so that what else the machine does hits both alike.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from archc.datasets import UNKNOWN
from archc.recipe.choice import Choice
from archc.training.batches import permutation
from archc.training.data import normalizer
from archc.training.decode import of_files
from archc.training.image_folder import images_below

BATCH = 64
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def draw(folder: Path, count: int, width: int, height: int) -> None:
    """Pictures about as detailed as photographs, in two classes."""
    random = np.random.default_rng(0)
    for number in range(count):
        below = folder / ("a", "b")[number % 2]
        below.mkdir(parents=True, exist_ok=True)
        noise = random.integers(0, 256, (height, width, 3)).astype(np.uint8)
        Image.fromarray(noise).filter(ImageFilter.GaussianBlur(2)).save(
            below / f"{number}.jpg", quality=90
        )


def torchvisions(folder: Path, resize: int, crop: int, readers: int) -> Callable[[int], None]:
    """An epoch of the usual way."""
    pipe = transforms.Compose(
        [
            transforms.Resize(resize),
            transforms.CenterCrop(crop),
            transforms.ToTensor(),
            transforms.Normalize(MEAN, DEVIATION),
        ]
    )
    images = datasets.ImageFolder(folder, pipe)

    def run(epoch: int) -> None:
        order = permutation(len(images), 0, epoch).tolist()
        look(batch for batch, _ in DataLoader(images, BATCH, sampler=order, num_workers=readers))

    return run


def ours(folder: Path, resize: int, crop: int, readers: int) -> Callable[[int], None]:
    """An epoch of `archc train`'s, but for the training."""
    pipe = (Choice("resize", (("size", resize),)), Choice("crop", (("size", crop),)))
    files = [(file, 0) for file in images_below(folder)]
    images = of_files(files, pipe, (3, crop, crop))._replace(readers=readers)
    normalize = normalizer(UNKNOWN, "imagenet", torch.device("cpu"))

    def run(epoch: int) -> None:
        order = permutation(images.size, 0, epoch)
        with closing(images.batches(torch.split(order, BATCH))) as batches:
            look(normalize(batch.images) for batch in batches)

    return run


def look(batches: Iterable[torch.Tensor]) -> None:
    """Takes all batches, and a number of each."""
    if not sum(float(batch[0, 0, 0, 0]) for batch in batches):
        raise ValueError("there was nothing to see")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--folder", type=Path, help="of folders, one a class")
    parser.add_argument("--images", type=int, default=600, help="to draw without a folder")
    parser.add_argument("--size", type=int, nargs=2, default=(500, 375), help="width and height")
    parser.add_argument("--resize", type=int, default=256)
    parser.add_argument("--crop", type=int, default=224)
    parser.add_argument("--readers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as drawn:
        folder = options.folder or Path(drawn)
        if options.folder is None:
            draw(folder, options.images, *options.size)
        count = len(images_below(folder))
        given = folder, options.resize, options.crop, options.readers
        ways = {"ImageFolder": torchvisions(*given), "archc": ours(*given)}
        speeds: dict[str, list[float]] = {name: [] for name in ways}
        for epoch in range(options.rounds + 1):
            for name, way in ways.items():
                begun = time.perf_counter()
                way(epoch)
                if epoch:  # The first round fetches the files from the disk.
                    speeds[name].append(count / (time.perf_counter() - begun))
    for name, found in speeds.items():
        print(f"{name}: {statistics.median(found):,.0f} images/s with {options.readers} processes")
    ratios = sorted(a / b for a, b in zip(speeds["archc"], speeds["ImageFolder"], strict=True))
    print(f"ratio: {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")


if __name__ == "__main__":
    main()
