"""What a diagram shows, in words."""

from archc.diagram.chart import Chart, End, Merge, nodes_of
from archc.diagram.charts import charts
from archc.diagram.units import Calls, Gap, Stage
from archc.graph import Graph
from archc.pipeline import network
from archc.spec import from_text


def graph_of(text: str, shape: str = "3x32x32", name: str = "net") -> Graph:
    return network(from_text(text, network=name)._replace(inputs=(shape,)))


def stages(graph: Graph, depth: int | None = None) -> list[Stage | Calls | Gap]:
    """The nodes of a network's own chart, its ends and merges apart."""
    contents = [node.content for node in nodes_of(charts(graph, depth).main.inside)]
    return [content for content in contents if isinstance(content, Stage | Calls | Gap)]


def words(content) -> str:
    """A node in words, as the picture shows it."""
    if isinstance(content, Stage):
        text = " · ".join([content.head, *content.behind])
    elif isinstance(content, Calls):
        text = content.title
    elif isinstance(content, Merge):
        return content.kind
    else:
        return content.name if isinstance(content, End) else "•"
    shared = " shared" if content.shared else ""
    return text + shared + (f" × {content.copies}" if content.copies != 1 else "")


def heads(text: str, shape: str = "3x32x32", depth: int | None = None) -> list[str]:
    """The stages in one line each, as the nodes show them."""
    return [words(stage) for stage in stages(graph_of(text, shape), depth)]


def edges_of(chart: Chart) -> list[str]:
    """The edges of a chart in words: `a -> b`, and `a ~> b` for those that lead past others."""
    names = {node.id: words(node.content) for node in nodes_of(chart.inside)}
    return [
        f"{names[edge.tail]} {'~>' if edge.skip else '->'} {names[edge.head]}"
        for edge in chart.edges
    ]
