"""The network after elaboration: a tree of regions over values, each number with its origin.

A region is a piece of text elaborated once: equal copies share one. Costs, paths and code are
derived from the tree and never stored.
"""

from collections.abc import Callable, Iterator, Mapping
from math import prod
from typing import Literal, NamedTuple, TypeAlias

from archc.layers.base import Layer
from archc.layers.values import Value as ArgumentValue
from archc.shape import Shape
from archc.source import Span
from archc.syntax import tree


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


class Region(NamedTuple):
    """Items in order of execution, between the value that enters and the one that leaves.

    `bindings` are the names that its text's expressions read: parameters, `let`s, loop variables.
    """

    kind: Literal["file", "block", "group", "branch", "turn", "arm", "body", "share"]
    site: Span
    bindings: Mapping[str, ArgumentValue]
    items: tuple["Item", ...]
    entry: Value
    exit: Value


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

    @property
    def input_shape(self) -> Shape:
        """The shape of the piped value."""
        return known(self.inputs["x"])

    @property
    def output_shape(self) -> Shape:
        """The shape of the result."""
        return known(self.out)

    @property
    def parameters(self) -> int:
        """Trainable numbers."""
        tensors = self.layer.tensors(self.input_shape)
        return sum(prod(tensor.shape) for tensor in tensors if not tensor.buffer)

    @property
    def macs(self) -> int:
        """Multiply-accumulates at batch 1."""
        return self.layer.macs(self.input_shape, self.output_shape) + self.macs_once

    @property
    def macs_once(self) -> int:
        """Those of them that a call needs however many windows it works on."""
        return self.layer.macs_once(self.input_shape)


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
    def macs(self) -> int:
        """Multiply-accumulates of `matmul`; the other merges have none."""
        if self.kind != "matmul":
            return 0
        first = known(self.regions[0].exit)
        return known(self.out).numel * first.dims[-1]


class RepeatItem(NamedTuple):
    """Copies in sequence: each region with how often it follows itself. `name` is the list's."""

    site: Span
    name: str
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


class GroupItem(NamedTuple):
    """Steps in braces, an `if`'s arm that is built, or a body. `name` is the label of those that
    have names of their own."""

    site: Span
    name: str | None
    entry: Value
    region: Region
    out: Value


class Window(NamedTuple):
    """How a map is cut: `number` windows an example of `sides`, shifted, or with `grid` of
    positions spread evenly."""

    sides: tuple[int, int]
    shift: tuple[int, int]
    grid: bool
    number: int

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
    """A use of shared weights; the first use of `name` builds them."""

    site: Span
    name: str
    first: bool
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


class Input(NamedTuple):
    """What enters the network; the only one may have no name."""

    name: str | None
    value: Value


