"""Values, regions and the items in them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal, TypeAlias

from archc.layers.base import Code, Layer
from archc.layers.values import Value as ArgumentValue
from archc.shape import Shape
from archc.source import Span
from archc.symbolic import Size, number, product
from archc.syntax import tree
from archc.tuples import NamedTuple

_REMEMBERED = 2**16
"""Layers of which is remembered what they are: most steps of a large network are copies. Each phase
asks for all of a network in the same order: to remember some of them is to remember none."""


class Value(NamedTuple):
    """What flows between steps. `shape` is None behind a mistake; `site` made it. Ids are unique
    within the block whose text holds them."""

    id: int
    shape: Shape | None
    site: Span


class Arg(NamedTuple):
    """An argument as it counts: its value, the text it came from, and who gave it."""

    value: ArgumentValue
    expr: tree.Expr | None
    source: Literal["step", "with", "default", "layer"]


class Hand(NamedTuple):
    """A value that a block hands out besides its result: one that its caller reads by name, or an
    output of the network."""

    name: str
    value: Value
    output: "OutputItem | None" = None


class Region(NamedTuple):
    """Items in order of execution, between the value that enters and the one that leaves.

    `bindings` are the names that its text's expressions read: parameters, `let`s, loop variables;
    `hands` are what a block's region hands out.
    """

    kind: Literal["file", "block", "group", "branch", "turn", "arm", "body", "share"]
    site: Span
    bindings: Mapping[str, ArgumentValue]
    items: tuple["Item", ...]
    entry: Value
    exit: Value
    hands: tuple[Hand, ...] = ()


class LayerItem(NamedTuple):
    """A layer in its place, with what arrives at its ports. `name` is the part's name in its
    container; `inputs` are by port, the piped value under `x`."""

    site: Span
    word: str
    name: str
    layer: Layer
    args: Mapping[str, Arg]
    inputs: Mapping[str, Value]
    out: Value
    owner: "LayerItem | None" = None
    """The layer whose weight this one takes as well."""

    @property
    def input_shape(self) -> Shape:
        """The shape of the piped value."""
        return known(self.inputs["x"])

    @property
    def output_shape(self) -> Shape:
        """The shape of the result."""
        return known(self.out)

    @property
    def code(self) -> Code:
        """The layer in PyTorch."""
        return _code(self.layer, self.input_shape)

    @property
    def parameters(self) -> int:
        """Trainable numbers."""
        return _parameters(self.layer, self.input_shape)

    @property
    def weight(self) -> tuple[Size, ...] | None:
        """The shape of the tensor of that name, its own or another's; None if there is none."""
        tensors = (self.owner or self).layer.tensors((self.owner or self).input_shape)
        return next((tensor.shape for tensor in tensors if tensor.name == "weight"), None)

    @property
    def macs(self) -> Size:
        """Multiply-accumulates at batch 1."""
        return self.layer.macs(self.input_shape, self.output_shape) + self.macs_once

    @property
    def macs_once(self) -> Size:
        """Those of them that a call needs however many windows it works on."""
        return self.layer.macs_once(self.input_shape)


@lru_cache(maxsize=_REMEMBERED)
def _code(layer: Layer, x: Shape) -> Code:
    return layer.code(x)


@lru_cache(maxsize=_REMEMBERED)
def _parameters(layer: Layer, x: Shape) -> int:
    tensors = layer.tensors(x)
    return sum(number(product(tensor.shape)) for tensor in tensors if not tensor.buffer)


class CallItem(NamedTuple):
    """A block called: `values` are values of the caller that its parameters name."""

    site: Span
    name: str
    block: tree.Block
    args: Mapping[str, Arg]
    values: Mapping[str, Value]
    entry: Value
    region: Region
    out: Value
    inline: bool
    """Whether a body stands in it: its text is written out where it is called."""
    handed: tuple[Hand, ...] = ()
    """What its region hands out, as values of the caller."""


class Absent(NamedTuple):
    """A branch whose condition failed."""

    branch: tree.Branch


class MergeItem(NamedTuple):
    """Branches of one value, combined."""

    site: Span
    kind: str
    entry: Value
    branches: tuple[Region | Absent, ...]
    out: Value

    @property
    def regions(self) -> tuple[Region, ...]:
        """The branches that are there."""
        return tuple(branch for branch in self.branches if isinstance(branch, Region))

    @property
    def macs(self) -> Size:
        """Multiply-accumulates of `matmul`; the other merges have none."""
        if self.kind != "matmul":
            return 0
        first = known(self.regions[0].exit)
        return known(self.out).numel * first.dims[-1]


class RepeatItem(NamedTuple):
    """Copies in sequence, perhaps none: each region with how often it follows itself. `name` is
    the list's, `times` the count as the text has it."""

    site: Span
    name: str
    times: tree.Expr
    entry: Value
    runs: tuple[tuple[Region, int], ...]
    out: Value


