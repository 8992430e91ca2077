"""Images for unet.arch: digits of MNIST on pictures of CIFAR-10, with a class for each pixel."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torchvision.datasets import CIFAR10, MNIST

DIGITS = 3  # in each image
Scenes = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def load(root: Path) -> tuple[Scenes, Scenes]:
    """Images [N, 64, 64, 3] and classes [N, 64, 64] for training and test: 0 is the picture, 1 to
    10 are the digits 0 to 9. The data sets lie in `root`, or are downloaded there."""
    return scenes(root, True, 8000), scenes(root, False, 2000)


def scenes(root: Path, train: bool, count: int) -> Scenes:
    """So many images, the same ones at every call. The test's are made of the test sets alone."""
    draw = np.random.default_rng(int(train))
    pictures = CIFAR10(root, train=train, download=True).data[:count]
    images = pictures.repeat(2, 1).repeat(2, 2)
    classes = np.zeros(images.shape[:3], np.uint8)
    digits = MNIST(root, train=train, download=True)
    for image, pixels in zip(images, classes, strict=True):
        for index in draw.integers(len(digits), size=DIGITS):
            top, left = draw.integers(64 - 28, size=2, endpoint=True)
            place = slice(top, top + 28), slice(left, left + 28)
            ink = digits.data[index].numpy()
            share = ink[:, :, None] / 255
            image[place] = (1 - share) * image[place] + share * draw.integers(256, size=3)
            pixels[place][ink > 127] = 1 + digits.targets[index]
    return images, classes
