"""Units to charts: nodes, the edges between them, and the frames around them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from archc.diagram.units import (
    Alias,
    Calls,
    Fork,
    Gap,
    Group,
    Output,
    Recall,
    Stage,
    Tap,
    Unit,
)
from archc.graph import Graph, known
from archc.shape import Shape
from archc.tuples import NamedTuple


class End(NamedTuple):
    """Where data comes in, or goes out."""

    name: str
    shape: Shape | None


class Dot(NamedTuple):
    """Where data enters a block."""


class Merge(NamedTuple):
    """Where branches meet, or part (`split`)."""

    kind: str


class Node(NamedTuple):
    """A node and its name in DOT."""

    id: str
    content: Stage | Calls | Gap | End | Dot | Merge


class Frame(NamedTuple):
    """A titled frame around nodes."""

    title: str
    inside: tuple["Node | Frame", ...]


Inside: TypeAlias = Node | Frame


class Edge(NamedTuple):
    """From node to node. `skip` edges lead past others."""

    tail: str
    head: str
    label: str
    skip: bool


class Chart(NamedTuple):
    """The network's own picture, with an empty title, or that of a block's structure."""

    title: str
    inside: tuple[Inside, ...]
    edges: tuple[Edge, ...]


def nodes_of(inside: Sequence[Inside]) -> Iterator[Node]:
    """All nodes, those in frames too."""
    for one in inside:
        if isinstance(one, Frame):
            yield from nodes_of(one.inside)
        else:
            yield one


class _Tail(NamedTuple):
    """The node that the next edge starts at, and what that edge says."""

    node: str
    label: str = ""
    skip: bool = False


class Charting:
    """Draws units one after the other."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.count = 0
        self.inside: list[Inside] = []
        self.edges: list[Edge] = []
        self.names: dict[str, str] = {}
        self.tail = _Tail("")

    def network(self, graph: Graph, units: Sequence[Unit]) -> Chart:
        """The chart of the network itself, from its inputs to its outputs."""
        for index, put in enumerate(graph.inputs):
            node = self.add(End(put.name or "input", known(put.value)))
            if put.name is not None:
                self.names[put.name] = node
            if index == 0:
                self.tail = _Tail(node)
        final, shape = next(iter(graph.outputs.items()))
        last = units[-1] if units else None
        if isinstance(last, Output) and not last.train:
            units = units[:-1]
        self.units(units)
        several = len(graph.outputs) > 1 or final != "out"
        node = self.add(End(final if several else "output", shape))
        # The ends say their shapes themselves.
        self.edge(node, self.tail._replace(label=""))
        return Chart("", tuple(self.inside), tuple(_with_side_ways(self.edges, node)))

    def block(self, title: str, units: Sequence[Unit]) -> Chart:
        """The chart of a block, from a dot on."""
        self.tail = _Tail(self.add(Dot()))
        self.units(units)
        edges = tuple(edge._replace(label="") for edge in self.edges)
        return Chart(title, tuple(self.inside), edges)

    def add(self, content: Stage | Calls | Gap | End | Dot | Merge) -> str:
        self.count += 1
        node = f"{self.prefix}{self.count}"
        self.inside.append(Node(node, content))
        return node

    def has_flowed(self, node: str) -> bool:
        """Whether an edge leads on from a node."""
        return any(edge.tail == node for edge in self.edges)

    def edge(self, head: str, tail: _Tail) -> None:
        self.edges.append(Edge(tail.node, head, tail.label, tail.skip))

    def units(self, units: Sequence[Unit]) -> None:
        for unit in units:
            self.unit(unit)

    def unit(self, unit: Unit) -> None:
        if isinstance(unit, Fork):
            self.fork(unit)
        elif isinstance(unit, Group):
            self.group(unit)
        elif isinstance(unit, Tap):
            self.names[unit.name] = self.tail.node
        elif isinstance(unit, Alias):
            self.names[unit.name] = self.named(unit.of)
        elif isinstance(unit, Recall):
            node = self.named(unit.name)
            if node != self.tail.node:
                # What has not flowed on yet goes its main way here.
                self.tail = _Tail(node, skip=self.has_flowed(node))
        elif isinstance(unit, Output):
            words = f"{unit.name} (training)" if unit.train else unit.name
            self.edge(self.add(End(words, unit.shape)), self.tail._replace(label=""))
        else:
            self.node(unit)

    def node(self, unit: Stage | Calls | Gap) -> None:
        tail = self.tail
        node = self.add(unit)
        self.edge(node, tail)
        if not isinstance(unit, Gap):
            for name in unit.reads:
                self.edge(node, _Tail(self.named(name), skip=True))
        if isinstance(unit, Calls) and unit.part:
            self.names.setdefault(unit.part, node)
        changed = unit.output != unit.input
        self.tail = _Tail(node, _spaced(unit.output) if changed else "")

    def fork(self, unit: Fork) -> None:
        if unit.kind == "split":
            node = self.add(Merge("split"))
            self.edge(node, self.tail)
            self.tail = _Tail(node)
        start, ends = self.tail, []
        label, count = start.label, self.count
        for branch in unit.branches:
            # One of the branches says what enters all of them.
            self.tail = start._replace(label=label if branch else "")
            label = "" if branch else label
            self.units(branch)
            ends.append(self.tail)
        kind = "concat" if unit.kind == "split" else unit.kind
        # Beside branches that build something, the others lead past them.
        past = self.count > count
        node = self.add(Merge(kind))
        for end in ends:
            self.edge(node, end._replace(skip=end.skip or (past and end.node == start.node)))
        changed = unit.output != unit.input
        self.tail = _Tail(node, _spaced(unit.output) if changed else "")

    def group(self, unit: Group) -> None:
        around, self.inside = self.inside, []
        if unit.copies and isinstance(unit.units[0], Fork):
            # The branches of each copy start in that copy.
            self.edge(dot := self.add(Dot()), self.tail)
            self.tail = _Tail(dot)
        self.units(unit.units)
        inside, self.inside = self.inside, around
        if inside:
            self.inside.append(Frame(unit.title, tuple(inside)))

    def named(self, name: str) -> str:
        """The node of a named value; one that is not in the chart gets a node of its own."""
        if name in self.names:
            return self.names[name]
        scope, _, plain = name.rpartition("\0")
        whole = f"{scope}\0{plain}" if scope else plain
        part = plain.partition(".")[0]
        for known_as in (part, plain):
            if known_as in self.names:
                return self.names[known_as]
        self.names[whole] = self.add(End(plain, None))
        return self.names[whole]


def _with_side_ways(edges: Sequence[Edge], final: str) -> Iterator[Edge]:
    """Edges in the colour of their way: what does not lead to the final value leaves the main way
    by a skip, and a value that was named does not if nothing else leads on from it."""
    main = {final}
    for edge in reversed(edges):
        if edge.head in main:
            main.add(edge.tail)
    ways = Counter(edge.tail for edge in edges if edge.head in main)
    for edge in edges:
        if edge.tail in main and edge.head not in main:
            yield edge._replace(skip=True)
        else:
            yield edge._replace(skip=edge.skip and ways[edge.tail] > 1)


def _spaced(shape: Shape) -> str:
    # The spaces keep the text off the edge.
    return f" {' × '.join(map(str, shape.dims))} "
