"""The time and the memory that an input may take."""

import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

SECONDS = 30
"""Of the processor, so that a busy machine makes nothing late."""

MEMORY = 500 * 2**20


class TooSlow(BaseException):
    """Time is up. No handler of the program's own stops it."""


def limit_memory() -> None:
    """Limits this process to what it has now and MEMORY bytes: beyond, MemoryError is raised."""
    if sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as file:
            pages = int(file.read().split()[0])
        most = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


@contextmanager
def limited_time() -> Iterator[None]:
    """Raises TooSlow where the body takes longer."""

    def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise TooSlow

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
