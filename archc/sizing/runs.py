"""Sets of sizes as runs: what was tried one by one, told as ranges and steps."""

from collections.abc import Sequence
from itertools import pairwise

from archc.tuples import NamedTuple

_LONGEST_PERIOD = 1024
_FEWEST_STEPS = 4
"""Sizes at equal distances, from which on they are told as one run."""


class Run(NamedTuple):
    """The sizes from `start` to `stop`, both included, each `step` above the one before. None as
    `stop` says that nothing tried put an end to it."""

    start: int
    stop: int | None
    step: int

    def __contains__(self, size: object) -> bool:
        if not isinstance(size, int) or size < self.start:
            return False
        return (self.stop is None or size <= self.stop) and (size - self.start) % self.step == 0


Runs = tuple[Run, ...]


def holds(runs: Runs, size: int) -> bool:
    """Whether a size is in one of the runs."""
    return any(size in run for run in runs)


def runs(first: int, accepted: Sequence[bool]) -> Runs:
    """The accepted sizes, where `accepted` tells of each from `first` on: runs that end, then those
    of a pattern that has come at least three times up to the last size tried."""
    tail, period = _pattern(accepted)
    ending = [first + place for place in range(tail) if accepted[place]]
    lasting = [place for place in range(tail, min(tail + period, len(accepted))) if accepted[place]]
    return (*_ending(ending), *(Run(first + place, None, period) for place in lasting))


def _pattern(accepted: Sequence[bool]) -> tuple[int, int]:
    """Where the last pattern begins, and its period. With no pattern it begins behind the end."""
    count = len(accepted)
    places = [place for place, fits in enumerate(accepted) if fits]
    if not places:
        return count, 1
    widest = max((b - a for a, b in pairwise(places)), default=1)
    for period in range(1, min(count // 3, _LONGEST_PERIOD) + 1):
        start = _repeats_from(accepted, period)
        ends = not any(accepted[start:])
        # An end is believed only behind more refusals than ever lay between two sizes.
        length = max(3 * period, count // 4, 2 * widest * ends)
        if count - start >= length:
            return (count, 1) if ends else (start, period)
    return count, 1


def _repeats_from(accepted: Sequence[bool], period: int) -> int:
    """The first place behind which each one is as the one `period` further on."""
    place = len(accepted) - period
    while place > 0 and accepted[place - 1] == accepted[place - 1 + period]:
        place -= 1
    return place


def _ending(sizes: Sequence[int]) -> list[Run]:
    found: list[Run] = []
    place = 0
    while place < len(sizes):
        step = sizes[place + 1] - sizes[place] if place + 1 < len(sizes) else 1
        end = place
        while end + 1 < len(sizes) and sizes[end + 1] - sizes[end] == step:
            end += 1
        if step > 1 and end - place + 1 < _FEWEST_STEPS:
            step, end = 1, place
        found.append(Run(sizes[place], sizes[end], step))
        place = end + 1
    return found
