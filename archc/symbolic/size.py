"""Open sizes and their arithmetic, in a normal form: what is equal for certain compares equal."""

from collections.abc import Iterable
from math import floor, gcd
from typing import Literal, NoReturn, TypeAlias

import archc.symbolic.ways as ways
from archc.tuples import NamedTuple


class Undecided(Exception):
    """A number or an answer is needed that an open size does not give."""


class Symbol(NamedTuple):
    """A size of an input, at least 1: that of `axis` of input number `input`."""

    input: int
    axis: int


class Floor(NamedTuple):
    """`value // divisor`, rounded down."""

    value: "Open"
    divisor: int


class Scaled(NamedTuple):
    """`floor(value * factor)` in float64, for a factor that is no simple fraction."""

    value: "Open"
    factor: float


class Fact(NamedTuple):
    """An answer: whether `size` is at least 0, or is not 0."""

    size: "Open"
    question: Literal["not negative", "not zero"]
    holds: bool


class Cases(NamedTuple):
    """One size or another, by the facts that hold."""

    cases: tuple[tuple[tuple[Fact, ...], "Size"], ...]


class Deep(NamedTuple):
    """What is too long to be written out; `key` tells it from others."""

    key: int


Atom: TypeAlias = Symbol | Floor | Scaled | Cases | Deep
Monomial: TypeAlias = frozenset[tuple[Atom, int]]
"""Atoms with their powers; empty for the constant."""
ONE: Monomial = frozenset()

_DEEPEST = 12
_HIGHEST = 12
_LONGEST = 64
_LARGEST = 2**62
"""Beyond these depths, degrees, numbers of terms and factors a size gets a name of its own."""


