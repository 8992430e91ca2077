"""How high a chart is drawn, roughly, in points."""

from archc.diagram.chart import Chart, Dot, End, Merge, Node, nodes_of
from archc.diagram.units import Calls

_LINE = 18
_NODE = 24
_BETWEEN = 18
_TITLE = 40


def height(chart: Chart) -> int:
    """The nodes on the longest way through a chart, and what is between them."""
    own = {node.id: _node(node) for node in nodes_of(chart.inside)}
    reached = dict(own)
    # Edges stand in the order in which the values flow.
    for edge in chart.edges:
        gap = _BETWEEN + (_LINE + _BETWEEN if edge.label else 0)
        reached[edge.head] = max(reached[edge.head], reached[edge.tail] + gap + own[edge.head])
    return max(reached.values()) + _TITLE


def _node(node: Node) -> int:
    content = node.content
    if isinstance(content, Dot | End | Merge):
        return _NODE
    rows = len(content.rows) + 1 if isinstance(content, Calls) else 0
    costs = _LINE if content.parameters or content.macs else 0
    return _NODE + costs + _LINE * rows
