"""The metrics that a recipe can ask for besides loss and accuracy, by what the loss compares."""

import re
from collections.abc import Mapping

from archc.recipe.losses import Wanted

METRICS: Mapping[Wanted, tuple[str, ...]] = {
    "classes": (
        *("top2", "top3", "top5", "top10", "balanced_accuracy", "precision", "recall", "f1"),
        *("iou", "kappa", "mcc"),
    ),
    "labels": ("exact", "precision", "recall", "f1", "iou"),
    "values": ("mae", "mse", "rmse", "r2"),
}
"""`topK` may have any K. Precision, recall, F1 and IoU are means over classes, or labels, all
alike; what neither occurs nor is given does not count."""

NAMES = tuple(dict.fromkeys(name for names in METRICS.values() for name in names))


def known(name: str, wanted: Wanted | None = None) -> bool:
    """Whether there is a metric of this name, for a kind of targets or for any."""
    names = NAMES if wanted is None else METRICS[wanted]
    return name in names or (re.fullmatch(r"top[1-9]\d{0,3}", name) is not None and "top5" in names)
