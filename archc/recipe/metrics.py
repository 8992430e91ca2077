"""The metrics that a recipe can ask for besides loss and accuracy, by what the loss compares."""

import re
from collections.abc import Mapping

from archc.recipe.losses import Wanted
from archc.tuples import NamedTuple

_TOP = "the share whose class is among the {} likeliest"

METRICS: Mapping[Wanted, Mapping[str, str]] = {
    "classes": {
        **{f"top{count}": _TOP.format(count) for count in (2, 3, 5, 10)},
        "balanced_accuracy": "the mean recall of the classes that occur",
        "precision": "of what is taken for a class, the share that is right",
        "recall": "of what is of a class, the share that is found",
        "f1": "the harmonic mean of precision and recall, class by class",
        "iou": "intersection over union: right ones, of those that are or are taken for a class",
        "kappa": "Cohen's: the agreement beyond what chance gives",
        "mcc": "the correlation of true classes and those given",
    },
    "labels": {
        "exact": "the share of examples that have all labels right",
        "precision": "of those given a label, the share that has it",
        "recall": "of those with a label, the share that is given it",
        "f1": "the harmonic mean of precision and recall, label by label",
        "iou": "intersection over union, label by label",
    },
    "values": {
        "mae": "the mean absolute error, over all numbers",
        "mse": "the mean squared error, over all numbers",
        "rmse": "its root",
        "r2": "1 - squared error / variance, the mean over the output's channels",
    },
}
"""What each is, by name; `topK` may have any K. They follow from sums over batches."""


class Whole(NamedTuple):
    """A metric that needs all examples at once: the function of torchmetrics.functional that
    computes it, and what it is. Outputs are vectors."""

    function: str
    what: str


WHOLE: Mapping[Wanted, Mapping[str, Whole]] = {
    "classes": {
        "auroc": Whole("multiclass_auroc", "the area under the ROC curve, class by class"),
        "average_precision": Whole(
            "multiclass_average_precision", "the area under precision over recall, class by class"
        ),
        "specificity": Whole(
            "multiclass_specificity", "of what is not of a class, the share not taken for it"
        ),
        "calibration": Whole(
            "multiclass_calibration_error", "how far confidence is from accuracy, in 15 bins"
        ),
    },
    "labels": {
        "auroc": Whole("multilabel_auroc", "the area under the ROC curve, label by label"),
        "average_precision": Whole(
            "multilabel_average_precision", "the area under precision over recall, label by label"
        ),
        "specificity": Whole(
            "multilabel_specificity", "of those without a label, the share not given it"
        ),
        "hamming": Whole("multilabel_hamming_distance", "the share of labels that are wrong"),
        "ranking": Whole(
            "multilabel_ranking_loss", "the share of pairs of labels in the wrong order"
        ),
    },
    "values": {
        "mape": Whole("mean_absolute_percentage_error", "the mean error relative to the value"),
        "pearson": Whole("pearson_corrcoef", "the correlation, the mean over outputs"),
        "spearman": Whole("spearman_corrcoef", "the correlation of ranks, the mean over outputs"),
        "explained": Whole("explained_variance", "the share of the variance that is explained"),
        "cosine": Whole("cosine_similarity", "the cosine between output and target"),
    },
}
"""Metrics by torchmetrics, which has to be installed for them."""

ALWAYS = ("accuracy", "acc", "loss")
"""What is scored without being asked for."""


def names(wanted: Wanted) -> tuple[str, ...]:
    """The names of metrics for a kind of targets."""
    return (*METRICS[wanted], *WHOLE[wanted])


NAMES = tuple(dict.fromkeys(name for kind in METRICS for name in names(kind)))


def known(name: str, wanted: Wanted | None = None) -> bool:
    """Whether there is a metric of this name, for a kind of targets or for any."""
    there = NAMES if wanted is None else names(wanted)
    return name in there or (re.fullmatch(r"top[1-9]\d{0,3}", name) is not None and "top5" in there)
