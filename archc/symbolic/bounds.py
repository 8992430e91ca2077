"""Bounds of open sizes, from those of their symbols."""

from __future__ import annotations

from functools import lru_cache
from math import lcm, prod
from typing import Literal

import archc.symbolic.size as sizes


def certain(size: sizes.Open, question: Literal["not negative", "not zero"]) -> bool | None:
    """The answer to a question that is the same whatever the open sizes are, or None."""
    low, high = _least(size), _most(size)
    if low is not None and low >= 0:
        return True if question == "not negative" or low > 0 else None
    return (question == "not zero") if high is not None and high < 0 else None


def at_least_0(size: sizes.Size) -> bool:
    """Whether a size is at least 0 for certain."""
    low = _least(size) if isinstance(size, sizes.Open) else size
    return low is not None and low >= 0


@lru_cache(maxsize=4096)
def _least(size: sizes.Open) -> int | None:
    """A number that the size is never below; None where none is known."""
    bounds = [_least_of_terms(size), _least_of_quotients(size)]
    return max((bound for bound in bounds if bound is not None), default=None)


def _most(size: sizes.Size) -> int | None:
    if not isinstance(size, sizes.Open):
        return size
    least = _least(-size)
    return None if least is None else -least


def _least_of_terms(size: sizes.Open) -> int | None:
    total = 0
    for monomial, factor in size.terms:
        low, high = _interval(monomial)
        bound = low if factor > 0 else high
        if bound is None:
            return None
        total += factor * bound
    return total


def _least_of_quotients(size: sizes.Open) -> int | None:
    """With `(v - k + 1) / k <= v // k <= v / k` for the floors of quotients."""
    floors: list[tuple[sizes.Floor, int]] = []
    rest: dict[sizes.Monomial, int] = {}
    for monomial, factor in size.terms:
        atom = next(iter(monomial))[0] if len(monomial) == 1 else None
        if isinstance(atom, sizes.Floor) and (atom, 1) in monomial:
            floors.append((atom, factor))
        else:
            rest[monomial] = factor
    if not floors:
        return None
    common = lcm(*(floor.divisor for floor, _ in floors))
    parts: list[tuple[int, sizes.Size]] = [(common, sizes.size_of(rest))]
    for (value, divisor), factor in floors:
        bound = value - (divisor - 1) if factor > 0 else value
        parts.append((factor * (common // divisor), bound))
    relaxed = sizes.sum_of(parts)
    low = _least(relaxed) if isinstance(relaxed, sizes.Open) else relaxed
    return None if low is None else -(-low // common)


def _interval(monomial: sizes.Monomial) -> tuple[int | None, int | None]:
    found = [(_atom_interval(atom), power) for atom, power in monomial]
    if len(found) == 1 and found[0][1] == 1:
        return found[0][0]
    lows = [low**power for (low, _), power in found if low is not None and low >= 0]
    if len(lows) < len(found):
        return None, None
    highs = [high**power for (_, high), power in found if high is not None]
    return prod(lows), prod(highs) if len(highs) == len(found) else None


def _atom_interval(atom: sizes.Atom) -> tuple[int | None, int | None]:
    if isinstance(atom, sizes.Symbol):
        return 1, None
    if isinstance(atom, sizes.Deep):
        return None, None
    if isinstance(atom, sizes.Cases):
        lows = [_least(size) if isinstance(size, sizes.Open) else size for _, size in atom.cases]
        highs = [_most(size) for _, size in atom.cases]
        low = min((bound for bound in lows if bound is not None), default=None)
        high = max((bound for bound in highs if bound is not None), default=None)
        return None if None in lows else low, None if None in highs else high
    low, high = _least(atom.value), _most(atom.value)
    if isinstance(atom, sizes.Floor):
        divided = (None if bound is None else bound // atom.divisor for bound in (low, high))
        return next(divided), next(divided)
    return (0 if low is not None and low >= 0 else None), None
