"""What a training in one process asks of its workers: itself. `archc.training.distributed` has the
answers of several."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import pairwise
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from archc.processes import edges
from archc.training.average import Average
from archc.tuples import NamedTuple

Agree: TypeAlias = Callable[[int], int]
"""Called by all processes at the same places: the highest number that any of them has, or 0 where
it does not ask the others this time."""


class Share(NamedTuple):
    """The part of a batch that a process computes: images that begin at `place` of the epoch. One
    with a `size` of 0 has stand-ins, so that all processes compute at the same time."""

    place: int
    indices: Tensor
    size: int


class Losses:
    """The sum of losses over the images of an epoch."""

    def __init__(self, device: torch.device) -> None:
        self._sum = torch.zeros((), device=device)

    def add(self, parts: Tensor, images: int) -> None:
        """Adds a step over so many images: the parts of its mean loss, one a share."""
        total = torch.zeros_like(self._sum)
        for part in parts:
            total += part
        self._sum += total * images

    def total(self) -> Tensor:
        """The sum over all shares of all processes so far."""
        return self._sum

    def restore(self, total: Tensor) -> None:
        """Goes on from a sum."""
        self._sum.copy_(total)


class Replica:
    """A module in training, as one process has it."""

    def __init__(self, module: nn.Module) -> None:
        self._module = module

    @property
    def module(self) -> nn.Module:
        """What to call in training in place of the module."""
        return self._module

    def begin(self) -> None:
        """To be called before a step."""

    def backward(self, last: bool) -> AbstractContextManager[None]:
        """Around forward and backward of a share; `last` of the step."""
        return nullcontext()

    def reduce(self, counted: Sequence[Sequence[bool]]) -> None:
        """Behind the last share: gradients and running statistics become those of all shares that
        count, of each batch and process."""

    def fuses(self, optimizer: str) -> bool:
        """Whether the fused form of an optimizer takes these weights."""
        return True

    # Weights may be divided among processes; states are whole.

    def whole(self, state: dict[str, Any]) -> dict[str, Any]:
        """A state of a module or optimizer with whole tensors."""
        return state

    def parts(self, state: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
        """The other way round: the tensors divided as those in a state of the same structure."""
        return state

    def optimizer_parts(self, state: dict[str, Any], optimizer: Optimizer) -> dict[str, Any]:
        """The same for the state of an optimizer that has made no step yet."""
        return state


class Alone:
    """One process. Methods that exchange something are to be called by all processes at the same
    place of the training."""

    rank = 0
    size = 1
    restarted = False
    """Whether a launcher has started all processes again."""
    may_restart = False

    def __str__(self) -> str:
        """Before the name of the hardware."""
        return ""

    @property
    def main(self) -> bool:
        """Whether this process writes files and speaks."""
        return self.rank == 0

    # --- what is computed where ---

    def edges(self, batch: int) -> list[int]:
        """Where in a batch the share of each process begins, and where the last one ends."""
        return edges(batch, self.size)

    def shares(self, chosen: Tensor, batch: int, place: int) -> list[Share]:
        """The shares of this process in a step over images that begin at `place` of the epoch, one
        a batch."""
        found = []
        begin, end = self.edges(batch)[self.rank : self.rank + 2]
        for indices in torch.split(chosen, batch):
            mine = indices[begin:end]
            size = len(mine)
            found.append(Share(place + begin, mine if size else chosen[:2], size))
            place += len(indices)
        return found

    def sizes(self, batch: int) -> list[int]:
        """Images of each process in a whole batch."""
        return [end - begin for begin, end in pairwise(self.edges(batch))]

    def split(self, batch: int, accumulate: int) -> list[Any]:
        """What decides on the bits of a step: the sizes of its shares, and how their gradients are
        added up. One process adds those of several batches in the order in which several processes
        add those of one."""
        plain = self.size == 1 or accumulate == 1
        return [self.sizes(batch) * accumulate, 1 if plain else self.size]

    def dealt(self, batches: Sequence[int]) -> Sequence[tuple[int, bool]]:
        """Which batches of an evaluation this process computes, and whether they count: all compute
        as many."""
        return [(batch, True) for batch in batches]

    def counted(self, images: int, batch: int) -> list[list[bool]]:
        """Of each batch of a step, and of each process, whether its share has images."""
        sizes = (min(batch, images - place) for place in range(0, images, batch))
        return [[edge < size for edge in self.edges(batch)[:-1]] for size in sizes]

    # --- what changes in a training ---

    def replica(self, module: nn.Module, average: Average | None) -> Replica:
        """Takes a module that is to be trained, before there is an optimizer of its weights."""
        return Replica(module)

    def losses(self, device: torch.device) -> Losses:
        """A sum of losses that begins."""
        return Losses(device)

    # --- what all have in common ---

    def collected(self, rows: Tensor, count: int) -> Tensor:
        """Rows of results, one a batch that was dealt, as those of all batches in their order."""
        return rows

    def summed(self, sums: dict[str, Tensor]) -> dict[str, Tensor]:
        """Sums of all processes, under the same names in each."""
        return sums

    def agreement(self) -> Agree:
        """Whether to stop or to save: a new one for each phase, since it asks the others as often
        as calls take their time."""
        return lambda number: number

    def shared(self, content: Callable[[], bytes]) -> bytes:
        """What the first process has, for all."""
        return content()

    def first_on_machine(self) -> AbstractContextManager[None]:
        """One process a machine goes first, such as to download what the others find then."""
        return nullcontext()


ALONE = Alone()
"""For what needs no preparation."""
