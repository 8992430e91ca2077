"""The processes of a training: this one alone, or it and others that a launcher has started."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from archc.pipeline import Analysis, single_value_norm
from archc.processes import here, too_small
from archc.training.alone import Alone
from archc.training.machine import Machine
from archc.training.problem import RunError


def joined(machine: Callable[[], Machine]) -> AbstractContextManager[Alone]:
    """The workers of a training on what `machine` says. Raises RunError."""
    try:
        place = here()
    except ValueError as error:
        raise RunError(str(error)) from None
    if place is not None:
        # Its parts of torch take as long to import as the rest of it.
        from archc.training.distributed import joining

        return joining.joined(place, machine)
    if machine().shard:
        raise RunError("--shard divides a network among processes: give --nproc 2 or more")
    return nullcontext(Alone())


def check_shares(analysis: Analysis, workers: Alone) -> None:
    """Raises RunError where batches are too small to be shared."""
    normed = single_value_norm(analysis.graph) is not None
    problem = too_small(analysis.recipe.batch, workers.size, normed=normed)
    if problem is not None:
        raise RunError(problem)
