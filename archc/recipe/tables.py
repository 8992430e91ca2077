"""Names of torch without torch: optimizers, schedules, losses and transforms with their options.

Names, defaults and order of the options are PyTorch's; a test compares the two.
"""

from archc.layers.kinds import Kind, Number, OneOf, Whole, YesNo
from archc.layers.values import Value
from archc.recipe.kinds import Either, Several, Text
from archc.recipe.model import PLACE
from archc.tuples import NamedTuple


class Option(NamedTuple):
    """An option with the value that PyTorch gives it where it is not said."""

    name: str
    kind: Kind
    default: Value = None
    required: bool = False


class Entry(NamedTuple):
    """Something that a line of `train` can name. `torch` is the class or function in PyTorch.

    `place` is the option that may be given without its name: `crop 32`.
    """

    name: str
    torch: str
    options: tuple[Option, ...] = ()
    place: str | None = None

    def option(self, name: str) -> Option | None:
        """An option by its name."""
        return next((option for option in self.options if option.name == name), None)

    @property
    def option_names(self) -> tuple[str, ...]:
        return tuple(option.name for option in self.options)


class Table(NamedTuple):
    """The entries behind a key, and what one of them is called in messages.

    `later` are names that exist and are not supported yet; `default` is taken where a line gives
    options only. With `python` a function of the user's may stand for an entry.
    """

    what: str
    entries: tuple[Entry, ...]
    later: tuple[str, ...] = ()
    default: str | None = None
    python: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(entry.name for entry in self.entries)

    def find(self, name: str) -> Entry | None:
        """An entry by its name."""
        if self.python and name == PYTHON.name:
            return PYTHON
        return next((entry for entry in self.entries if entry.name == name), None)


POSITIVE = Number(0)
SHARE = Number(0, 1)


