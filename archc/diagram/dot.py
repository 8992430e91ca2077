"""Charts to DOT text."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from archc.cost.units import short_count
from archc.diagram.chart import (
    Chart,
    Dot,
    Edge,
    End,
    Frame,
    Inside,
    Merge,
    Node,
    nodes_of,
)
from archc.diagram.charts import Charts, charts
from archc.diagram.nodes import Look, calls_node, end_node, gap_node, merge_node, stage_node
from archc.diagram.size import height
from archc.diagram.structures import Key
from archc.diagram.text import ends_text, identifier, label
from archc.diagram.themes import THEMES, Theme
from archc.diagram.units import Calls, Gap
from archc.graph import Graph

FONT = "Helvetica,Arial,sans-serif"

DIRECTIONS = ("tb", "lr")
"""Top to bottom, left to right."""

_LOWEST = 500
"""Points of a column that are never too many."""

Path = tuple[int, ...]
"""The frames around a node, the outermost first, by their place in what is around them."""

_SIGNS = {"add": "+", "sub": "\u2212", "mul": "×"}
"""Merges that are drawn as a sign in a circle."""


def dot(
    graph: Graph,
    theme: str = "light",
    direction: str = "tb",
    depth: int | None = None,
    drawn: Charts | None = None,
) -> str:
    """The picture of a network as DOT text; Graphviz is not needed.

    `theme` is one of THEMES, `direction` of DIRECTIONS; what is nested deeper than `depth` is not
    opened; `drawn` are its charts, if they are made already. Raises ValueError for others.
    """
    for name, value, known in (
        ("theme", theme, tuple(THEMES)),
        ("direction", direction, DIRECTIONS),
    ):
        if value not in known:
            raise ValueError(f"there is no {name} '{value}'; there are {', '.join(known)}")
    run = graph.evaluated
    drawn = drawn or charts(graph, depth)
    packed = bool(drawn.aside)
    macs = run.macs if isinstance(run.macs, int) else None
    look = Look(THEMES[theme], direction == "lr", packed, graph.parameters, macs)
    return "\n".join(_lines(graph, drawn, look)) + "\n"


def _lines(graph: Graph, drawn: Charts, look: Look) -> Iterator[str]:
    theme = look.theme
    yield f"digraph {identifier(f'{graph.name}, {ends_text(graph)}')} {{"
    yield f'  graph [rankdir={"LR" if look.sideways else "TB"}, bgcolor="{theme.background}",'
    yield f'    fontname="{FONT}", nodesep=0.3, ranksep={0.25 if look.packed else 0.3},'
    yield "    pad=0.2, labelloc=t,"
    stacks = _stacks(drawn)
    if stacks:
        # Each stack and the network are laid out alone, then put side by side.
        count = len(stacks) + 1
        yield f'    pack=24, packmode="array_u{"l1" if look.sideways else f"t{count}"}",'
    yield f"    label=<{_title(graph, drawn.hidden, look)}>]"
    yield f'  node [shape=plain, fontname="{FONT}", fontsize=14]'
    yield f'  edge [color="{theme.edge}", fontname="{FONT}", fontsize=13, arrowsize=0.7]'
    for place, stack in enumerate(stacks):
        yield from _stack(stack, place, drawn.letters, look)
    yield from _chart(drawn.main, len(stacks), drawn.letters, look)
    yield "}"


def _stacks(drawn: Charts) -> list[list[Chart]]:
    """Blocks one below the other, in columns about as high as the network's own."""
    room = max(_LOWEST, height(drawn.main))
    stacks: list[list[Chart]] = []
    taken = room
    for chart in drawn.aside:
        needed = height(chart)
        if taken + needed > room:
            stacks.append([])
            taken = 0
        stacks[-1].append(chart)
        taken += needed
    return stacks


def _stack(
    stack: Sequence[Chart], place: int, letters: Mapping[Key, str], look: Look
) -> Iterator[str]:
    above = ""
    for chart in stack:
        nodes = list(nodes_of(chart.inside))
        yield f"  subgraph {identifier(f'cluster_{nodes[0].id}')} {{"
        yield f"    {_frame(f'<B>{label(chart.title)}</B>', look.theme, 'dashed,rounded')}"
        for line in _chart(chart, place, letters, look):
            yield f"  {line}"
        yield "  }"
        if above:
            yield f"  {above} -> {nodes[0].id} [style=invis]"
        above = nodes[-1].id


def _chart(chart: Chart, place: int, letters: Mapping[Key, str], look: Look) -> Iterator[str]:
    writer = _Writer(chart, place, letters, look)
    yield from writer.nodes(chart.inside, ())
    yield from writer.connections()


