"""Stopping at a place where the state is whole, when SIGINT or SIGTERM asks for it."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

from archc.training.alone import ALONE, Alone


class Stopped(Exception):
    """A stop was asked for; nothing is half done."""


class StopSignal:
    """Within its `with`, a first SIGINT or SIGTERM is only noted; a second one acts at once, but
    not in one of several processes, which a terminal and a launcher may both signal.

    In other threads than the main one, where Python allows no handlers, nothing is noted.
    """

    def __init__(self, workers: Alone = ALONE) -> None:
        self._workers = workers
        self._agreed = workers.agreement()
        self._asked: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "StopSignal":
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._restore()

    def begin(self) -> None:
        """A phase begins in which `check` is called ever so often."""
        self._agreed = self._workers.agreement()

    def check(self) -> None:
        """Raises Stopped if a stop was asked for, of whichever process."""
        if number := self._agreed(self._asked or 0):
            self._asked = number
            raise Stopped

    def act(self) -> None:
        """Lets the noted signal do what it does without us; to be called behind the `with`."""
        if self._asked is not None:
            signal.raise_signal(self._asked)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self._asked is not None and self._workers.size == 1:
            self._restore()
            signal.raise_signal(number)
        self._asked = number

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()