class Open:
    """A size that is not known before the network runs. Immutable."""

    __slots__ = ("depth", "terms")
    terms: frozenset[tuple[Monomial, int]]
    depth: int

    def __init__(self, terms: frozenset[tuple[Monomial, int]]) -> None:
        object.__setattr__(self, "terms", terms)
        atoms = (atom for monomial, _ in terms for atom, _ in monomial)
        object.__setattr__(self, "depth", max(map(_depth, atoms), default=0))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a size is immutable")

    def __eq__(self, other: object) -> bool:
        """Whether both are the same for certain; what may differ is not equal."""
        return isinstance(other, Open) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(self.terms)

    def __str__(self) -> str:
        return "?"

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return "?"

    def __add__(self, other: "Size") -> "Size":
        return sum_of(((1, self), (1, other)))

    __radd__ = __add__

    def __neg__(self) -> "Size":
        return sum_of(((-1, self),))

    def __sub__(self, other: "Size") -> "Size":
        return sum_of(((1, self), (-1, other)))

    def __rsub__(self, other: int) -> "Size":
        return sum_of(((-1, self), (1, other)))

    def __mul__(self, other: "Size") -> "Size":
        found: dict[Monomial, int] = {}
        for first, a in self.terms:
            for second, b in terms_of(other):
                monomial = _times(first, second)
                found[monomial] = found.get(monomial, 0) + a * b
        return size_of(found)

    __rmul__ = __mul__

    def __floordiv__(self, other: "Size") -> "Size":
        divisor = number(other)
        if divisor == 0:
            raise ZeroDivisionError
        return _floor(self, divisor) if divisor > 0 else _floor(-self, -divisor)

    def __rfloordiv__(self, other: int) -> NoReturn:
        raise Undecided

    def __mod__(self, other: "Size") -> "Size":
        return self - other * (self // other)

    __rmod__ = __rfloordiv__

    def __divmod__(self, other: "Size") -> tuple["Size", "Size"]:
        return self // other, self % other

    def __pow__(self, power: int) -> "Size":
        if not 0 <= power <= _DEEPEST:
            raise Undecided
        return product((self,) * power)

    def __floor__(self) -> "Open":
        return self

    __ceil__ = __pos__ = __floor__

    def __bool__(self) -> bool:
        return ways.answer(Fact(self, "not zero", True))

    def __ge__(self, other: "Size") -> bool:
        return not_negative(self - other)

    def __gt__(self, other: "Size") -> bool:
        return not_negative(self - other - 1)

    def __le__(self, other: "Size") -> bool:
        return not_negative(other - self)

    def __lt__(self, other: "Size") -> bool:
        return not_negative(other - self - 1)

    def __index__(self) -> NoReturn:
        raise Undecided

    def __rpow__(self, other: object) -> NoReturn:
        raise Undecided

    __int__ = __float__ = __round__ = __index__
    __truediv__ = __rtruediv__ = __rpow__


Size: TypeAlias = int | Open


def number(size: Size) -> int:
    """A size that has to be a number. Raises Undecided."""
    if isinstance(size, Open):
        raise Undecided
    return size


def product(sizes: Iterable[Size]) -> Size:
    """The product, 1 of none."""
    result: Size = 1
    for size in sizes:
        result = result * size
    return result


def symbol(input_: int, axis: int) -> Open:
    """An open size of an input."""
    return of(Symbol(input_, axis))


def not_negative(size: Size) -> bool:
    """Whether a size is at least 0. Raises Undecided."""
    return ways.answer(Fact(size, "not negative", True)) if isinstance(size, Open) else size >= 0


def scaled(size: Size, factor: float) -> Size:
    """`floor(size * factor)` as PyTorch computes it, in float64."""
    numerator, denominator = factor.as_integer_ratio()
    if not isinstance(size, Open):
        # Beyond 2**53, where no tensor is, a float may overflow.
        exact = size > 2**53
        return size * numerator // denominator if exact else floor(float(size) * factor)
    # Products with such a factor are exact in float64 for all sizes that a tensor can have.
    if denominator <= 1024 and numerator <= 2**20:
        return size * numerator // denominator
    return of(Scaled(size, factor))


def of(atom: Atom) -> Open:
    """An atom as a size."""
    return _bounded(Open(frozenset({(frozenset({(atom, 1)}), 1)})))


def terms_of(size: Size) -> frozenset[tuple[Monomial, int]]:
    return size.terms if isinstance(size, Open) else frozenset({(ONE, size)})


def size_of(terms: dict[Monomial, int]) -> Size:
    left = {monomial: factor for monomial, factor in terms.items() if factor}
    if not left.keys() - {ONE}:
        return left.get(ONE, 0)
    return _bounded(Open(frozenset(left.items())))


def sum_of(parts: Iterable[tuple[int, Size]]) -> Size:
    found: dict[Monomial, int] = {}
    for times, size in parts:
        for monomial, factor in terms_of(size):
            found[monomial] = found.get(monomial, 0) + times * factor
    return size_of(found)


def _times(first: Monomial, second: Monomial) -> Monomial:
    powers = dict(first)
    for atom, power in second:
        powers[atom] = powers.get(atom, 0) + power
    return frozenset(powers.items())


def _floor(size: Size, divisor: int) -> Size:
    """`size // divisor` for a divisor above 0. What the divisor divides stands in front; quotients
    of quotients are one."""
    if not isinstance(size, Open):
        return size // divisor
    if all(factor < 0 for monomial, factor in size.terms if monomial):
        # Rounded up, as -(-h // 2), is written as rounded down.
        return -_floor(divisor - 1 - size, divisor)
    whole = size_of({monomial: factor // divisor for monomial, factor in size.terms})
    rest = {monomial: factor % divisor for monomial, factor in size.terms if factor % divisor}
    constant = rest.pop(ONE, 0)
    if not rest:
        return whole
    common = gcd(divisor, *rest.values())
    rest = {monomial: factor // common for monomial, factor in rest.items()}
    constant, divisor = constant // common, divisor // common
    [(monomial, factor), *others] = rest.items()
    atom = next(iter(monomial))[0]
    if not others and factor == 1 and monomial == {(atom, 1)} and isinstance(atom, Floor):
        inner = atom.value + constant * atom.divisor
        return whole + _floor(inner, atom.divisor * divisor)
    value = size_of({**rest, ONE: constant})
    assert isinstance(value, Open)
    return whole + of(Floor(value, divisor))


def _bounded(size: Open) -> Open:
    """The size, or one name for it where it has grown beyond what is worth to compute with."""
    small = all(
        abs(factor) < _LARGEST and sum(power for _, power in monomial) <= _HIGHEST
        for monomial, factor in size.terms
    )
    if small and len(size.terms) <= _LONGEST and size.depth <= _DEEPEST:
        return size
    return of(Deep(hash(size)))


def _depth(atom: Atom) -> int:
    if isinstance(atom, Floor | Scaled):
        return atom.value.depth + 1
    if isinstance(atom, Cases):
        inner = [size for _, size in atom.cases if isinstance(size, Open)]
        inner += [fact.size for facts, _ in atom.cases for fact in facts]
        return 1 + max((size.depth for size in inner), default=0)
    return 0
