"""What a picture is made of: stages, tables of calls, forks, groups and named values."""

from collections.abc import Mapping
from typing import TypeAlias

from archc.diagram.describe import Family
from archc.diagram.structures import Key
from archc.shape import Shape
from archc.tuples import NamedTuple


class Stage(NamedTuple):
    """A node: a head such as `conv 5x5, 6` and what is fused behind it, such as `relu`.

    `copies` equal stages follow each other; the number may be a text of the spec. `parameters` and
    `macs` are those of all of them. `reads` are named values that it takes besides.
    """

    family: Family
    head: str
    behind: tuple[str, ...]
    input: Shape
    output: Shape
    parameters: int
    macs: int
    copies: int | str = 1
    reads: tuple[str, ...] = ()
    shared: bool = False


class Row(NamedTuple):
    """Equal calls in sequence: their structures, and their arguments as texts by name. Shapes that
    are not `fixed` are those of one use of the text among others."""

    keys: tuple[Key, ...]
    arguments: Mapping[str, str]
    input: Shape
    output: Shape
    parameters: int
    macs: int
    copies: int | str = 1
    fixed: bool = True


class Calls(NamedTuple):
    """Calls of one block in sequence, at positions of one size."""

    title: str
    rows: tuple[Row, ...]
    part: str
    reads: tuple[str, ...] = ()
    shared: bool = False
    holder: str = ""
    """The part that holds nothing but these calls."""
    level: int = 1
    """How deep the calls are nested."""

    @property
    def input(self) -> Shape:
        return self.rows[0].input

    @property
    def output(self) -> Shape:
        return self.rows[-1].output

    @property
    def parameters(self) -> int:
        return sum(row.parameters for row in self.rows)

    @property
    def macs(self) -> int:
        return sum(row.macs for row in self.rows)

    @property
    def copies(self) -> int | str:
        """The number of calls; a text where the spec does not fix it."""
        counts = [row.copies for row in self.rows]
        numbers = [count for count in counts if isinstance(count, int)]
        if len(numbers) == len(counts):
            return sum(numbers)
        return str(counts[0]) if len(counts) == 1 else ""


class Fork(NamedTuple):
    """Branches of one value, combined; an empty branch passes it on."""

    kind: str
    branches: tuple[tuple["Unit", ...], ...]
    input: Shape
    output: Shape
    macs: int


class Group(NamedTuple):
    """Units with a frame and a title around them."""

    title: str
    units: tuple["Unit", ...]
    copies: bool = False
    """Whether the title is the number of copies."""


class Tap(NamedTuple):
    """The value here gets a name."""

    name: str


class Recall(NamedTuple):
    """A named value takes the current one's place."""

    name: str


class Alias(NamedTuple):
    """A further name for a named value."""

    name: str
    of: str


class Output(NamedTuple):
    """The value here is also an output."""

    name: str
    train: bool
    shape: Shape


class Gap(NamedTuple):
    """The `stages` that a picture has no room for."""

    stages: int
    input: Shape
    output: Shape
    parameters: int
    macs: int


Node: TypeAlias = Stage | Calls | Gap
Unit: TypeAlias = Stage | Calls | Fork | Group | Tap | Recall | Alias | Output | Gap
