"""`archc draw`: the diagram of a network."""

import os
import sys
from typing import TYPE_CHECKING

import click

from archc.cli.context import Settings
from archc.cli.spec_options import find_spec, spec_options

if TYPE_CHECKING:
    from archc.graph import Graph
    from archc.spec import Spec


@click.command()
@spec_options
@click.option(
    "-o",
    "output",
    metavar="FILE",
    help="The picture to write: FILE.svg, FILE.png, FILE.pdf or FILE.dot.  [required]",
)
@click.option(
    "--theme",
    type=click.Choice(["light", "dark", "print"]),
    default="light",
    help="Colours: on white, on black, or greys on white.  [default: light]",
)
@click.option(
    "--direction",
    type=click.Choice(["tb", "lr"]),
    default="tb",
    help="Top to bottom or left to right.  [default: tb]",
)
@click.option(
    "--depth",
    type=click.IntRange(min=1),
    metavar="N",
    help="Open N levels: 1 shows the network's own parts.  [default: all]",
)
@click.pass_obj
def command(
    settings_: Settings,
    spec: str | None,
    text: str | None,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    allow_python: bool,
    output: str | None,
    theme: str,
    direction: str,
    depth: int | None,
) -> int:
    """Draw a spec: write its diagram as svg, png, pdf or dot.

    Of a spec with a mistake it shows what stands in front of the first one.

    Pictures need the program `dot` of Graphviz. Without it FILE.dot is written, to be rendered
    elsewhere.
    """
    from archc.diagram import CannotRender, Drawing
    from archc.diagram.drawing import suffix_of

    if output is None:
        raise click.UsageError("-o is missing: give the file to write, such as -o net.svg")
    try:
        suffix_of(output)
    except ValueError as error:
        raise click.UsageError(f"-o: {error}") from None
    found = _drawn(find_spec(spec, text, inputs, settings, allow_python), settings_)
    if found is None:
        print(f"archc: no {output}: no step stands in front of the first mistake", file=sys.stderr)
        return 1
    graph, whole = found
    drawing = Drawing(graph, theme, direction, depth)
    try:
        drawing.save(output)
    except CannotRender as problem:
        beside = os.path.splitext(output)[0] + ".dot"
        drawing.save(beside)
        print(f"archc: no {output}: {problem}", file=sys.stderr)
        print(f"archc: wrote {beside}, which `dot` makes a picture of", file=sys.stderr)
        return 1
    if not settings_.quiet:
        what = "" if whole else ": the network up to its first mistake"
        print(f"wrote {output}{what}", file=sys.stderr)
    return 0 if whole else 1


def _drawn(spec: "Spec", settings: Settings) -> "tuple[Graph, bool] | None":
    """The network, and whether that is all of it: of one with a mistake, which is printed, the part
    in front of that; None where there is none."""
    from archc.cli.main import print_diagnostics
    from archc.diagnostic import ArchError
    from archc.graph.sound import sound_part
    from archc.pipeline import analyse

    analysis = analyse(spec)
    try:
        return analysis.network(), True
    except ArchError as error:
        print_diagnostics(error, settings)
        mistakes = [found.span for found in error.diagnostics if found.severity == "error"]
        part = sound_part(analysis.graph, analysis.file, mistakes)
        return None if part is None else (part, False)
