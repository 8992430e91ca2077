"""Kinds of values that `train` has besides the layers' own."""

import re

from archc.layers.kinds import Kind, Unfit
from archc.layers.values import Value, Word
from archc.tuples import NamedTuple


class Several(NamedTuple):
    """A list of values of one kind, of a certain length or at least one."""

    kind: Kind
    length: int | None = None

    def read(self, value: Value, rank: int | None) -> tuple[object, ...]:
        right = type(value) is tuple and len(value) == (self.length or len(value)) > 0
        if not right:
            raise Unfit(self.describe())
        assert isinstance(value, tuple)
        try:
            return tuple(self.kind.read(v, rank) for v in value)
        except Unfit as unfit:
            raise Unfit(self.describe(), unfit.out_of_range) from None

    def describe(self) -> str:
        count = f"a list of {self.length}" if self.length else "a list"
        return f"{count}, each {self.kind.describe()}"


class Either(NamedTuple):
    """A value of the first kind that takes it."""

    kinds: tuple[Kind, ...]

    def read(self, value: Value, rank: int | None) -> object:
        for kind in self.kinds:
            try:
                return kind.read(value, rank)
            except Unfit:
                continue
        raise Unfit(self.describe())

    def describe(self) -> str:
        return ", or ".join(kind.describe() for kind in self.kinds)


class Below1(NamedTuple):
    """A share that is not the whole, such as what an average keeps."""

    def read(self, value: Value, rank: int | None) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Unfit(self.describe())
        if not 0 <= value < 1:
            raise Unfit(self.describe(), out_of_range=True)
        return float(value)

    def describe(self) -> str:
        return "a number of at least 0 and below 1"


class Odd(NamedTuple):
    """A whole number that has a middle, such as the size of a kernel."""

    def read(self, value: Value, rank: int | None) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Unfit(self.describe())
        if value < 1 or value % 2 == 0:
            raise Unfit(self.describe(), out_of_range=True)
        return value

    def describe(self) -> str:
        return "an odd number such as 3"


class Text(NamedTuple):
    """A text in quotes; `what` says of what."""

    what: str
    pattern: str = r"[^\0\n]+"

    def read(self, value: Value, rank: int | None) -> str:
        if not isinstance(value, str) or isinstance(value, Word):
            raise Unfit(self.describe())
        if not re.fullmatch(self.pattern, value):
            raise Unfit(self.describe())
        return value

    def describe(self) -> str:
        return f"{self.what} in quotes"


class Statistics(NamedTuple):
    """Takes `auto`, `imagenet`, `no` or `none`; the last two read as the empty text."""

    def read(self, value: Value, rank: int | None) -> str:
        if value is None or value is False:
            return ""
        if value is True:
            return "auto"
        if isinstance(value, Word) and value in ("auto", "imagenet"):
            return str(value)
        raise Unfit(self.describe())

    def describe(self) -> str:
        return "`auto`, `imagenet` or `no`"


class NameKind(NamedTuple):
    """Takes a bare name."""

    what: str

    def read(self, value: Value, rank: int | None) -> str:
        if not isinstance(value, Word):
            raise Unfit(self.describe())
        return str(value)

    def describe(self) -> str:
        return f"the name of a {self.what}"
