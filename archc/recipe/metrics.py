"""The metrics that a recipe can ask for besides loss and accuracy, by what the loss compares."""

import re
from collections.abc import Mapping

from archc.recipe.losses import Wanted

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
"""What each is, by name; `topK` may have any K."""

ALWAYS = ("accuracy", "acc", "loss")
"""What is scored without being asked for."""

NAMES = tuple(dict.fromkeys(name for names in METRICS.values() for name in names))


def known(name: str, wanted: Wanted | None = None) -> bool:
    """Whether there is a metric of this name, for a kind of targets or for any."""
    names = NAMES if wanted is None else METRICS[wanted]
    return name in names or (re.fullmatch(r"top[1-9]\d{0,3}", name) is not None and "top5" in names)
