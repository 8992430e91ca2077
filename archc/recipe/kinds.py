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


class Text(NamedTuple):
    """A text in quotes; `what` says of what."""

    what: str
    pattern: str = ".+"

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