class _Writer:
    """Writes a chart. Graphviz drops the labels of edges where it packs: then they are nodes on the
    way, in the innermost frame that holds both ends."""

    def __init__(self, chart: Chart, place: int, letters: Mapping[Key, str], look: Look) -> None:
        self.place = place
        self.letters = letters
        self.look = look
        self.edges = chart.edges
        self.frames = dict(_frames(chart.inside, ()))

    def nodes(self, inside: Sequence[Inside], frame: Path) -> Iterator[str]:
        """The nodes of a frame, and the labels on edges between them."""
        for number, one in enumerate(inside):
            if isinstance(one, Node):
                yield f"  {one.id} [{_node(one, self.letters, self.look)}, sortv={self.place}]"
                continue
            name = identifier(f"cluster_{next(nodes_of([one])).id}_{number}")
            yield f"  subgraph {name} {{"
            yield f"    {_frame(label(one.title), self.look.theme, 'rounded')}"
            yield from (f"  {line}" for line in self.nodes(one.inside, (*frame, number)))
            yield "  }"
        for number, edge in enumerate(self.edges):
            if self.on_the_way(edge) and self.common(edge) == frame:
                text = _small(edge.label, self.look.theme)
                yield f"  {edge.head}e{number} [label=<{text}>, sortv={self.place}]"

    def connections(self) -> Iterator[str]:
        """The edges."""
        for number, edge in enumerate(self.edges):
            tail, looks = edge.tail, _looks(edge, self.look.theme)
            if self.on_the_way(edge):
                looks = _looks(edge._replace(label=""), self.look.theme)
                middle = f"{edge.head}e{number}"
                yield f"  {tail} -> {middle} [{', '.join(['arrowhead=none', *looks])}]"
                tail = middle
            listed = f" [{', '.join(looks)}]" if looks else ""
            yield f"  {tail} -> {edge.head}{listed}"

    def on_the_way(self, edge: Edge) -> bool:
        """Whether the edge's label is a node."""
        return bool(edge.label) and self.look.packed

    def common(self, edge: Edge) -> Path:
        """The innermost frame that holds both ends."""
        pairs = zip(self.frames[edge.tail], self.frames[edge.head], strict=False)
        return tuple(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _frames(inside: Sequence[Inside], frame: Path) -> Iterator[tuple[str, Path]]:
    for number, one in enumerate(inside):
        if isinstance(one, Frame):
            yield from _frames(one.inside, (*frame, number))
        else:
            yield one.id, frame


def _frame(title: str, theme: Theme, style: str) -> str:
    text = f'<FONT COLOR="{theme.text}">{title}</FONT>'
    return f'graph [label=<{text}>, labeljust=l, margin=14, style="{style}", color="{theme.faint}"]'


def _node(node: Node, letters: Mapping[Key, str], look: Look) -> str:
    content, theme = node.content, look.theme
    if isinstance(content, Dot):
        return f'shape=point, width=0.12, color="{theme.edge}"'
    if isinstance(content, Merge) and content.kind in _SIGNS:
        colors = theme.families["merge"]
        return (
            f'shape=circle, label="{_SIGNS[content.kind]}", fixedsize=true, width=0.3,'
            f' fontsize=18, style=filled, color="{colors.border}", fillcolor="{colors.fill}",'
            f' fontcolor="{colors.text}"'
        )
    if isinstance(content, Merge):
        text = merge_node(content, look)
    elif isinstance(content, End):
        text = end_node(content, look)
    elif isinstance(content, Calls):
        text = calls_node(content, letters, look)
    else:
        text = gap_node(content, look) if isinstance(content, Gap) else stage_node(content, look)
    return f"label=<{text}>"


def _looks(edge: Edge, theme: Theme) -> list[str]:
    looks = [f"label=<{_faint(edge.label, theme)}>"] if edge.label else []
    return [*looks, f'color="{theme.skip}"', "penwidth=2", "weight=0"] if edge.skip else looks


def _small(text: str, theme: Theme) -> str:
    return f'<FONT POINT-SIZE="13">{_faint(text, theme)}</FONT>'


def _faint(text: str, theme: Theme) -> str:
    return f'<FONT COLOR="{theme.faint}">{text}</FONT>'


def _title(graph: Graph, hidden: int, look: Look) -> str:
    theme = look.theme
    head = (
        f'<FONT POINT-SIZE="20" COLOR="{theme.text}"><B>{label(graph.name) or "network"}</B></FONT>'
        f'<FONT POINT-SIZE="16" COLOR="{theme.text}">  {label(ends_text(graph))}</FONT>'
    )
    counts = f"{short_count(look.parameters)} params"
    if look.macs is not None:
        counts += f" · {short_count(look.macs)} MACs"
    # A block's title begins with its name, which stands above.
    own = graph.title.removeprefix(graph.name)
    subtitle = label(own[2:-1] if own.startswith(" (") else own)
    bars = graph.parameters and look.macs is not None
    lines = [subtitle, counts, theme.legend if bars else ""]
    if hidden:
        lines.append(f"{hidden} more blocks are not drawn")
    small = (_small(line, theme) for line in lines if line)
    return "<BR/>".join([head, *small, " "])
