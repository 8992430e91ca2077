"""`archc compare`: runs side by side."""

import click

from archc.render import visible


@click.command()
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to print the result.",
)
@click.option("-o", "--output", metavar="FILE.html", help="Write a page with all curves too.")
def command(runs: tuple[str, ...], form: str, output: str | None) -> None:
    """Compare runs: results, and the settings in which they differ."""
    from archc.training import RunError, compare

    try:
        found = compare(*runs)
        if output is not None:
            found.save(output)
    except RunError as error:
        raise click.ClickException(str(error)) from None
    if form == "json":
        import json

        entries = [
            {"run": c.name, "result": c.result, "settings": c.settings} for c in found.columns
        ]
        print(json.dumps({"version": 1, "runs": entries}, indent=2))
    else:
        print("\n".join(map(visible, str(found).split("\n"))))
