"""The kinds of arguments. A kind reads an evaluated value, or says what it wants instead.

A layer names a kind by annotating an argument with one of the aliases at the end of this file:
`k: Sides = arg("side of the kernel")`. The alias tells type checkers what the layer gets.
"""

import sys
from typing import Annotated, Protocol, TypeAlias

from archc.layers.values import OPEN, Ref, Value, Word
from archc.shape import Shape
from archc.symbolic import Size
from archc.tuples import NamedTuple


class Unfit(Exception):
    """A value is not of its argument's kind. `expected` is a phrase: `a whole number`.

    `out_of_range` tells a number of the right kind but a wrong size from a wrong kind.
    """

    def __init__(self, expected: str, out_of_range: bool = False) -> None:
        super().__init__(expected)
        self.expected = expected
        self.out_of_range = out_of_range


class Kind(Protocol):
    """Reads one argument; `rank` is the number of the input's positions, None where unknown."""

    def read(self, value: Value, rank: int | None) -> object: ...

    def describe(self) -> str:
        """What the argument takes, for pages and messages."""
        ...


LARGEST = 2**31 - 1
"""The largest whole number of an argument: sizes beyond it overflow inside of torch."""


_MAX_FLOAT = sys.float_info.max


class Whole(NamedTuple):
    """A whole number within bounds, or any at all, such as an axis."""

    minimum: int = -LARGEST
    maximum: int = LARGEST

    def read(self, value: Value, rank: int | None) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Unfit(self.describe())
        if value < self.minimum:
            raise Unfit(self.describe(), out_of_range=True)
        if value > self.maximum:
            raise Unfit(f"a whole number up to {self.maximum}", out_of_range=True)
        return value

    def describe(self) -> str:
        if self.minimum == -LARGEST:
            return "a whole number"
        if self.maximum < LARGEST:
            return f"a whole number from {self.minimum} to {self.maximum}"
        return f"a whole number of at least {self.minimum}"


class PerPosition(NamedTuple):
    """One whole number for all of the input's dimensions, or one a dimension."""

    minimum: int = 1
    words: tuple[str, ...] = ()

    def read(self, value: Value, rank: int | None) -> tuple[int, ...] | str:
        if isinstance(value, Word) and value in self.words:
            return str(value)
        whole = Whole(self.minimum)
        try:
            if type(value) is not tuple:
                return (whole.read(value, rank),) * (rank or 1)
            sizes = tuple(whole.read(v, rank) for v in value)
        except Unfit as unfit:
            raise Unfit(self.describe(), unfit.out_of_range) from None
        if rank is not None and len(sizes) != rank:
            raise Unfit(f"one number, or {rank} for the {rank} dimensions that arrive")
        return sizes

    def describe(self) -> str:
        words = f", or {_either(self.words)}" if self.words else ""
        return f"a whole number of at least {self.minimum}, or one a dimension{words}"


class Number(NamedTuple):
    """A number within bounds; `zero` says whether 0 itself is among them."""

    minimum: float = float("-inf")
    maximum: float = float("inf")
    zero: bool = True

    @property
    def decides_sizes(self) -> bool:
        return False

    def read(self, value: Value, rank: int | None) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Unfit(self.describe())
        # Neither infinity nor what no float can hold is a number that PyTorch text could have.
        if not -_MAX_FLOAT <= value <= _MAX_FLOAT or not self.minimum <= value <= self.maximum:
            raise Unfit(self.describe(), out_of_range=True)
        if value == 0 and not self.zero:
            raise Unfit(self.describe(), out_of_range=True)
        return float(value)

    def describe(self) -> str:
        if self.minimum == float("-inf"):
            return "a number" if self.zero else "a number other than 0"
        if self.maximum == float("inf"):
            at_least = f"of at least {self.minimum:g}" if self.zero else f"above {self.minimum:g}"
            return f"a number {at_least}"
        if not self.zero and self.minimum == 0:
            return f"a number above 0, up to {self.maximum:g}"
        return f"a number from {self.minimum:g} to {self.maximum:g}"


class Factors(NamedTuple):
    """One factor above 0 for all of the input's dimensions, or one a dimension."""

    def read(self, value: Value, rank: int | None) -> tuple[float, ...]:
        number = Number(0, LARGEST, zero=False)
        factors = value if type(value) is tuple else (value,) * (rank or 1)
        try:
            read = tuple(number.read(factor, rank) for factor in factors)
        except Unfit as unfit:
            raise Unfit(self.describe(), unfit.out_of_range) from None
        if rank is not None and len(read) != rank:
            raise Unfit(f"one number, or {rank} for the {rank} dimensions that arrive")
        return tuple(int(factor) if factor.is_integer() else factor for factor in read)

    def describe(self) -> str:
        return "a number above 0, or one a dimension"


class NumberPerChannel(NamedTuple):
    """A number, or a list of one a channel."""

    @property
    def decides_sizes(self) -> bool:
        return False

    def read(self, value: Value, rank: int | None) -> float | tuple[float, ...]:
        number = Number()
        if type(value) is not tuple:
            return number.read(value, rank)
        if not value:
            raise Unfit(self.describe())
        try:
            return tuple(number.read(v, rank) for v in value)
        except Unfit as unfit:
            raise Unfit(self.describe(), unfit.out_of_range) from None

    def describe(self) -> str:
        return "a number, or a list with one a channel"