FUNCTION = Text('a function, `"pkg.module:function"`,', r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
"""Code of the user's by its place; it is imported with leave alone."""

PYTHON = Entry("python", "", (Option(PLACE, FUNCTION, required=True),), PLACE)


def _optimizer(torch: str, lr: float, *options: Option) -> Entry:
    spared = (_NO_DECAY,) if any(o.name == "weight_decay" for o in options) else ()
    return Entry(torch.lower(), torch, (Option("lr", POSITIVE, lr), *options, *spared))


def _positive(name: str, default: float) -> Option:
    return Option(name, POSITIVE, default)


def _share(name: str, default: float) -> Option:
    return Option(name, SHARE, default)


def _flag(name: str, default: bool = False) -> Option:
    return Option(name, YesNo(), default)


def _pair(name: str, first: float, second: float) -> Option:
    return Option(name, Several(POSITIVE, 2), (first, second))


def _decay(default: float = 0) -> Option:
    return _positive("weight_decay", default)


def _eps(default: float = 1e-8) -> Option:
    return _positive("eps", default)


_NO_DECAY = Option("no_decay", Several(OneOf(("norm", "bias", "embed"))))
"""Tensors without weight decay: those of norms, biases, embeddings."""
_BETAS = Option("betas", Several(SHARE, 2), (0.9, 0.999))
_MOMENTUM = _positive("momentum", 0)
_DECOUPLED = _flag("decoupled_weight_decay")

OPTIMIZERS = Table(
    "optimizer",
    (
        _optimizer("SGD", 1e-3, _MOMENTUM, _share("dampening", 0), _decay(), _flag("nesterov")),
        _optimizer("Adam", 1e-3, _BETAS, _eps(), _decay(), _flag("amsgrad"), _DECOUPLED),
        _optimizer("AdamW", 1e-3, _BETAS, _eps(), _decay(0.01), _flag("amsgrad")),
        _optimizer(
            "NAdam", 2e-3, _BETAS, _eps(), _decay(), _positive("momentum_decay", 0.004), _DECOUPLED
        ),
        _optimizer("RAdam", 1e-3, _BETAS, _eps(), _decay(), _DECOUPLED),
        _optimizer("Adamax", 2e-3, _BETAS, _eps(), _decay()),
        _optimizer(
            "RMSprop",
            1e-2,
            _positive("alpha", 0.99),
            _eps(),
            _decay(),
            _MOMENTUM,
            _flag("centered"),
        ),
        _optimizer("Rprop", 1e-2, _pair("etas", 0.5, 1.2), _pair("step_sizes", 1e-6, 50)),
        _optimizer(
            "Adagrad",
            1e-2,
            _positive("lr_decay", 0),
            _decay(),
            _positive("initial_accumulator_value", 0),
            _eps(1e-10),
        ),
        _optimizer("Adadelta", 1.0, _share("rho", 0.9), _eps(1e-6), _decay()),
        _optimizer(
            "Adafactor",
            1e-2,
            Option("beta2_decay", Number(maximum=0), -0.8),
            _positive("d", 1.0),
            _decay(),
        ),
        _optimizer(
            "ASGD",
            1e-2,
            _positive("lambd", 1e-4),
            _positive("alpha", 0.75),
            _positive("t0", 1e6),
            _decay(),
        ),
    ),
    later=("lbfgs", "muon", "sparseadam"),
    default="adamw",
)

_WARMUP = _positive("warmup", 0)
_GAMMA = _positive("gamma", 0.1)

SCHEDULES = Table(
    "schedule",
    (
        Entry("cosine", "CosineAnnealingLR", (_positive("eta_min", 0), _WARMUP)),
        Entry(
            "onecycle",
            "OneCycleLR",
            (
                _share("pct_start", 0.3),
                Option("anneal_strategy", OneOf(("cos", "linear")), "cos"),
                _flag("cycle_momentum", True),
                _share("base_momentum", 0.85),
                _share("max_momentum", 0.95),
                Option("div_factor", Number(1), 25.0),
                Option("final_div_factor", Number(1), 1e4),
                _flag("three_phase"),
            ),
        ),
        Entry("linear", "LinearLR", (_share("end_factor", 0), _WARMUP)),
        Entry("step", "StepLR", (Option("step_size", Whole(1), 10), _GAMMA, _WARMUP)),
        Entry(
            "multistep",
            "MultiStepLR",
            (Option("milestones", Several(Whole(1)), required=True), _GAMMA, _WARMUP),
        ),
        Entry("exponential", "ExponentialLR", (_positive("gamma", 0.9), _WARMUP)),
    ),
    later=("plateau", "cyclic", "polynomial", "cosine_restarts"),
)
"""`warmup`, `step_size` and `milestones` count epochs, and `gamma` of `exponential` acts once an
epoch; all schedules move at every step."""

_TARGET = Option("target", OneOf(("input",)))
_FACTOR = Option("weight", POSITIVE, 1.0)
"""By what a loss is multiplied, beside other outputs' losses."""
_CLASSES = Option("weight", Either((POSITIVE, Several(POSITIVE))), 1.0)
"""The same, or a list of a weight each class."""

LOSSES = Table(
    "loss",
    (
        Entry("cross_entropy", "cross_entropy", (_share("label_smoothing", 0.0), _CLASSES)),
        Entry("nll", "nll_loss", (_CLASSES,)),
        Entry("mse", "mse_loss", (_TARGET, _FACTOR)),
        Entry("l1", "l1_loss", (_TARGET, _FACTOR)),
        Entry("smooth_l1", "smooth_l1_loss", (_positive("beta", 1.0), _TARGET, _FACTOR)),
        Entry("huber", "huber_loss", (_positive("delta", 1.0), _TARGET, _FACTOR)),
        Entry("binary_cross_entropy", "binary_cross_entropy", (_TARGET, _FACTOR)),
        Entry(
            "binary_cross_entropy_with_logits",
            "binary_cross_entropy_with_logits",
            (_TARGET, _FACTOR),
        ),
    ),
    later=("kl_div", "multi_margin"),
    default="cross_entropy",
    python=True,
)

_SIDE = Option("size", Whole(1), required=True)
_SIDES = Option("size", Either((Whole(1), Several(Whole(1), 2))), required=True)
_HALF = _share("p", 0.5)

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
                _positive("brightness", 0),
                _positive("contrast", 0),
                _positive("saturation", 0),
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
