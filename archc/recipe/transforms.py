"""The transforms of `prepare` and `augment`, from torchvision.transforms.v2."""

from archc.layers.kinds import Number, OneOf, Whole
from archc.recipe.kinds import Either, Odd, Several
from archc.recipe.table import ABOVE_0, POSITIVE, SHARE, Entry, Option, Table, positive, share

_SIDE = Option("size", Whole(1), required=True)
_SIDES = Option("size", Either((Whole(1), Several(Whole(1), 2))), required=True)
_HALF = share("p", 0.5)
_POLICIES = OneOf(("imagenet", "cifar10", "svhn"))

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
        Entry("autoaugment", "AutoAugment", (Option("policy", _POLICIES, "imagenet"),), "policy"),
        Entry(
            "augmix",
            "AugMix",
            (Option("severity", Whole(1, 10), 3), Option("mixture_width", Whole(1), 3)),
        ),
        Entry(
            "perspective",
            "RandomPerspective",
            (Option("distortion_scale", SHARE, 0.5), _HALF),
            "distortion_scale",
        ),
        Entry(
            "blur",
            "GaussianBlur",
            (
                Option("kernel_size", Odd(), required=True),
                Option("sigma", Several(ABOVE_0, 2), (0.1, 2.0)),
            ),
            "kernel_size",
        ),
        Entry("gray", "RandomGrayscale", (share("p", 0.1),), "p"),
        Entry("invert", "RandomInvert", (_HALF,), "p"),
        Entry("equalize", "RandomEqualize", (_HALF,), "p"),
        Entry("autocontrast", "RandomAutocontrast", (_HALF,), "p"),
        Entry(
            "posterize",
            "RandomPosterize",
            (Option("bits", Whole(0, 8), required=True), _HALF),
            "bits",
        ),
        Entry(
            "solarize",
            "RandomSolarize",
            (Option("threshold", Number(0, 255), required=True), _HALF),
            "threshold",
        ),
        Entry(
            "sharpness",
            "RandomAdjustSharpness",
            (Option("sharpness_factor", POSITIVE, required=True), _HALF),
            "sharpness_factor",
        ),
    ),
)
"""What training images go through besides, each image with its own draw."""
