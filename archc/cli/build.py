"""`archc build`: writes the PyTorch source of a spec."""

import keyword
import sys

import click

from archc.cli.context import Settings
from archc.cli.spec_options import find_spec, spec_options


@click.command()
@spec_options
@click.option("-o", "output", metavar="FILE.py", help="Write to FILE.py, not to standard output.")
@click.option("--name", metavar="CLASS", help="The name of the network's class.")
@click.pass_obj
def command(
    settings_: Settings,
    spec: str | None,
    text: str | None,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    allow_python: bool,
    output: str | None,
    name: str | None,
) -> None:
    """Build a spec: write its PyTorch source.

    The source reads as an expert would have written it, imports torch alone and ends with the
    network's class.
    """
    from archc.building import build_source

    if name is not None and (not name.isidentifier() or keyword.iskeyword(name)):
        raise click.UsageError(f"--name takes the name of a Python class, got '{name}'")
    source = build_source(find_spec(spec, text, inputs, settings, allow_python), name)
    if output in (None, "-"):
        print(source, end="")
        return
    with open(output, "w", encoding="utf-8") as file:
        file.write(source)
    if not settings_.quiet:
        print(f"wrote {output}", file=sys.stderr)
