"""The network in the report: its diagram, in the colours of the page, and its text."""

from html import escape

from archc.diagram import CannotRender, Drawing
from archc.diagram.themes import THEMES, Theme
from archc.graph import Graph
from archc.training.report.page import Section, folded


def section(graph: Graph, text: str) -> Section:
    """The diagram, where Graphviz is there, its stages as text, and the spec."""
    drawing = Drawing(graph)
    outline = f"<pre>{escape(str(drawing))}</pre>"
    try:
        svg = drawing.svg()
    except CannotRender:
        picture = outline
    else:
        named = svg[svg.index("<svg") :].replace("<svg", '<svg role="img"', 1)
        picture = f'<div class="diagram">{named}</div>{folded("The diagram as text", outline)}'
    spec = folded("The spec", f"<pre>{escape(text)}</pre>")
    return Section("Network", picture + spec)


def dark_rules() -> str:
    """Style that gives the light diagram the colours of the dark one, where the reader's screen is
    dark."""
    light, dark = THEMES["light"], THEMES["dark"]
    fills = {**_fills(light, dark), light.background: dark.background}
    shapes = ["polygon", "path", "ellipse"]
    rules = [_rule(shape, "fill", a, b) for a, b in fills.items() for shape in shapes]
    edges = {light.edge: dark.edge, light.skip: dark.skip, **_borders(light, dark)}
    rules += [
        _rule(shape, "stroke", a, b) for a, b in edges.items() for shape in [*shapes, "polyline"]
    ]
    words = {light.text: dark.text, light.faint: dark.faint}
    rules += [_rule("text", "fill", a, b) for a, b in words.items()]
    inside = "\n".join(rules)
    return f"@media screen and (prefers-color-scheme: dark) {{\n{inside}\n}}"


def _rule(shape: str, what: str, light: str, dark: str) -> str:
    return f'.diagram {shape}[{what}="{light}"] {{ {what}: {dark} }}'


def _fills(light: Theme, dark: Theme) -> dict[str, str]:
    plain = {
        getattr(light, name): getattr(dark, name)
        for name in ("edge", "skip", "track", "macs", "parameters")
    }
    heads = {light.families[f].fill: dark.families[f].fill for f in light.families}
    return {**plain, **heads, light.ends.fill: dark.ends.fill}


def _borders(light: Theme, dark: Theme) -> dict[str, str]:
    pairs = {light.families[f].border: dark.families[f].border for f in light.families}
    return {**pairs, light.ends.border: dark.ends.border}
