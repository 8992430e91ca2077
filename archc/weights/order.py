"""Matching by order: a network of another author has other names for the same modules.

A module's own tensors (weight and bias; those of a norm) are one unit. The units of kernels and
matrices, those of norms, and bare parameters go together each in their order: torch lists modules
as their constructor made them, with bare parameters first, where a text has norms and parameters
as they act. Three things keep this from guessing:

- shapes agree one by one;
- every module of the file is one stretch of the network, and the other way round;
- a file sorted by name (as safetensors sorts) has lost its order, and is refused.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby, zip_longest

from archc.tuples import NamedTuple
from archc.weights.entry import Entry, Match, Misfit, Shape

_ALIGNABLE = 2000
"""Units that differ up to which gaps are looked for, which takes quadratic time."""

_ROLE = re.compile(r"(\w_proj_|in_proj_)?(weight|bias)(_[a-z]+_l\d+\w*)?|running_(mean|var)")
"""What torch's layers call their tensors."""


class Disorder(Exception):
    """The order of a file does not tell what its tensors are; the text says why."""


class _Unit(NamedTuple):
    place: int
    module: str
    entries: tuple[Entry, ...]

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return tuple(entry.shape for entry in self.entries)


_Pair = tuple[_Unit | None, _Unit | None]
_Lane = Callable[[tuple[Shape, ...]], bool]


def by_order(own: Sequence[Entry], given: Sequence[Entry]) -> Match:
    """Matches equal units in order. Raises Disorder where too little fits or the order is lost."""
    if is_sorted(entry.name for entry in given):
        raise Disorder("the file is sorted by name, which hides the order of its modules")
    ours, theirs = _units(own), _units(given)
    equal: list[tuple[_Unit, _Unit]] = []
    others: list[_Pair] = []
    for a, b in (p for lane in _LANES for p in _aligned(_in(ours, lane), _in(theirs, lane))):
        if a and b and a.shapes == b.shapes:
            equal.append((a, b))
        else:
            others.append((a, b))
    count = sum(len(unit.entries) for unit, _ in equal)
    torn = _torn(equal)
    if 2 * count < len(own) or (torn and others):
        raise Disorder(f"only {count} of its {len(own)} tensors have a counterpart there")
    if torn:
        raise Disorder(torn)
    names = {
        a.name: b.name
        for first, second in equal
        for a, b in zip(first.entries, second.entries, strict=True)
    }
    others.sort(key=_place)
    return Match(names, tuple(misfit for pair in others for misfit in _misfits(*pair)))


def _units(entries: Iterable[Entry]) -> list[_Unit]:
    """Tensors of one module that follow each other; a bare parameter is a unit of its own."""

    def key(numbered: tuple[int, Entry]) -> tuple[str, int]:
        place, entry = numbered
        return entry.module, -1 if _has_role(entry) else place

    grouped = (list(group) for _, group in groupby(enumerate(entries), key))
    found = ([entry for _, entry in group] for group in grouped)
    return [_Unit(i, group[0].module, tuple(group)) for i, group in enumerate(found)]


def _has_role(entry: Entry) -> bool:
    return _ROLE.fullmatch(entry.name.rpartition(".")[2]) is not None


# --- lanes ---


def _is_norm(shapes: tuple[Shape, ...]) -> bool:
    return all(len(shape) < 2 for shape in shapes)


def _is_bare(shapes: tuple[Shape, ...]) -> bool:
    """`[1, L, C]` added to tokens or put before them, `[C, 1, 1]` that scales channels."""
    shape = shapes[0]
    return len(shapes) == 1 and len(shape) == 3 and (shape[0] == 1 or shape[1:] == (1, 1))


def _is_kernel(shapes: tuple[Shape, ...]) -> bool:
    return not _is_norm(shapes) and not _is_bare(shapes)


_LANES: tuple[_Lane, ...] = (_is_kernel, _is_norm, _is_bare)


def _in(units: list[_Unit], lane: _Lane) -> list[_Unit]:
    return [unit for unit in units if lane(unit.shapes)]


def _aligned(own: list[_Unit], given: list[_Unit]) -> Iterator[_Pair]:
    """Equal units together, and what stands between them, side by side."""
    a, b = [unit.shapes for unit in own], [unit.shapes for unit in given]
    if a == b or max(len(a), len(b)) > _ALIGNABLE:
        yield from zip_longest(own, given)
        return
    for _, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        yield from zip_longest(own[i:j], given[k:m])


# --- what keeps from guessing ---


def is_sorted(names: Iterable[str]) -> bool:
    """Whether names stand in alphabetical order, which a bias before its weight shows."""
    biases = set()
    for name in names:
        module, _, leaf = name.rpartition(".")
        if leaf == "bias":
            biases.add(module)
        elif leaf == "weight" and module in biases:
            return True
    return False


def _torn(pairs: list[tuple[_Unit, _Unit]]) -> str | None:
    """A module of either side whose units do not follow each other on the other side."""
    found = _first_torn(pairs) or _first_torn([(given, own) for own, given in pairs])
    return found and f"the tensors of `{found}` would be torn apart"


def _first_torn(pairs: list[tuple[_Unit, _Unit]]) -> str | None:
    ranks = {unit.place: rank for rank, unit in enumerate(sorted(a for a, _ in pairs))}
    inside: dict[str, list[int]] = {}
    for other, unit in pairs:
        path = ""
        for part in unit.module.split("."):
            path = f"{path}.{part}" if path else part
            inside.setdefault(path, []).append(ranks[other.place])
    torn = (path for path, found in inside.items() if max(found) - min(found) >= len(found))
    return next(torn, None)


def _misfits(own: _Unit | None, given: _Unit | None) -> Iterator[Misfit]:
    ours, theirs = (unit.entries if unit else () for unit in (own, given))
    for a, b in zip_longest(ours, theirs):
        if a is None or b is None or a.shape != b.shape:
            yield Misfit(a, b)


def _place(pair: _Pair) -> tuple[int, int]:
    own, given = pair
    return (0, own.place) if own else (1, given.place if given else 0)
