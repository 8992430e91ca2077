"""What reads differently between the uses of one text, as every use of it has it (`alike.py`)."""

from archc.emit.functions import Function
from archc.graph import CallItem, LayerItem, MergeItem, Region, RepeatItem, Value, WindowItem
from archc.layers.code import Code
from archc.source import Span
from archc.syntax import tree
from archc.tuples import NamedTuple


class Arm(NamedTuple):
    """What is built if a choice falls on it; borrowed where this use builds something else."""

    region: Region
    borrowed: bool


class Choice(NamedTuple):
    """An `if` that comes out differently between uses; `flag` is the attribute that keeps it."""

    site: Span
    flag: str
    test: tree.Expr
    holds: bool
    arms: tuple[Arm, Arm]
    entry: Value
    out: Value


class Guarded(NamedTuple):
    """A branch of a merge that some uses lack."""

    flag: str
    test: tree.Expr
    holds: bool
    arm: Arm


class GuardedMerge(NamedTuple):
    """A merge of two branches, one of which some uses lack."""

    item: MergeItem
    branches: tuple[Region | Guarded, ...]

    @property
    def entry(self) -> Value:
        return self.item.entry

    @property
    def out(self) -> Value:
        return self.item.out


class BorrowedRepeat(NamedTuple):
    """Copies of which this use builds none, and those of another use."""

    item: RepeatItem
    sample: RepeatItem

    @property
    def entry(self) -> Value:
        return self.item.entry

    @property
    def out(self) -> Value:
        return self.item.out


class Applied(NamedTuple):
    """A function that is an argument of the block: uses apply different ones."""

    item: LayerItem
    name: str
    function: Function


class Attribute(NamedTuple):
    """A number of `forward` that is an argument of the class, kept under a name."""

    name: str
    value: object
    hint: str


class Varied(NamedTuple):
    """A function whose numbers differ between uses: its text, and the attributes that it reads."""

    item: LayerItem
    code: Code
    attributes: tuple[Attribute, ...]


class VariedWindow(NamedTuple):
    """Windows whose shift differs between uses."""

    item: WindowItem
    attribute: Attribute

    @property
    def entry(self) -> Value:
        return self.item.entry

    @property
    def out(self) -> Value:
        return self.item.out


def is_chain(choice: Choice) -> bool:
    """Whether a choice falls on modules in a chain or on nothing: each is then a module that may be
    the identity, and `forward` need not know."""
    then, otherwise = (arm.region for arm in choice.arms)
    return chained(then, otherwise)


def chained(then: Region, otherwise: Region) -> bool:
    """Whether one arm is modules in a chain, the other nothing."""
    return bool(then.items) and not otherwise.items and all(map(_is_module, then.items))


def _is_module(item: object) -> bool:
    if isinstance(item, LayerItem):
        code = item.code
        return bool(item.name) and code.init is not None and code.call is None
    return isinstance(item, CallItem) and not (item.inline or item.values or item.handed)
