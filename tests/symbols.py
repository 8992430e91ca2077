"""Open sizes with numbers in the places of their symbols."""

from collections.abc import Mapping
from math import floor, prod

from archc.shape import Shape
from archc.symbolic import Open, Size, symbol
from archc.symbolic.size import Atom, Cases, Fact, Floor, Scaled, Symbol

Numbers = Mapping[Symbol, int]


def opened(shape: Shape, axes: set[int], input_: int = 0) -> tuple[Shape, dict[Symbol, int]]:
    """A shape with some axes open, and the numbers that stood there."""
    dims = (symbol(input_, i) if i in axes else size for i, size in enumerate(shape.dims))
    numbers = {Symbol(input_, i): size for i, size in enumerate(shape.dims) if i in axes}
    return Shape(tuple(dims), shape.layout), numbers


def filled(shape: Shape, numbers: Numbers) -> Shape:
    """A shape with numbers in place of all symbols."""
    return Shape(tuple(value(size, numbers) for size in shape.dims), shape.layout)


def value(size: Size, numbers: Numbers) -> int:
    """A size with numbers in place of all symbols."""
    if not isinstance(size, Open):
        return size
    return sum(
        factor * prod(_atom(atom, numbers) ** power for atom, power in monomial)
        for monomial, factor in size.terms
    )


def _atom(atom: Atom, numbers: Numbers) -> int:
    if isinstance(atom, Symbol):
        return numbers[atom]
    if isinstance(atom, Floor):
        return value(atom.value, numbers) // atom.divisor
    if isinstance(atom, Scaled):
        return floor(float(value(atom.value, numbers)) * atom.factor)
    assert isinstance(atom, Cases)
    [size] = {value(size, numbers) for facts, size in atom.cases if _hold(facts, numbers)}
    return size


def _hold(facts: tuple[Fact, ...], numbers: Numbers) -> bool:
    return all(_answer(fact, numbers) == fact.holds for fact in facts)


def _answer(fact: Fact, numbers: Numbers) -> bool:
    number = value(fact.size, numbers)
    return number >= 0 if fact.question == "not negative" else number != 0
