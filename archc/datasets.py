"""The data sets that a spec can name: what is known of them without loading anything."""

from archc.shape import Shape, feature_map
from archc.tuples import NamedTuple


class DataSet(NamedTuple):
    """A labelled set of images.

    `shape` and `classes` are None where the network decides (`random`). `mean` and `std` are those
    of the training images, one a channel, with pixels scaled to 0..1 by dividing by `white`.
    `torchvision` names the class of torchvision.datasets that reads the files.
    """

    name: str
    shape: Shape | None
    classes: int | None
    train: int
    test: int
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    white: int = 255
    torchvision: str = ""


DIGITS = DataSet("digits", feature_map(1, 8, 8), 10, 1437, 360, (0.3056,), (0.3761,), white=16)
UNKNOWN = DataSet("", None, None, 0, 0)
"""One of which nothing is known before it is read."""
RANDOM = DataSet("random", None, None, 2048, 512, (0.5,), (0.2887,))

DATASETS = {
    dataset.name: dataset
    for dataset in (
        DIGITS,
        DataSet(
            "mnist",
            feature_map(1, 28, 28),
            10,
            60_000,
            10_000,
            (0.1307,),
            (0.3081,),
            torchvision="MNIST",
        ),
        DataSet(
            "fashionmnist",
            feature_map(1, 28, 28),
            10,
            60_000,
            10_000,
            (0.2860,),
            (0.3530,),
            torchvision="FashionMNIST",
        ),
        DataSet(
            "cifar10",
            feature_map(3, 32, 32),
            10,
            50_000,
            10_000,
            (0.4914, 0.4822, 0.4465),
            (0.2470, 0.2435, 0.2616),
            torchvision="CIFAR10",
        ),
        DataSet(
            "cifar100",
            feature_map(3, 32, 32),
            100,
            50_000,
            10_000,
            (0.5071, 0.4865, 0.4409),
            (0.2673, 0.2564, 0.2762),
            torchvision="CIFAR100",
        ),
        DataSet(
            "kmnist",
            feature_map(1, 28, 28),
            10,
            60_000,
            10_000,
            (0.1918,),
            (0.3483,),
            torchvision="KMNIST",
        ),
        DataSet(
            "usps",
            feature_map(1, 16, 16),
            10,
            7291,
            2007,
            (0.2469,),
            (0.2989,),
            torchvision="USPS",
        ),
        RANDOM,
    )
}

_ALIASES = {
    "fashion_mnist": "fashionmnist",
    "fashion": "fashionmnist",
    "cifar": "cifar10",
    "cifar_10": "cifar10",
}

LATER = ("emnist", "qmnist", "svhn", "stl10", "imagenet")
"""Words behind `data` that the language knows and this version does not."""


def find(name: str) -> DataSet | None:
    """A data set by the name that a spec gives it."""
    return DATASETS.get(name)


def known_as(name: str) -> str | None:
    """What a data set is called here that others spell another way, such as `CIFAR-10`."""
    plain = name.lower().replace("-", "_")
    plain = _ALIASES.get(plain, plain)
    return plain if plain in DATASETS else None
