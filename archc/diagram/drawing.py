"""A picture to look at in a notebook and to save."""

import os
from typing import TYPE_CHECKING

from archc.cost.units import short_count
from archc.diagram.dot import dot
from archc.diagram.program import FORMATS, CannotRender, render
from archc.diagram.stages import Gap, Stage, stages
from archc.diagram.text import plain, shape_text
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
        self.dot = dot(graph, theme, direction, depth)
        self._text = _outline(graph, depth)

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


def _outline(graph: Graph, depth: int | None) -> str:
    """The stages as lines of text."""
    lines = [f"{plain(graph.name)}: {shape_text(graph.input)} → {shape_text(graph.output)}"]
    lines += [f"  {_line(stage)}" for stage in stages(graph, depth)]
    return "\n".join(lines)


def _line(stage: Stage | Gap) -> str:
    if isinstance(stage, Gap):
        return f"… {stage.stages} more"
    times = f" × {stage.copies}" if stage.copies > 1 else ""
    weights = f", {short_count(stage.parameters)} params" if stage.parameters else ""
    return f"{' · '.join([stage.head, *stage.behind])}{times}: {shape_text(stage.output)}{weights}"
