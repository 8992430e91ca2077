"""`archc draw`: the diagram of a network."""

import os
import sys

import click

from archc.cli.context import Settings
from archc.cli.spec_options import find_spec, spec_options


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

    Pictures need the program `dot` of Graphviz. Without it FILE.dot is written, to be rendered
    elsewhere.
    """
    from archc.diagram import CannotRender, Drawing
    from archc.diagram.drawing import suffix_of
    from archc.pipeline import network

    if output is None:
        raise click.UsageError("-o is missing: give the file to write, such as -o net.svg")
    try:
        suffix_of(output)
    except ValueError as error:
        raise click.UsageError(f"-o: {error}") from None
    drawing = Drawing(
        network(find_spec(spec, text, inputs, settings, allow_python)), theme, direction, depth
    )
    try:
        drawing.save(output)
    except CannotRender as problem:
        beside = os.path.splitext(output)[0] + ".dot"
        drawing.save(beside)
        print(f"archc: no {output}: {problem}", file=sys.stderr)
        print(f"archc: wrote {beside}, which `dot` makes a picture of", file=sys.stderr)
        return 1
    if not settings_.quiet:
        print(f"wrote {output}", file=sys.stderr)
    return 0
