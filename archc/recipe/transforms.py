"""The transforms of `prepare` and `augment`, from torchvision.transforms.v2."""

from archc.layers.kinds import Number, Whole
from archc.recipe.kinds import Either, Several
from archc.recipe.table import POSITIVE, SHARE, Entry, Option, Table, positive, share

_SIDE = Option("size", Whole(1), required=True)
_SIDES = Option("size", Either((Whole(1), Several(Whole(1), 2))), required=True)
_HALF = share("p", 0.5)

PREPARES = Table(
    "transform",
    (
        Entry("resize", "Resize", (_SIDES,), "size"),
        Entry("crop", "CenterCrop", (_SIDES,), "size"),
        Entry("pad", "Pad", (Option("padding", Whole(1), required=True),), "padding"),
        Entry("gray", "Grayscale"),
    ),
)
"""What all images go through, in training and behind it. `resize 256` makes the shorter side 256,
`resize 224x320` both; `crop` takes the middle."""

AUGMENTS = Table(
    "transform",
    (
        Entry("crop", "RandomCrop", (_SIDE, Option("pad", Whole(0), 0)), "size"),
        Entry("flip", "RandomHorizontalFlip", (_HALF,), "p"),
        Entry("vflip", "RandomVerticalFlip", (_HALF,), "p"),
        Entry(
            "resized_crop",
            "RandomResizedCrop",
            (
                _SIDE,
                Option("scale", Several(SHARE, 2), (0.08, 1.0)),
                Option("ratio", Several(POSITIVE, 2), (3 / 4, 4 / 3)),
            ),
            "size",
        ),
        Entry(
            "rotate",
            "RandomRotation",
            (Option("degrees", Number(0, 180), required=True),),
            "degrees",
        ),
        Entry(
            "affine",
            "RandomAffine",
            (
                Option("degrees", Number(0, 180), required=True),
                Option("translate", Several(SHARE, 2)),
                Option("scale", Several(POSITIVE, 2)),
                Option("shear", POSITIVE),
            ),
            "degrees",
        ),
        Entry(
            "jitter",
            "ColorJitter",
            (
                positive("brightness", 0),
                positive("contrast", 0),
                positive("saturation", 0),
                Option("hue", Number(0, 0.5), 0),
            ),
            "brightness",
        ),
        Entry("erase", "RandomErasing", (_HALF,), "p"),
        Entry(
            "randaugment",
            "RandAugment",
            (Option("num_ops", Whole(1), 2), Option("magnitude", Whole(0, 30), 9)),
        ),
        Entry("trivialaugment", "TrivialAugmentWide"),
    ),
)
"""What training images go through besides, each image with its own draw."""
