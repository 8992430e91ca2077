"""What a rule proposes besides its words: changes of the text that would satisfy it."""

from collections.abc import Mapping
from typing import TypeAlias

from archc.shape import Shape
from archc.tuples import NamedTuple


class Put(NamedTuple):
    """Steps to put in front. `gives` is what they make of the value that arrives; the check goes on
    as if they stood there, so that a mistake hides none behind it."""

    steps: str
    gives: Shape | None = None


class Ahead(NamedTuple):
    """Steps to put in front of the step `word`, if that made the value that arrives."""

    word: str
    steps: str


class Instead(NamedTuple):
    """The word of another layer, for the same arguments."""

    word: str


class AsIds(NamedTuple):
    """The input that arrives here holds token ids."""


class Give(NamedTuple):
    """Other texts for arguments; None leaves one out."""

    arguments: Mapping[str, str | None]


class LeaveOut(NamedTuple):
    """The step is not needed."""


class End(NamedTuple):
    """A step to end a branch of a merge with, the branches that are built counted from 0."""

    branch: int
    step: str


Cure: TypeAlias = Put | Ahead | Instead | AsIds | Give | LeaveOut | End


def give(**arguments: str | int | None) -> Give:
    """Other values for arguments; those whose names Python has taken end in `_`."""
    return Give({k.rstrip("_"): None if v is None else str(v) for k, v in arguments.items()})
