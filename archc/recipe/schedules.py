"""The schedules of `torch.optim.lr_scheduler`, whose counts are epochs here."""

from archc.layers.kinds import Number, OneOf, Optional, Whole
from archc.recipe.kinds import Below1, Several
from archc.recipe.table import ABOVE_0, POSITIVE, Entry, Option, Table, count, flag, positive, share


def _schedule(name: str, torch: str, *options: Option) -> Entry:
    """Its class's name in lower case will do as well."""
    return Entry(name, torch, options, aliases=(torch.lower(),))


def _epochs(name: str, default: float | None = None) -> Option:
    """A number of epochs; None means all that are left behind the warm-up."""
    return Option(name, Optional(ABOVE_0), default)


_WARMUP = positive("warmup", 0)
_GAMMA = positive("gamma", 0.1)
_LOWEST = positive("eta_min", 0)
_RATE = Optional(POSITIVE)

SCHEDULES = Table(
    "schedule",
    (
        _schedule("cosine", "CosineAnnealingLR", _epochs("T_max"), _LOWEST, _WARMUP),
        _schedule(
            "onecycle",
            "OneCycleLR",
            Option("max_lr", _RATE),
            share("pct_start", 0.3),
            Option("anneal_strategy", OneOf(("cos", "linear")), "cos"),
            flag("cycle_momentum", True),
            share("base_momentum", 0.85),
            share("max_momentum", 0.95),
            Option("div_factor", Number(1), 25.0),
            Option("final_div_factor", Number(1), 1e4),
            flag("three_phase"),
        ),
        _schedule(
            "linear",
            "LinearLR",
            Option("start_factor", Number(0, 1, zero=False), 1.0),
            share("end_factor", 0),
            _epochs("total_iters"),
            _WARMUP,
        ),
        _schedule(
            "constant",
            "ConstantLR",
            # torch divides by it where the rate rises.
            Option("factor", Number(0, 1, zero=False), 1 / 3),
            _epochs("total_iters", 5),
            _WARMUP,
        ),
        _schedule(
            "polynomial", "PolynomialLR", _epochs("total_iters"), positive("power", 1.0), _WARMUP
        ),
        _schedule("step", "StepLR", count("step_size", 10), _GAMMA, _WARMUP),
        _schedule(
            "multistep",
            "MultiStepLR",
            Option("milestones", Several(Whole(1)), required=True),
            _GAMMA,
            _WARMUP,
        ),
        _schedule("exponential", "ExponentialLR", positive("gamma", 0.9), _WARMUP),
        _schedule(
            "cyclic",
            "CyclicLR",
            Option("base_lr", _RATE),
            Option("max_lr", _RATE),
            _epochs("step_size_up", 2),
            _epochs("step_size_down"),
            Option("mode", OneOf(("triangular", "triangular2", "exp_range")), "triangular"),
            positive("gamma", 1.0),
            Option("scale_mode", OneOf(("cycle", "iterations")), "cycle"),
            flag("cycle_momentum", True),
            share("base_momentum", 0.8),
            share("max_momentum", 0.9),
        ),
        _schedule(
            "warm_restarts",
            "CosineAnnealingWarmRestarts",
            Option("T_0", ABOVE_0, 10.0),
            count("T_mult", 1),
            _LOWEST,
            _WARMUP,
        ),
        _schedule(
            "plateau",
            "ReduceLROnPlateau",
            Option("mode", OneOf(("min", "max")), "min"),
            Option("factor", Below1(), 0.1),
            count("patience", 10, least=0),
            positive("threshold", 1e-4),
            Option("threshold_mode", OneOf(("rel", "abs")), "rel"),
            count("cooldown", 0, least=0),
            positive("min_lr", 0),
            positive("eps", 1e-8),
            _WARMUP,
        ),
    ),
    refused={
        "lambdalr": "it is a Python function of the step",
        "multiplicativelr": "it is a Python function of the step",
        "sequentiallr": "it is made of other schedules: `warmup=` goes before any of them",
        "chainedscheduler": "it is made of other schedules: `warmup=` goes before any of them",
    },
)
"""All move at every step, but `plateau`, which looks at the loss (with `mode=max` the accuracy)
behind every epoch. Counts are epochs, and `gamma` of `exponential` acts once an epoch. A rate that
is not said is the optimizer's; `base_lr` is a tenth of it."""