class Graph(NamedTuple):
    """A whole network. `title` is the comment that opens its text, if there is one."""

    name: str
    title: str
    inputs: tuple[Input, ...]
    region: Region

    @property
    def input(self) -> Shape:
        """The shape of what the first step gets."""
        return known(self.region.entry)

    @property
    def output(self) -> Shape:
        """The shape of the final value."""
        return known(self.region.exit)

    @property
    def parameters(self) -> int:
        """Trainable numbers of all tensors, each built once."""
        return _Totals().parameters(self.region)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of an evaluation at batch 1."""
        return _Totals().macs(self.region)

    @property
    def outputs(self) -> dict[str, Shape]:
        """What an evaluation returns, by name; the final value is `out` unless it is named."""
        return {name: known(value) for name, value, train in self._outputs() if not train}

    @property
    def train_outputs(self) -> dict[str, Shape]:
        """What training returns besides."""
        return {name: known(value) for name, value, train in self._outputs() if train}

    def _outputs(self) -> list[tuple[str, Value, bool]]:
        items = list(outputs(self.region))
        named = items and items[-1] is self.region.items[-1] and not items[-1].train
        final = items.pop().name if named else "out"
        further = [(item.name, item.value, item.train) for item in items]
        return [(final, self.region.exit, False), *further]

    def distinct_layers(self) -> Iterator[LayerItem]:
        """Every layer once for equal copies, with its name in its own container."""
        yield from _distinct_layers(self.region, set())

    def layers(self) -> Iterator[LayerItem]:
        """Every layer in order of execution, its name the whole path in the state dict. Shared
        layers come once a use."""
        yield from _layers(self.region, "", "", ())


def outputs(region: Region) -> Iterator[OutputItem]:
    """The outputs of a text, those in its groups, branches and loops too."""
    for item in region.items:
        if isinstance(item, OutputItem):
            yield item
        elif not isinstance(item, CallItem) or item.inline:
            for inner in inner_regions(item):
                yield from outputs(inner)


def _distinct_layers(region: Region, seen: set[int]) -> Iterator[LayerItem]:
    for item in region.items:
        if isinstance(item, LayerItem):
            yield item
            continue
        for inner in inner_regions(item):
            if id(inner) not in seen:
                seen.add(id(inner))
                yield from _distinct_layers(inner, seen)


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


def _layers(
    region: Region, prefix: str, home: str, outer: tuple[tuple[str, str], ...]
) -> Iterator[LayerItem]:
    """`home` is the path of the block whose text this is, where its shares are; `outer` are prefix
    and home of the texts in which the bodies around are written."""
    for item in region.items:
        if isinstance(item, LayerItem):
            yield item._replace(name=joined(prefix, item.name))
        elif isinstance(item, GroupItem) and item.region.kind == "body":
            yield from _layers(item.region, *outer[-1], outer[:-1])
        elif isinstance(item, ShareItem):
            yield from _layers(item.region, joined(home, item.name), home, outer)
        elif isinstance(item, CallItem):
            path = joined(prefix, item.name)
            around = (*outer, (prefix, home)) if item.inline else outer
            yield from _layers(item.region, path, path, around)
        else:
            for name, inner in parts(item):
                yield from _layers(inner, joined(prefix, name), home, outer)


def built_steps(region: Region) -> int:
    """Layers and merges built, copies counted; shared ones once a use."""
    return _Totals().steps(region)


def inner_regions(item: Item) -> Iterator[Region]:
    """The regions in an item, equal copies once."""
    if isinstance(item, RepeatItem):
        yield from (region for region, _ in item.runs)
    else:
        yield from (region for _, region in parts(item))


def joined(prefix: str, name: str) -> str:
    """A path: both parts with a dot between them where both are there."""
    return f"{prefix}.{name}" if prefix and name else prefix or name


class _Totals:
    """Sums over a tree: each region is counted once, and multiplied."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}

    def parameters(self, region: Region) -> int:
        return self._sum(region, _parameters)

    def macs(self, region: Region) -> int:
        return self._sum(region, _macs)

    def macs_once(self, region: Region) -> int:
        return self._sum(region, _macs_once)

    def steps(self, region: Region) -> int:
        return self._sum(region, lambda item: int(isinstance(item, LayerItem | MergeItem)))

    def _sum(self, region: Region, of: Callable[[Item], int]) -> int:
        if id(region) not in self._known:
            self._known[id(region)] = sum(self._of(item, of) for item in region.items)
        return self._known[id(region)]

    def _of(self, item: Item, of: Callable[[Item], int]) -> int:
        if isinstance(item, RepeatItem):
            return sum(count * self._sum(region, of) for region, count in item.runs)
        if isinstance(item, ShareItem) and of is _parameters and not item.first:
            return 0
        if isinstance(item, WindowItem) and of is _macs:
            once = _Totals().macs_once(item.region)
            return item.window.number * (self._sum(item.region, of) - once) + once
        return of(item) + sum(self._sum(region, of) for region in inner_regions(item))


def _parameters(item: Item) -> int:
    return item.parameters if isinstance(item, LayerItem) else 0


def _macs_once(item: Item) -> int:
    return item.macs_once if isinstance(item, LayerItem) else 0


def _macs(item: Item) -> int:
    return item.macs if isinstance(item, LayerItem | MergeItem) else 0
