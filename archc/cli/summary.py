"""`archc summary`: what each step of a network makes and costs."""

import shutil
import sys

import click

from archc.cli.context import Settings, use_color
from archc.cli.spec_options import find_spec, spec_options


@click.command()
@spec_options
@click.option(
    "--depth",
    type=click.IntRange(min=1),
    metavar="N",
    help="Fold parts that are nested deeper than N.",
)
@click.option(
    "--batch",
    type=click.IntRange(min=1),
    default=1,
    metavar="N",
    help="The examples that memory is counted for.  [default: 1]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv", "markdown"]),
    default="text",
    help="How to print the table.",
)
@click.pass_obj
def command(
    settings_: Settings,
    spec: str | None,
    text: str | None,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    allow_python: bool,
    depth: int | None,
    batch: int,
    form: str,
) -> None:
    """Sum up a spec: shapes, parameters, MACs, memory.

    One row a step that builds something, then the totals. MACs are those of one example, memory is
    the results of a batch in float32.
    """
    from archc.cost import summarize, table
    from archc.pipeline import network

    summary = summarize(
        network(find_spec(spec, text, inputs, settings, allow_python)), batch, depth
    )
    if form == "json":
        import json

        print(json.dumps(table.as_json(summary), indent=2))
    elif form == "csv":
        print(table.as_csv(summary))
    elif form == "markdown":
        print(table.as_markdown(summary))
    else:
        # Only a terminal has a width to fit into.
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        print(table.as_text(summary, width, use_color(sys.stdout, settings_.color)))
