"""Which input sizes a compiled network takes: its rules are run again at other sizes, its structure
and its numbers as they are."""

from archc.graph import Graph, known
from archc.sizing.report import Sizes
from archc.sizing.search import search

__all__ = ["Sizes", "find_sizes"]


def find_sizes(graph: Graph) -> Sizes:
    """Tries other sizes of the inputs of a network without mistakes."""
    found = search(graph)
    further = search(graph.evaluated) if graph.train_outputs else found
    runs, more = ([group.runs for group in one.groups] for one in (found, further))
    inputs = {put.name or "x": known(put.value) for put in graph.inputs}
    source = graph.region.site.source.name
    return Sizes(inputs, source, found, further if runs != more else None)
