"""Whether the targets of a data set go with a loss and the output that it judges."""

from archc.datasets import Target
from archc.diagnostic import Diagnostic
from archc.errors import fitting as errors
from archc.recipe.choice import Choice
from archc.recipe.losses import wanted
from archc.recipe.table import PYTHON
from archc.shape import Shape
from archc.source import Span
from archc.symbolic import Open, number


def misfit(
    loss: Choice, target: Target, output: Shape, span: Span, last: Span | None
) -> Diagnostic | None:
    """What is wrong with a loss of targets and an output; open sizes are not judged."""
    if loss.name == PYTHON.name or output.open:
        return None
    if wanted(loss.name) == "classes":
        return _classes(loss, target, output, span, last)
    if as_output(target.dims, output) is None:
        if target.whole and not target.dims:
            return errors.loss_without_values(span, loss.name)
        return errors.other_targets(span, loss.name, target.dims, output, last)
    if wanted(loss.name) == "labels" and not (target.low >= 0 and target.high <= 1):
        found = f"numbers from {target.low:g} to {target.high:g}"
        return errors.wrong_targets(
            span, f"`{loss.name}` takes labels from 0 to 1, got {found}", "write `loss mse`"
        )
    return None


def as_output(dims: tuple[int, ...], output: Shape) -> tuple[int, ...] | None:
    """The sizes that targets get to lie as an output does; None where they do not fit. One channel
    may be left out: so a number an example goes with an output of one number, and nothing is
    broadcast."""
    sizes = tuple(-1 if isinstance(size, Open) else number(size) for size in output.dims)
    if dims == sizes:
        return sizes
    positions = sizes[:-1] if output.layout == "last" else sizes[1:]
    return sizes if output.channels == 1 and dims == positions else None


def _classes(
    loss: Choice, target: Target, output: Shape, span: Span, last: Span | None
) -> Diagnostic | None:
    positions = tuple(map(number, output.positions))
    channels = number(output.channels)
    whole = tuple(map(number, output.dims))
    if not target.whole:
        if target.dims == whole and loss.name == "cross_entropy":
            if loss.get("ignore_index") is None:
                return None
            message = "`ignore_index` is a class, but the targets are probabilities of all"
            return errors.wrong_targets(span, message, "leave it out")
        return errors.wrong_targets(
            span,
            f"`{loss.name}` takes classes, whole numbers, but the targets have fractions",
            "write `loss mse`, or another loss of values",
        )
    if target.dims != positions and (positions or target.dims != (1,)):
        if target.dims == whole and target.low >= 0 and target.high <= 1:
            message = f"`{loss.name}` takes one class, but the targets are {channels} labels"
            return errors.wrong_targets(span, message, "write `loss bce_with_logits`")
        return errors.other_targets(span, loss.name, target.dims, output, last)
    if target.low < 0:
        message = f"classes count from 0, but the targets begin at {target.low:g}"
        return errors.wrong_targets(span, message, "add what they lack, or say `ignore_index`")
    return None
