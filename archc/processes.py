"""Which of several processes that train together this one is, as its environment says."""

import os
from collections.abc import Mapping

from archc.tuples import NamedTuple

LISTENING = "ARCHC_LISTENING"
"""The open socket, as a file descriptor, by which the first of several local processes is found."""

WATCHED = "ARCHC_WATCHED"
"""A pipe that the launcher never writes to: it closes when the launcher ends, however it does."""


class Place(NamedTuple):
    """A process among `size`, of which the first has `rank` 0 and, on its machine, `local` 0.
    `restarts` counts how often torchrun has started all of them again."""

    rank: int
    size: int
    local: int = 0
    local_size: int = 1
    restarts: int = 0
    may_restart: bool = False

    @property
    def machine(self) -> int:
        """The rank of the first process on this machine."""
        return self.rank - self.local


def here(environment: Mapping[str, str] = os.environ) -> Place | None:
    """This process's place, where `--nproc` or torchrun started it; else None.

    The variables are those of torchrun, https://docs.pytorch.org/docs/stable/elastic/run.html.
    Raises ValueError where they make no sense.
    """
    if "RANK" not in environment or "WORLD_SIZE" not in environment:
        return None

    def number(name: str, default: str = "0") -> int:
        text = environment.get(name, default)
        try:
            return int(text)
        except ValueError:
            raise ValueError(f"expected a number in the variable {name}, got {text!r}") from None

    size, rank = number("WORLD_SIZE"), number("RANK")
    if size == 1 and "TORCHELASTIC_RUN_ID" not in environment:
        return None  # Some clusters set it for every job.
    if not 0 <= rank < size:
        raise ValueError(f"expected a RANK from 0 to {size - 1} (WORLD_SIZE - 1), got {rank}")
    return Place(
        rank,
        size,
        number("LOCAL_RANK", str(rank)),
        number("LOCAL_WORLD_SIZE", str(size)),
        number("TORCHELASTIC_RESTART_COUNT"),
        number("TORCHELASTIC_MAX_RESTARTS") > 0,
    )


def on_this_machine() -> int:
    """How many processes of this training share the machine, this one included."""
    place = here()
    return 1 if place is None else place.local_size


def edges(batch: int, size: int) -> list[int]:
    """Where the shares of `size` processes begin in a batch, and where the last one ends; they
    differ by at most one image."""
    return [rank * batch // size for rank in range(size + 1)]


def too_small(batch: int, size: int, *, normed: bool) -> str | None:
    """What to say of a batch that `size` processes cannot share; `normed` where a batch norm sees
    one value a channel and image."""
    smallest = batch // size
    if smallest < 1:
        return (
            f"`batch {batch}` has less than an image for each of {size} processes:"
            f" a larger --batch, or fewer processes"
        )
    if size > 1 and smallest < 2 and normed:
        return (
            f"batch norm needs 2 images or more in each of {size} processes, `batch {batch}` gives"
            f" one of them 1: --batch {2 * size} or more"
        )
    return None
