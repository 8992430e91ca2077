"""Texts of a picture: nothing of a spec reaches DOT but through `label` and `identifier`."""

from collections.abc import Iterable

from archc.graph import Graph, known
from archc.shape import Shape
from archc.symbolic import Size

MAX_TEXT = 60

# Graphviz substitutes `\G`, `\N` and others even where the backslash is an entity: a set minus,
# which looks the same, stands for it.
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\\": "\u2216"})


def label(text: str) -> str:
    """A text for an HTML-like label: printable, cut to 60 characters, escaped."""
    return plain(text).translate(_ESCAPES)


def identifier(text: str) -> str:
    """A text as a quoted name of DOT, which is the picture's title in SVG."""
    # Graphviz copies what looks like an entity into the SVG, known to XML or not.
    return f'"{label(text)}"'


def plain(text: str) -> str:
    """A text on one line, without control and direction characters, cut to 60 characters."""
    # One look at a bounded part: a spec's comment may be a megabyte.
    words = " ".join(text[: 10 * MAX_TEXT].split())
    kept = "".join(c for c in words if c.isprintable())
    return kept if len(kept) <= MAX_TEXT else kept[: MAX_TEXT - 1].rstrip() + "…"


def ends_text(graph: Graph) -> str:
    """`3×32×32 → 10`, with names where there are several inputs or outputs."""
    inputs = [f"{put.name} {shape_text(known(put.value))}" for put in graph.inputs]
    outputs = [f"{name} {shape_text(shape)}" for name, shape in graph.outputs.items()]
    before = plain(", ".join(inputs)) if len(inputs) > 1 else shape_text(graph.input)
    behind = plain(", ".join(outputs)) if len(outputs) > 1 else shape_text(graph.output)
    return f"{before} → {behind}"


def shape_text(shape: Shape) -> str:
    """`3×32×32`."""
    return by(shape.dims)


def by(sizes: Iterable[Size | str]) -> str:
    """Sizes with a multiplication sign."""
    return "×".join(map(str, sizes))
