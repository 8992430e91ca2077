"""Agreement among processes that run in step, without asking at every step."""

import time

import torch
import torch.distributed as dist

_PERIOD = 0.1
"""Seconds between two questions."""


class Beat:
    """The highest of all processes' numbers, asked for about ten times a second. How many calls lie
    between two questions is what the first process proposes, the same for all."""

    def __init__(self, rank: int) -> None:
        self._rank = rank
        self._wait = 1
        self._left = 1
        self._asked = time.monotonic()

    def __call__(self, number: int) -> int:
        """To be called by all processes at the same places. 0 where nobody is asked."""
        self._left -= 1
        if self._left:
            return 0
        spent = max(time.monotonic() - self._asked, 1e-9)
        # It grows slowly, since the next calls may take longer.
        wait = max(1, min(2 * self._wait, round(self._wait * _PERIOD / spent)))
        said = torch.tensor([number, wait if self._rank == 0 else 0])
        dist.all_reduce(said, dist.ReduceOp.MAX)
        number, self._wait = said.tolist()
        self._left = self._wait
        self._asked = time.monotonic()
        return number
