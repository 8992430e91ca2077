"""Comparisons of open sizes: what is certain, and both answers where nothing is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from typing import TypeVar

import archc.symbolic.size as sizes
from archc.symbolic import bounds

T = TypeVar("T")

_MOST_WAYS = 256


class _Way:
    """One run of a rule: the answers that it is given, then yes to all further questions."""

    def __init__(self, script: tuple[bool, ...]) -> None:
        self.script = script
        self.facts: list[sizes.Fact] = []

    def answer(self, fact: sizes.Fact) -> bool:
        known = self._known(fact)
        if known is not None:
            return known
        place = len(self.facts)
        holds = self.script[place] if place < len(self.script) else True
        self.facts.append(fact._replace(holds=holds))
        return holds

    def _known(self, fact: sizes.Fact) -> bool | None:
        """What the answers before leave no choice about."""
        for size, question, holds in self.facts:
            if question == fact.question and size == fact.size:
                return holds
            if question == fact.question == "not negative":
                known = size if holds else -1 - size
                if bounds.at_least_0(fact.size - known):
                    return True
                if bounds.at_least_0(-1 - fact.size - known):
                    return False
        return None


_WAY: ContextVar[_Way | None] = ContextVar("_WAY", default=None)


def explore(rule: Callable[[], T]) -> Iterator[tuple[tuple[sizes.Fact, ...], T | sizes.Undecided]]:
    """All that a rule can come to: it is run again for every answer to what cannot be told, each
    time with the answers that led there. Undecided where a run needs a number."""
    script: tuple[bool, ...] = ()
    for _ in range(_MOST_WAYS):
        way = _Way(script)
        token = _WAY.set(way)
        result: T | sizes.Undecided
        try:
            result = rule()
        except sizes.Undecided as undecided:
            result = undecided
        finally:
            _WAY.reset(token)
        yield tuple(way.facts), result
        answers = [fact.holds for fact in way.facts]
        while answers and not answers[-1]:
            answers.pop()
        if not answers:
            return
        script = (*answers[:-1], False)
    yield (), sizes.Undecided()


def by_cases(cases: list[tuple[tuple[sizes.Fact, ...], sizes.Size]]) -> sizes.Size:
    """The size that is the one or the other by the facts that hold."""
    found = {size for _, size in cases}
    return found.pop() if len(found) == 1 else sizes.of(sizes.Cases(tuple(cases)))


def answer(fact: sizes.Fact) -> bool:
    """Whether a fact holds: for certain, else as the run of a rule has it. Raises Undecided."""
    certain = bounds.certain(fact.size, fact.question)
    if certain is not None:
        return certain
    way = _WAY.get()
    if way is None:
        raise sizes.Undecided
    return way.answer(fact)


def differ(a: object, b: object) -> bool:
    """Whether two sizes, or shapes and other tuples that hold them, are different for certain."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) != len(b) or any(map(differ, a, b))
    if isinstance(a, sizes.Open) or isinstance(b, sizes.Open):
        if not (isinstance(a, int | sizes.Open) and isinstance(b, int | sizes.Open)):
            return True
        gap = a - b
        return bounds.certain(gap, "not zero") is True if isinstance(gap, sizes.Open) else gap != 0
    return a != b


def agreed(same: Sequence[sizes.Size]) -> sizes.Size:
    """One for sizes that must all be the same: a number if one is known."""
    return next((size for size in same if not isinstance(size, sizes.Open)), same[0])
