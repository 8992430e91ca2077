"""Stages to DOT text."""

from collections.abc import Iterator
from itertools import pairwise

from archc.cost.units import short_count
from archc.diagram.nodes import Look, end_node, gap_node, stage_node
from archc.diagram.stages import Gap, Stage, stages
from archc.diagram.text import identifier, label, shape_text
from archc.diagram.themes import THEMES, Theme
from archc.graph import Graph
from archc.shape import Shape

FONT = "Helvetica,Arial,sans-serif"

DIRECTIONS = ("tb", "lr")
"""Top to bottom, left to right."""


def dot(graph: Graph, theme: str = "light", direction: str = "tb", depth: int | None = None) -> str:
    """The picture of a network as DOT text; Graphviz is not needed.

    `theme` is one of THEMES, `direction` of DIRECTIONS; parts nested deeper than `depth` are
    folded. Raises ValueError for others.
    """
    for name, value, known in (
        ("theme", theme, tuple(THEMES)),
        ("direction", direction, DIRECTIONS),
    ):
        if value not in known:
            raise ValueError(f"there is no {name} '{value}'; there are {', '.join(known)}")
    look = Look(THEMES[theme], direction == "lr", graph.parameters, graph.macs)
    return "\n".join(_lines(graph, stages(graph, depth), look)) + "\n"


def _lines(graph: Graph, found: tuple[Stage | Gap, ...], look: Look) -> Iterator[str]:
    theme = look.theme
    shapes = f"{shape_text(graph.input)} → {shape_text(graph.output)}"
    yield f"digraph {identifier(f'{graph.name}, {shapes}')} {{"
    yield f'  graph [rankdir={"LR" if look.sideways else "TB"}, bgcolor="{theme.background}",'
    yield f'    fontname="{FONT}", nodesep=0.3, ranksep=0.3, pad=0.2, labelloc=t,'
    yield f"    label=<{_title(graph, shapes, theme)}>]"
    yield f'  node [shape=plain, fontname="{FONT}", fontsize=14]'
    yield f'  edge [color="{theme.edge}", fontname="{FONT}", fontsize=13, arrowsize=0.7]'
    yield f"  input [label=<{end_node('input', graph.input, look)}>]"
    names = [f"stage{number}" for number in range(1, len(found) + 1)]
    for node, stage in zip(names, found, strict=True):
        text = gap_node(stage, look) if isinstance(stage, Gap) else stage_node(stage, look)
        yield f"  {node} [label=<{text}>]"
    yield f"  output [label=<{end_node('output', graph.output, look)}>]"
    # The ends say their shapes themselves.
    labels = ["", *(_edge_label(stage, theme) for stage in found)]
    labels[-1] = ""
    for (tail, head), text in zip(pairwise(["input", *names, "output"]), labels, strict=True):
        yield f"  {tail} -> {head}{f' [label=<{text}>]' if text else ''}"
    yield "}"


def _edge_label(stage: Stage | Gap, theme: Theme) -> str:
    return "" if stage.output == stage.input else _faint(_shape(stage.output), theme)


def _shape(shape: Shape) -> str:
    # The spaces keep the text off the edge.
    return f" {' × '.join(map(str, shape.dims))} "


def _faint(text: str, theme: Theme) -> str:
    return f'<FONT COLOR="{theme.faint}">{text}</FONT>'


def _title(graph: Graph, shapes: str, theme: Theme) -> str:
    head = (
        f'<FONT POINT-SIZE="20" COLOR="{theme.text}"><B>{label(graph.name) or "network"}</B></FONT>'
        f'<FONT POINT-SIZE="16" COLOR="{theme.text}">  {shapes}</FONT>'
    )
    counts = f"{short_count(graph.parameters)} params · {short_count(graph.macs)} MACs"
    lines = [label(graph.title), counts, theme.legend if graph.parameters else ""]
    small = (f'<FONT POINT-SIZE="13">{_faint(line, theme)}</FONT>' for line in lines if line)
    return "<BR/>".join([head, *small, " "])
