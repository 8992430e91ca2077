"""Graph to picture: stages, DOT text, and its rendering by Graphviz."""

from archc.diagram.dot import dot
from archc.diagram.drawing import Drawing
from archc.diagram.program import FORMATS, CannotRender, render
from archc.diagram.themes import THEMES

__all__ = ["FORMATS", "THEMES", "CannotRender", "Drawing", "dot", "render"]
