"""`archc sizes`: which input sizes a compiled network takes."""

import click

from archc.cli.spec_options import find_spec, spec_options


@click.command()
@spec_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to print what was found.",
)
def command(
    spec: str | None,
    text: str | None,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    form: str,
) -> None:
    """Find the input sizes that a compiled network takes.

    Tries them by its shape rules, with its structure and its weights' shapes as the spec's own
    input makes them. Says what refuses the sizes next to the accepted ones. A file of several
    networks gives one line each.
    """
    from archc.diagnostic import ArchError
    from archc.pipeline import analyse_each
    from archc.render import visible
    from archc.sizing import find_sizes

    analyses = analyse_each(find_spec(spec, text, inputs, settings))
    wrong = [diagnostic for a in analyses if not a.ok for diagnostic in a.diagnostics]
    if wrong:
        raise ArchError(wrong)
    if form == "json":
        import json

        entries = [
            {
                "file": a.source.name,
                **({"block": a.block} if a.block is not None else {}),
                **find_sizes(a.graph).as_json(),
            }
            for a in analyses
        ]
        print(json.dumps({"version": 1, "networks": entries}, indent=2))
    elif len(analyses) > 1:
        for a in analyses:
            print(visible(f"{a.source.name}:{a.block}: {find_sizes(a.graph).line}"), flush=True)
    else:
        for line in str(find_sizes(analyses[0].graph)).splitlines():
            print(visible(line))
