"""Whether a network ends in what its loss does itself."""

from collections.abc import Iterator

from archc.diagnostic import Diagnostic
from archc.errors import ending as errors
from archc.graph import (
    CallItem,
    Graph,
    GroupItem,
    Item,
    LayerItem,
    OutputItem,
    ShareItem,
    TapItem,
)
from archc.recipe.model import Recipe

_WANTED: dict[str, dict[str, str | None]] = {
    "cross_entropy": {"softmax": None, "logsoftmax": None},
    "nll": {"softmax": "logsoftmax"},
    "bce_with_logits": {"sigmoid": None},
    "multi_label_soft_margin": {"sigmoid": None},
}
"""By loss, the activations that its output must not end in, and what is meant: None for nothing."""


_NEEDED = {
    "nll": ("log-probabilities", "logsoftmax", "cross_entropy"),
    "bce": ("probabilities", "sigmoid", "bce_with_logits"),
    "kl_div": ("log-probabilities", "logsoftmax", "mse"),
}
"""By loss, what it takes, the activation that makes it of scores, and a loss that takes those."""
_SCORES = ("fc", "conv", "deconv")
"""Layers that give any numbers."""


def ends_in_activation(recipe: Recipe, graph: Graph) -> Iterator[Diagnostic]:
    """Warnings of outputs that end in the activation that their loss takes itself, or lack the one
    that it wants."""
    span = recipe.span("loss") or recipe.span("data")
    if span is None:
        return
    items = graph.region.items
    # Behind further outputs the value flows on: the last step is in front of them.
    judged = [(recipe.loss.name, span, items)]
    losses = dict(recipe.further)
    judged += [
        (losses[item.name].name, recipe.span(f"loss {item.name}") or span, items[:place])
        for place, item in enumerate(items)
        if isinstance(item, OutputItem) and item.name in losses
    ]
    for loss, place, steps in judged:
        last = _last(steps)
        if last is not None and last.word in _WANTED.get(loss, {}) and _of_channels(last):
            instead = _WANTED[loss][last.word]
            yield errors.activation_of_the_loss(last.site, last.word, loss, place, instead)
        if last is not None and last.word in _SCORES and loss in _NEEDED:
            yield errors.scores_for_the_loss(last.site, loss, *_NEEDED[loss])


def _last(items: tuple[Item, ...]) -> LayerItem | None:
    """The layer that makes the value behind steps; None where several might."""
    for item in reversed(items):
        if isinstance(item, LayerItem):
            return item
        if isinstance(item, CallItem | ShareItem | GroupItem) and item.region.items:
            return _last(item.region.items)
        if not isinstance(item, TapItem | OutputItem | GroupItem):
            return None
    return None


def _of_channels(item: LayerItem) -> bool:
    """Whether an activation over an axis is one over the classes."""
    axis = item.args["axis"].value if "axis" in item.args else None
    shape = item.input_shape
    return axis in (None, shape.channel_axis, shape.channel_axis - len(shape.dims) - 1)
