"""`archc compare`: runs side by side."""

from pathlib import Path

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
    from archc.training import RunError
    from archc.training.checkpoint import write_file
    from archc.training.compared import compare, comparison

    try:
        columns = compare([Path(run) for run in runs])
        if output is not None:
            write_file(Path(output), comparison(columns).encode())
    except RunError as error:
        raise click.ClickException(str(error)) from None
    if form == "json":
        import json

        entries = [{"run": c.name, "result": c.result, "settings": c.settings} for c in columns]
        print(json.dumps({"version": 1, "runs": entries}, indent=2))
        return
    rows = [["", *(column.name for column in columns)]]
    first = columns[0]
    rows += [[key, *(_text(column.result[key]) for column in columns)] for key in first.result]
    rows += [[key, *(_text(column.settings[key]) for column in columns)] for key in first.settings]
    widths = [max(map(len, row)) for row in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(visible("  ".join(cells).rstrip()))


def _text(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
