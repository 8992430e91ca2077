"""The optimizers of `torch.optim`."""

from archc.layers.kinds import Number, OneOf, Optional, Whole, YesNo
from archc.recipe.kinds import Below1, Several
from archc.recipe.table import (
    POSITIVE,
    Entry,
    Option,
    Table,
    count,
    flag,
    pair,
    positive,
    share,
)


def _optimizer(torch: str, lr: float, *options: Option, forms: str = "maximize foreach") -> Entry:
    """`forms` are options that most of torch's optimizers share, and that torch decides on."""
    spared = (_NO_DECAY,) if any(o.name == "weight_decay" for o in options) else ()
    shared = (Option(form, YesNo(), _FORMS[form]) for form in forms.split())
    return Entry(torch.lower(), torch, (Option("lr", POSITIVE, lr), *options, *shared, *spared))


_FORMS = {"maximize": False, "foreach": None, "fused": None, "capturable": False}


def _decay(default: float = 0) -> Option:
    return positive("weight_decay", default)


def _eps(default: float = 1e-8) -> Option:
    return positive("eps", default)


_NO_DECAY = Option("no_decay", Several(OneOf(("norm", "bias", "embed"))))
"""Tensors without weight decay: those of norms, biases, embeddings."""
_BETAS = Option("betas", Several(Below1(), 2), (0.9, 0.999))
_MOMENTUM = positive("momentum", 0)
_DECOUPLED = flag("decoupled_weight_decay")
_ALL = "maximize foreach fused capturable"

OPTIMIZERS = Table(
    "optimizer",
    (
        _optimizer(
            "SGD",
            1e-3,
            _MOMENTUM,
            share("dampening", 0),
            _decay(),
            flag("nesterov"),
            forms="maximize foreach fused",
        ),
        _optimizer("Adam", 1e-3, _BETAS, _eps(), _decay(), flag("amsgrad"), _DECOUPLED, forms=_ALL),
        _optimizer("AdamW", 1e-3, _BETAS, _eps(), _decay(0.01), flag("amsgrad"), forms=_ALL),
        _optimizer(
            "NAdam",
            2e-3,
            _BETAS,
            _eps(),
            _decay(),
            positive("momentum_decay", 0.004),
            _DECOUPLED,
            forms="maximize foreach capturable",
        ),
        _optimizer(
            "RAdam", 1e-3, _BETAS, _eps(), _decay(), _DECOUPLED, forms="maximize foreach capturable"
        ),
        _optimizer("Adamax", 2e-3, _BETAS, _eps(), _decay(), forms="maximize foreach capturable"),
        _optimizer(
            "RMSprop",
            1e-2,
            positive("alpha", 0.99),
            _eps(),
            _decay(),
            _MOMENTUM,
            flag("centered"),
            forms="maximize foreach capturable",
        ),
        _optimizer(
            "Rprop",
            1e-2,
            pair("etas", 0.5, 1.2),
            pair("step_sizes", 1e-6, 50),
            forms="maximize foreach capturable",
        ),
        _optimizer(
            "Adagrad",
            1e-2,
            positive("lr_decay", 0),
            _decay(),
            positive("initial_accumulator_value", 0),
            _eps(1e-10),
            forms="maximize foreach fused",
        ),
        _optimizer(
            "Adadelta",
            1.0,
            share("rho", 0.9),
            _eps(1e-6),
            _decay(),
            forms="maximize foreach capturable",
        ),
        _optimizer(
            "Adafactor",
            1e-2,
            Option("beta2_decay", Number(maximum=0), -0.8),
            Option("eps", Several(Optional(POSITIVE), 2), (None, 1e-3)),
            Option("d", Number(1), 1.0),
            _decay(),
        ),
        _optimizer(
            "ASGD",
            1e-2,
            positive("lambd", 1e-4),
            positive("alpha", 0.75),
            positive("t0", 1e6),
            _decay(),
            forms="maximize foreach capturable",
        ),
        _optimizer(
            "LBFGS",
            1.0,
            count("max_iter", 20),
            Option("max_eval", Optional(Whole(1))),
            positive("tolerance_grad", 1e-7),
            positive("tolerance_change", 1e-9),
            count("history_size", 100),
            Option("line_search_fn", OneOf(("strong_wolfe", "none"))),
            forms="maximize",
        ),
        _optimizer(
            "Muon",
            1e-3,
            _decay(0.1),
            positive("momentum", 0.95),
            flag("nesterov", True),
            Option("ns_coefficients", Several(Number(), 3), (3.4445, -4.775, 2.0315)),
            _eps(1e-7),
            Option("ns_steps", Whole(1, 99), 5),
            Option("adjust_lr_fn", OneOf(("original", "match_rms_adamw", "none"))),
            forms="",
        ),
    ),
    refused={
        "sparseadam": "it moves weights with sparse gradients, and no layer here has any",
    },
    default="adamw",
)