class YesNo(NamedTuple):
    """`yes` or `no`."""

    def read(self, value: Value, rank: int | None) -> bool:
        if not isinstance(value, bool):
            raise Unfit(self.describe())
        return value

    def describe(self) -> str:
        return "`yes` or `no`"


class OneOf(NamedTuple):
    """One of some words."""

    words: tuple[str, ...]

    def read(self, value: Value, rank: int | None) -> str:
        if value is None and "none" in self.words:
            return "none"
        if not isinstance(value, Word) or value not in self.words:
            raise Unfit(self.describe())
        return str(value)

    def describe(self) -> str:
        return _either(self.words)


class Sizes(NamedTuple):
    """A shape such as `64x7x7`; `?` stands for any size and reads as None."""

    def read(self, value: Value, rank: int | None) -> tuple[int | None, ...]:
        whole = Whole(1)
        sizes = value if type(value) is tuple else (value,)
        try:
            return tuple(None if v == OPEN else whole.read(v, rank) for v in sizes)
        except Unfit as unfit:
            raise Unfit(self.describe(), unfit.out_of_range) from None

    def describe(self) -> str:
        return "a shape such as `64x7x7`"


class Wholes(NamedTuple):
    """A list of whole numbers, or one alone; `what` says what they are, with an example."""

    what: str

    def read(self, value: Value, rank: int | None) -> tuple[int, ...]:
        try:
            numbers = value if type(value) is tuple else (value,)
            read = tuple(Whole().read(number, rank) for number in numbers)
        except Unfit as unfit:
            raise Unfit(self.describe(), unfit.out_of_range) from None
        if not read:
            raise Unfit(self.describe())
        return read

    def describe(self) -> str:
        return self.what


class Named(NamedTuple):
    """Another value of the network, by its name. `indices` asks for what the pool that made it has
    to tell (`archc.layers.base.Pooled`)."""

    indices: bool = False

    def read(self, value: Value, rank: int | None) -> Ref:
        if not isinstance(value, Ref):
            raise Unfit(self.describe())
        return value

    def describe(self) -> str:
        return "a named value such as `@enc`"


class Tied(NamedTuple):
    """The weight that a layer takes from a labelled step; `shape` is None where that has none."""

    label: str
    shape: tuple[Size, ...] | None


class Label(NamedTuple):
    """The label of a step that stands before. Like a port's, the value reads as what is written;
    rules see a Tied."""

    def read(self, value: Value, rank: int | None) -> Word:
        if not isinstance(value, Word):
            raise Unfit(self.describe())
        return value

    def describe(self) -> str:
        return "the label of a step, such as `words`"


class Optional(NamedTuple):
    """Another kind's value, or `none`."""

    kind: Kind

    def read(self, value: Value, rank: int | None) -> object:
        return None if value is None else self.kind.read(value, rank)

    def describe(self) -> str:
        return f"{self.kind.describe()}, or `none`"


def _either(words: tuple[str, ...]) -> str:
    *most, last = (f"`{word}`" for word in words)
    return f"{', '.join(most)} or {last}" if most else last


# What a layer writes behind an argument's name.
Count: TypeAlias = Annotated[int, Whole(1)]
MaybeCount: TypeAlias = Annotated[int | None, Optional(Whole(1))]
Axis: TypeAlias = Annotated[int, Whole()]
MaybeAxis: TypeAlias = Annotated[int | None, Optional(Whole())]
Sides: TypeAlias = Annotated[tuple[int, ...], PerPosition(1)]
MaybeSides: TypeAlias = Annotated[tuple[int, ...] | None, Optional(PerPosition(1))]
Padding: TypeAlias = Annotated[
    tuple[int, ...] | str, PerPosition(0, words=("same", "valid", "half"))
]
PoolPadding: TypeAlias = Annotated[tuple[int, ...] | str, PerPosition(0, words=("half",))]
Amounts: TypeAlias = Annotated[tuple[int, ...], PerPosition(0)]
MaybeFactors: TypeAlias = Annotated[tuple[float, ...] | None, Optional(Factors())]
Real: TypeAlias = Annotated[float, Number()]
Positive: TypeAlias = Annotated[float, Number(minimum=0, zero=False)]
MaybePositive: TypeAlias = Annotated[float | None, Optional(Number(minimum=0, zero=False))]
NotNegative: TypeAlias = Annotated[float, Number(minimum=0)]
NonZero: TypeAlias = Annotated[float, Number(zero=False)]
PerChannel: TypeAlias = Annotated[float | tuple[float, ...], NumberPerChannel()]
Probability: TypeAlias = Annotated[float, Number(0, 1)]
MaybeProbability: TypeAlias = Annotated[float | None, Optional(Number(0, 1))]
Flag: TypeAlias = Annotated[bool, YesNo()]
ShapeSizes: TypeAlias = Annotated[tuple[int | None, ...], Sizes()]
MaybeShapeSizes: TypeAlias = Annotated[tuple[int | None, ...] | None, Optional(Sizes())]
# A port reads as a `Ref`; what a layer's rules see is the shape that arrives there.
Port: TypeAlias = Annotated[Shape, Named()]
MaybePort: TypeAlias = Annotated[Shape | None, Optional(Named())]
MaybeTied: TypeAlias = Annotated[Tied | None, Optional(Label())]
