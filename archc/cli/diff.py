"""`archc diff`: what differs between two networks."""

import click

from archc.cli.spec_options import find_specs, input_options


@click.command()
@click.argument("specs", nargs=-1, metavar="A B")
@click.option("-e", "texts", multiple=True, metavar="TEXT", help="Take TEXT itself as a spec.")
@input_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to print the difference.",
)
def command(
    specs: tuple[str, ...],
    texts: tuple[str, ...],
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    allow_python: bool,
    form: str,
) -> int:
    """Compare two networks: what differs, step by step.

    Steps, connections, shapes, parameters, MACs; status 1 where any differ. Names of parts alone
    make no difference. `--input` and `--set` hold for both.
    """
    from archc.difference import compare
    from archc.difference.text import as_json, as_text
    from archc.pipeline import network
    from archc.spec import from_text

    if len(specs) + len(texts) != 2:
        raise click.UsageError("give two SPECs, A and B; -e TEXT stands for one")
    found = find_specs(specs, None, inputs, settings, allow_python) if specs else []
    found += [
        from_text(t)._replace(inputs=inputs, settings=settings, allow_python=allow_python)
        for t in texts
    ]
    one, other = (network(spec) for spec in found)
    difference = compare(one, other)
    if form == "json":
        import json

        print(json.dumps(as_json(difference), indent=2))
    else:
        print(as_text(difference))
    return 0 if difference.equal else 1
