"""The losses of `torch.nn`, and what targets they compare a network's output with."""

from typing import Literal

from archc.layers.kinds import Number, OneOf, Whole, YesNo
from archc.recipe.kinds import Either, Several
from archc.recipe.table import ABOVE_0, POSITIVE, Entry, Option, Table, flag, positive, share

Wanted = Literal["classes", "labels", "values"]
"""`classes`: a whole number for each position; `labels`: 0 or 1, or what lies between, for each
number of the output; `values`: a number for each."""

_TARGET = Option("target", OneOf(("input",)))
_FACTOR = Option("weight", POSITIVE, 1.0)
"""By what a loss is multiplied, beside other outputs' losses."""
_CLASSES = Option("weight", Either((POSITIVE, Several(POSITIVE))), 1.0)
"""The same, or a list of a weight each class."""
_IGNORED = Option("ignore_index", Whole(), -100)


def _loss(name: str, function: str, *options: Option, weight: Option = _FACTOR) -> Entry:
    """The name is the class's, without `Loss`; the function's will do as well."""
    others = {function, function.removesuffix("_loss")} - {name}
    return Entry(name, function, (*options, weight), aliases=tuple(sorted(others)))


def _of_values(name: str, function: str, *options: Option) -> Entry:
    return _loss(name, function, *options, _TARGET)


_PAIRS = "it compares several values: write it as a function, `loss python`"
_MODULE = "it has weights of its own: write it as a layer"

LOSSES = Table(
    "loss",
    (
        _loss(
            "cross_entropy",
            "cross_entropy",
            _IGNORED,
            share("label_smoothing", 0.0),
            weight=_CLASSES,
        ),
        _loss("nll", "nll_loss", _IGNORED, weight=_CLASSES),
        _loss(
            "multi_margin",
            "multi_margin_loss",
            Option("p", Whole(1, 2), 1),
            Option("margin", Number(), 1.0),
            weight=_CLASSES,
        ),
        _of_values("mse", "mse_loss"),
        _of_values("l1", "l1_loss"),
        _of_values("smooth_l1", "smooth_l1_loss", positive("beta", 1.0)),
        _of_values("huber", "huber_loss", Option("delta", ABOVE_0, 1.0)),
        _of_values("bce", "binary_cross_entropy"),
        _of_values(
            "bce_with_logits",
            "binary_cross_entropy_with_logits",
            Option("pos_weight", Either((POSITIVE, Several(POSITIVE)))),
        ),
        _loss("multi_label_soft_margin", "multilabel_soft_margin_loss"),
        _of_values(
            "poisson_nll",
            "poisson_nll_loss",
            flag("log_input", True),
            Option("full", YesNo(), False),
            positive("eps", 1e-8),
        ),
        _of_values(
            "kl_div",
            "kl_div",
            Option("reduction", OneOf(("mean", "batchmean")), "batchmean"),
            flag("log_target"),
        ),
        _loss("soft_margin", "soft_margin_loss"),
        _loss("hinge_embedding", "hinge_embedding_loss", Option("margin", Number(), 1.0)),
    ),
    refused={
        "gaussian_nll": "it wants a variance besides: write it as a function, `loss python`",
        "multi_label_margin": "it wants a list of classes: `multi_label_soft_margin` or"
        " `bce_with_logits` take a number for each label",
        "cosine_embedding": _PAIRS,
        "margin_ranking": _PAIRS,
        "triplet_margin": _PAIRS,
        "triplet_margin_with_distance": _PAIRS,
        "ctc": "it wants the lengths of sequences: write it as a function, `loss python`",
        "linear_cross_entropy": _MODULE,
        "adaptive_log_softmax_with_loss": _MODULE,
    },
    default="cross_entropy",
    python=True,
)

_WANTED: dict[str, Wanted] = {
    "cross_entropy": "classes",
    "nll": "classes",
    "multi_margin": "classes",
    "bce": "labels",
    "bce_with_logits": "labels",
    "multi_label_soft_margin": "labels",
}


def wanted(loss: str) -> Wanted:
    """What a loss of this name compares the output with."""
    return _WANTED.get(loss, "values")
