"""A picture to look at in a notebook and to save."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from archc.cost.units import short_count
from archc.diagram.chart import Dot, End, Frame, Inside, Merge
from archc.diagram.charts import Charts, charts
from archc.diagram.dot import dot
from archc.diagram.program import FORMATS, CannotRender, render
from archc.diagram.structures import Key
from archc.diagram.text import ends_text, plain, shape_text
from archc.diagram.units import Calls, Gap, Stage
from archc.graph import Graph

if TYPE_CHECKING:
    import graphviz

SUFFIXES = (*FORMATS, "dot")
"""What a picture's file name may end in."""


class Drawing:
    """A network's picture. `dot` is its DOT text; `str()` gives its stages as lines of text."""

    def __init__(
        self,
        graph: Graph,
        theme: str = "light",
        direction: str = "tb",
        depth: int | None = None,
    ) -> None:
        """The arguments are those of `dot`. Raises ValueError."""
        drawn = charts(graph, depth)
        self.dot = dot(graph, theme, direction, depth, drawn)
        self._text = _outline(graph, drawn)

    def svg(self) -> str:
        """The picture as SVG. Raises CannotRender without Graphviz."""
        return render(self.dot, "svg").decode()

    def source(self) -> "graphviz.Source":
        """The picture for the `graphviz` package, to lay it out or render it in other ways."""
        import graphviz

        return graphviz.Source(self.dot)

    def save(self, path: "str | os.PathLike[str]") -> None:
        """Writes the picture to a file whose suffix says its format: .svg, .png, .pdf or .dot.

        Raises ValueError for other suffixes, CannotRender without Graphviz, OSError.
        """
        suffix = suffix_of(path)
        data = self.dot.encode() if suffix == "dot" else render(self.dot, suffix)
        with open(path, "wb") as file:
            file.write(data)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return self._text

    def _repr_svg_(self) -> str | None:
        """What a notebook shows; without Graphviz it takes the text."""
        try:
            return self.svg()
        except CannotRender:
            return None


def suffix_of(path: "str | os.PathLike[str]") -> str:
    """The format that a file name asks for. Raises ValueError."""
    name = os.fspath(path)
    suffix = os.path.splitext(name)[1].lower().removeprefix(".")
    if suffix not in SUFFIXES:
        endings = ", ".join(f".{known}" for known in SUFFIXES)
        raise ValueError(f"a picture's file name ends in one of {endings}, got '{name}'")
    return suffix


def _outline(graph: Graph, drawn: Charts) -> str:
    """The charts as lines of text."""
    lines = [f"{plain(graph.name)}: {ends_text(graph)}"]
    lines += _inside(drawn.main.inside, "  ", drawn.letters)
    for chart in drawn.aside:
        lines.append(f"{plain(chart.title)}:")
        lines += _inside(chart.inside, "  ", drawn.letters)
    return "\n".join(lines)


def _inside(inside: Sequence[Inside], indent: str, letters: Mapping[Key, str]) -> Iterator[str]:
    for one in inside:
        if isinstance(one, Frame):
            yield f"{indent}{plain(one.title)}:"
            yield from _inside(one.inside, indent + "  ", letters)
        elif not isinstance(one.content, End | Dot):
            yield indent + _line(one.content, letters)


def _line(content: Stage | Calls | Gap | Merge, letters: Mapping[Key, str]) -> str:
    if isinstance(content, Merge):
        return content.kind
    if isinstance(content, Gap):
        return f"… {content.stages} more"
    times = f" × {content.copies}" if content.copies not in (1, "") else ""
    if isinstance(content, Calls):
        keys = dict.fromkeys(key for row in content.rows for key in row.keys)
        used = ", ".join(filter(None, (letters.get(key) for key in keys)))
        text = f"{content.title} {used}".strip()
    else:
        text = " · ".join([content.head, *content.behind])
    weights = f", {short_count(content.parameters)} params" if content.parameters else ""
    return f"{plain(text)}{times}: {shape_text(content.output)}{weights}"
