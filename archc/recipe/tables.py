"""Names of torch without torch: optimizers, schedules, losses and transforms with their options.

Names, defaults and order of the options are PyTorch's; a test compares the two.
"""

from typing import NamedTuple

from archc.layers.kinds import Kind, Number, OneOf, Unfit, Whole, YesNo
from archc.layers.values import Value


class Several(NamedTuple):
    """A list of values of one kind, of a certain length or at least one."""

    kind: Kind
    length: int | None = None

    def read(self, value: Value, rank: int | None) -> tuple[object, ...]:
        right = type(value) is tuple and len(value) == (self.length or len(value)) > 0
        if not right:
            raise Unfit(self.describe())
        assert isinstance(value, tuple)
        try:
            return tuple(self.kind.read(v, rank) for v in value)
        except Unfit as unfit:
            raise Unfit(self.describe(), unfit.out_of_range) from None

    def describe(self) -> str:
        count = f"a list of {self.length}" if self.length else "a list"
        return f"{count}, each {self.kind.describe()}"


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
    options only.
    """

    what: str
    entries: tuple[Entry, ...]
    later: tuple[str, ...] = ()
    default: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(entry.name for entry in self.entries)

    def find(self, name: str) -> Entry | None:
        """An entry by its name."""
        return next((entry for entry in self.entries if entry.name == name), None)


REAL = Number()
POSITIVE = Number(0)
SHARE = Number(0, 1)


def _optimizer(torch: str, lr: float, *options: Option) -> Entry:
    return Entry(torch.lower(), torch, (Option("lr", POSITIVE, lr), *options))


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

LOSSES = Table(
    "loss",
    (
        Entry("cross_entropy", "cross_entropy", (_share("label_smoothing", 0.0),)),
        Entry("nll", "nll_loss"),
        Entry("mse", "mse_loss", (_TARGET,)),
        Entry("l1", "l1_loss", (_TARGET,)),
        Entry("smooth_l1", "smooth_l1_loss", (_positive("beta", 1.0), _TARGET)),
        Entry("huber", "huber_loss", (_positive("delta", 1.0), _TARGET)),
        Entry("binary_cross_entropy", "binary_cross_entropy", (_TARGET,)),
    ),
    later=("python", "aux", "binary_cross_entropy_with_logits", "kl_div", "multi_margin"),
    default="cross_entropy",
)

TRANSFORMS = Table(
    "transform",
    (
        Entry(
            "crop",
            "RandomCrop",
            (Option("size", Whole(1), required=True), Option("pad", Whole(0), 0)),
            "size",
        ),
        Entry("flip", "RandomHorizontalFlip", (_share("p", 0.5),), "p"),
    ),
    later=("resize", "rotate", "affine", "erase", "jitter", "randaugment", "resized_crop", "vflip"),
)
