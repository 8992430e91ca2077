"""How often a training saves within its epochs."""

import time
from collections.abc import Callable

from archc.recipe.every import Every
from archc.training.alone import Agree


class Interval:
    """Calls a function where the interval has passed since it last did, in all processes at the
    same step."""

    def __init__(self, every: Every | None, agree: Agree, call: Callable[[], None]) -> None:
        self._every = every
        self._agree = agree
        self._call = call
        self._begin()

    def step(self) -> None:
        """To be called behind every step."""
        if self._every is None:
            return
        self._steps += 1
        if self._every.steps is not None:
            due = self._steps >= self._every.steps
        else:
            passed = time.monotonic() - self._last >= self._every.seconds
            due = bool(self._agree(int(passed)))
        if due:
            self._call()
            self._begin()

    def _begin(self) -> None:
        self._last = time.monotonic()
        self._steps = 0