class LoopItem(NamedTuple):
    """A loop's turns, unrolled. `name` is the list's."""

    site: Span
    name: str
    loop: tree.Loop
    entry: Value
    turns: tuple[Region, ...]
    out: Value


class Test(NamedTuple):
    """What decides an `if`, and what came out."""

    expr: tree.Expr
    holds: bool


class GroupItem(NamedTuple):
    """Steps in braces, a body, or the arm of an `if` that is built: none at all where the arm is
    not written. `name` is the label of those that have names of their own."""

    site: Span
    name: str | None
    entry: Value
    region: Region
    out: Value
    test: Test | None = None


class Window(NamedTuple):
    """How a map is cut: `number` windows an example of `sides`, shifted, or with `grid` of
    positions spread evenly."""

    sides: tuple[int, int]
    shift: tuple[int, int]
    grid: bool
    number: Size

    @property
    def masked(self) -> bool:
        """Whether tokens of a window may be no neighbours."""
        return any(self.shift)


class WindowItem(NamedTuple):
    """Steps that work on the tokens of windows; the map flows on in its old layout."""

    site: Span
    window: Window
    entry: Value
    region: Region
    out: Value


class ShareItem(NamedTuple):
    """A use of shared weights; the first use of `name` builds them. `up` is how many turns, of a
    loop or of copies, lie between the use and the scope that declares them."""

    site: Span
    name: str
    first: bool
    up: int
    entry: Value
    region: Region
    out: Value


class TapItem(NamedTuple):
    """The value here gets a name."""

    site: Span
    name: str
    value: Value


class RecallItem(NamedTuple):
    """A named value takes the current one's place. `name` may be dotted: a name of a part."""

    site: Span
    name: str
    out: Value


class OutputItem(NamedTuple):
    """The value here is also an output."""

    site: Span
    name: str
    train: bool
    value: Value


Item: TypeAlias = (
    LayerItem | CallItem | MergeItem | RepeatItem | LoopItem
    | GroupItem | WindowItem | ShareItem | TapItem | RecallItem | OutputItem
)  # fmt: skip


def known(value: Value) -> Shape:
    """The shape of a value in a graph without mistakes."""
    if value.shape is None:
        raise ValueError("the shape behind a mistake is not known")
    return value.shape


def parts(item: Item) -> Iterator[tuple[str, Region]]:
    """The regions in an item, each as often as it is built, with the path it adds."""
    if isinstance(item, CallItem):
        yield item.name, item.region
    elif isinstance(item, MergeItem):
        for region in item.regions:
            yield "", region
    elif isinstance(item, RepeatItem):
        index = 0
        for region, count in item.runs:
            for _ in range(count):
                yield joined(item.name, str(index)), region
                index += 1
    elif isinstance(item, LoopItem):
        for index, region in enumerate(item.turns):
            yield joined(item.name, str(index)), region
    elif isinstance(item, GroupItem):
        yield item.name or "", item.region
    elif isinstance(item, WindowItem):
        yield "", item.region
    elif isinstance(item, ShareItem):
        yield item.name, item.region


def inner_regions(item: Item) -> Sequence[Region]:
    """The regions in an item, equal copies once."""
    if isinstance(item, LayerItem):
        return ()
    if isinstance(item, RepeatItem):
        return [region for region, _ in item.runs]
    if isinstance(item, LoopItem):
        return list({id(turn): turn for turn in item.turns}.values())
    return [region for _, region in parts(item)]


def own_items(region: Region, seen: set[int] | None = None) -> Iterator[Item]:
    """The items of a block's text, those in its groups, branches and loops too, but not those of
    the blocks that it calls; equal copies once."""
    seen = set() if seen is None else seen
    for item in region.items:
        yield item
        for inner in inner_regions(item) if not isinstance(item, CallItem) or item.inline else ():
            if id(inner) not in seen:
                seen.add(id(inner))
                yield from own_items(inner, seen)


def outputs(items: Iterable[Item]) -> Iterator[OutputItem]:
    """The outputs among a text's items, those in its groups, branches and loops and those that
    called blocks hand out too, each as often as it is built."""
    for item in items:
        if isinstance(item, LayerItem):
            continue
        if isinstance(item, OutputItem):
            yield item
        elif isinstance(item, CallItem) and not item.inline:
            for hand in item.handed:
                if hand.output is not None:
                    yield hand.output._replace(value=hand.value)
        elif isinstance(item, RepeatItem):
            for inner, count in item.runs:
                found = list(outputs(inner.items))
                for _ in range(count if found else 0):
                    yield from found
        elif isinstance(item, LoopItem):
            made = {id(turn): list(outputs(turn.items)) for turn in inner_regions(item)}
            for turn in item.turns:
                yield from made[id(turn)]
        else:
            for _, inner in parts(item):
                yield from outputs(inner.items)


def joined(prefix: str, name: str) -> str:
    """A path: both parts with a dot between them where both are there."""
    return f"{prefix}.{name}" if prefix and name else prefix or name
