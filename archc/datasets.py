"""The data sets that a spec can name: what is known of them without loading anything."""

from collections.abc import Iterable, Mapping

from archc.shape import Shape, feature_map
from archc.tuples import NamedTuple

Arguments = tuple[tuple[str, str | bool], ...]


class Target(NamedTuple):
    """What the targets of a data set are, the number of examples apart: whether whole numbers, the
    sizes of one, and the lowest and highest number."""

    whole: bool
    dims: tuple[int, ...]
    low: float
    high: float


class DataSet(NamedTuple):
    """A set of images with targets.

    `shape` is None where images differ in size or the network decides (`random`), `classes` where
    the network decides or there are none. `mean` and `std` are those of the training images, one a
    channel, with pixels scaled to 0..1 by dividing by `white`; without them they are computed.
    `torchvision` names the class of torchvision.datasets that reads the files, `parts` are its
    arguments for training and test; where they are equal, a fifth is the test. `choices` are
    options with their words, the first of which is the default. `target` is None where a class is
    a number, as everywhere before data of the user's is read.
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
    parts: tuple[Arguments, Arguments] = ((("train", True),), (("train", False),))
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()
    target: Target | None = None
    downloads: bool = True


DIGITS = DataSet("digits", feature_map(1, 8, 8), 10, 1437, 360, (0.3056,), (0.3761,), white=16)
UNKNOWN = DataSet("", None, None, 0, 0)
"""One of which nothing is known before it is read."""
RANDOM = DataSet("random", None, None, 2048, 512, (0.5,), (0.2887,))

_SPLITS = ("train", "test")


def _of(
    torchvision: str,
    shape: tuple[int, ...] | None,
    classes: int,
    train: int = 0,
    test: int = 0,
    mean: tuple[float, ...] = (),
    std: tuple[float, ...] = (),
    *,
    split: tuple[str, str] | None = None,
    choices: Mapping[str, tuple[str, ...]] | None = None,
    downloads: bool = True,
) -> DataSet:
    """A data set of torchvision's; its counts are 0 where they are not checked."""
    made = DataSet(
        torchvision.lower(),
        feature_map(*shape) if shape else None,
        classes,
        train,
        test,
        mean,
        std,
        torchvision=torchvision,
        choices=tuple((choices or {}).items()),
        downloads=downloads,
    )
    return made if split is None else made._replace(parts=_named(*split))


def _named(train: str, test: str) -> tuple[Arguments, Arguments]:
    return (("split", train),), (("split", test),)


def _whole(dataset: DataSet) -> DataSet:
    """One that comes in one part."""
    return dataset._replace(parts=((), ()))


_EMNIST = {
    "balanced": (47, 112_800, 18_800),
    "byclass": (62, 697_932, 116_323),
    "bymerge": (47, 697_932, 116_323),
    "letters": (27, 124_800, 20_800),
    "digits": (10, 240_000, 40_000),
    "mnist": (10, 60_000, 10_000),
}
"""Classes and counts by `split`; the first of the 27 letters is `N/A`, as torchvision has it."""

_GREY = (1, 28, 28)
_VALID = ("train", "val")

_READ: Iterable[DataSet] = (
    DIGITS,
    _of("MNIST", _GREY, 10, 60_000, 10_000, (0.1307,), (0.3081,)),
    _of("FashionMNIST", _GREY, 10, 60_000, 10_000, (0.2860,), (0.3530,)),
    _of(
        "CIFAR10",
        (3, 32, 32),
        10,
        50_000,
        10_000,
        (0.4914, 0.4822, 0.4465),
        (0.2470, 0.2435, 0.2616),
    ),
    _of(
        "CIFAR100",
        (3, 32, 32),
        100,
        50_000,
        10_000,
        (0.5071, 0.4865, 0.4409),
        (0.2673, 0.2564, 0.2762),
    ),
    _of("KMNIST", _GREY, 10, 60_000, 10_000, (0.1918,), (0.3483,)),
    _of("EMNIST", _GREY, *_EMNIST["balanced"], choices={"split": tuple(_EMNIST)}),
    _of("QMNIST", _GREY, 10, 60_000, 60_000),
    _of("USPS", (1, 16, 16), 10, 7291, 2007, (0.2469,), (0.2989,)),
    _whole(_of("SEMEION", (1, 16, 16), 10, 1593)),
    _of("SVHN", (3, 32, 32), 10, 73_257, 26_032, split=_SPLITS),
    _of("STL10", (3, 96, 96), 10, 5000, 8000, split=_SPLITS),
    _of("FER2013", (1, 48, 48), 7, split=_SPLITS, downloads=False),
    _of("PCAM", (3, 96, 96), 2, split=_SPLITS),
    _whole(_of("EuroSAT", (3, 64, 64), 10)),
    _of("Flowers102", None, 102, split=_SPLITS),
    _of("OxfordIIITPet", None, 37, split=("trainval", "test")),
    _of("Food101", None, 101, split=_SPLITS),
    _of("StanfordCars", None, 196, split=_SPLITS, downloads=False),
    _of(
        "FGVCAircraft",
        None,
        100,
        split=("trainval", "test"),
    ),
    _of("DTD", None, 47, split=_SPLITS),
    _of("GTSRB", None, 43, split=_SPLITS),
    _of("Country211", None, 211, split=_SPLITS),
    _of("RenderedSST2", None, 2, split=_SPLITS),
    _whole(_of("Caltech101", None, 101)),
    _whole(_of("Caltech256", None, 257)),
    _whole(_of("SUN397", None, 397)),
    _of(
        "Imagenette",
        None,
        10,
        split=_VALID,
        choices={"size": ("full", "320px", "160px")},
    ),
    _of("CelebA", (3, 218, 178), 0, split=_SPLITS)._replace(
        classes=None, target=Target(True, (40,), 0, 1)
    ),
    _of("ImageNet", None, 1000, split=_VALID, downloads=False),
    _of("Places365", None, 365, split=("train-standard", "val")),
    _of("INaturalist", None, 10_000)._replace(
        parts=((("version", "2021_train"),), (("version", "2021_valid"),))
    ),
    RANDOM,
)

DATASETS = {dataset.name: dataset for dataset in _READ}

COMMON = ("digits", "mnist", "fashionmnist", "cifar10", "cifar100", "svhn", "random")
"""Those that a message names first."""

_FUNCTION = 'a function can give them: `data python "pkg.module:function"`'
_VIDEOS = f"its examples are videos; {_FUNCTION}"
_TEXTS = f"its targets are texts; {_FUNCTION}"
_BOXES = f"its targets are boxes; {_FUNCTION}"
_MASKS = f"its targets are pictures of other sizes; {_FUNCTION}"
_PAIRS = f"its examples are pairs of images; {_FUNCTION}"

REFUSED: Mapping[str, str] = {
    **dict.fromkeys(("kinetics", "hmdb51", "ucf101", "movingmnist"), _VIDEOS),
    **dict.fromkeys(("cococaptions", "flickr8k", "flickr30k", "sbu"), _TEXTS),
    **dict.fromkeys(("cocodetection", "vocdetection", "widerface", "kitti"), _BOXES),
    **dict.fromkeys(("vocsegmentation", "sbdataset", "cityscapes"), _MASKS),
    **dict.fromkeys(
        (
            *("lfwpairs", "phototour", "kittiflow", "sintel", "flyingchairs", "flyingthings3d"),
            *("hd1k", "kitti2012stereo", "kitti2015stereo", "carlastereo", "crestereo"),
            *("middlebury2014stereo", "fallingthingsstereo", "sceneflowstereo", "sintelstereo"),
            *("instereo2k", "eth3dstereo"),
        ),
        _PAIRS,
    ),
    "clevrclassification": f"its targets are counts with gaps; {_FUNCTION}",
    "lfwpeople": f"its test has other classes than its training; {_FUNCTION}",
    "omniglot": f"its test has other classes than its training; {_FUNCTION}",
    "lsun": f"it lies in a database; {_FUNCTION}",
    "lsunclass": f"it lies in a database; {_FUNCTION}",
    "imagefolder": '`data folder "path"` reads a folder of images',
    "datasetfolder": '`data folder "path"` reads a folder of images',
    "fakedata": "`data random` draws images of the network's own size",
}
"""Data sets of torchvision's that no line can name, with the reason."""

_ALIASES = {
    "fashion_mnist": "fashionmnist",
    "fashion": "fashionmnist",
    "cifar": "cifar10",
    "pets": "oxfordiiitpet",
    "oxford_pets": "oxfordiiitpet",
    "flowers": "flowers102",
    "food": "food101",
    "fake": "random",
}


def find(name: str, options: Iterable[tuple[str, object]] = ()) -> DataSet | None:
    """A data set by the name that a spec gives it, as its options choose it."""
    found = DATASETS.get(name)
    if found is None or not found.choices:
        return found
    said = {**{option: words[0] for option, words in found.choices}, **dict(options)}
    chosen: Arguments = tuple((option, str(word)) for option, word in said.items())
    train, test = found.parts
    found = found._replace(parts=((*train, *chosen), (*test, *chosen)))
    if name != "emnist":
        return found
    classes, images, tests = _EMNIST[str(said["split"])]
    return found._replace(classes=classes, train=images, test=tests)


def known_as(name: str) -> str | None:
    """What a data set is called here that others spell another way, such as `CIFAR-10`."""
    plain = name.lower().replace("-", "_")
    plain = _ALIASES.get(plain, plain)
    plain = plain if plain in DATASETS else plain.replace("_", "")
    return plain if plain in DATASETS else None
