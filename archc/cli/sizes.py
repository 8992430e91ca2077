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
    allow_python: bool,
    form: str,
) -> None:
    """Find the input sizes that a compiled network takes.

    Tries them by its shape rules, with its structure and its weights' shapes as the spec's own
    input makes them. Says what refuses the sizes next to the accepted ones. A file of several
    networks gives one line each.
    """
    from archc.diagnostic import ArchError
    from archc.errors.foreign import needed
    from archc.pipeline import analyse_each
    from archc.probe import Probe
    from archc.render import visible
    from archc.sizing import find_sizes

    with Probe() as probe:
        analyses = analyse_each(find_spec(spec, text, inputs, settings, allow_python), probe)
        wrong = [d for a in analyses if not a.known for d in a.diagnostics]
        if wrong:
            raise ArchError(map(needed, wrong))
        found = [(a, find_sizes(a.graph)) for a in analyses]
    if form == "json":
        import json

        entries = [
            {
                "file": a.source.name,
                **({"block": a.block} if a.block is not None else {}),
                **sizes.as_json(),
            }
            for a, sizes in found
        ]
        print(json.dumps({"version": 1, "networks": entries}, indent=2))
    elif len(found) > 1:
        for a, sizes in found:
            print(visible(f"{a.source.name}:{a.block}: {sizes.line}"))
    else:
        for line in str(found[0][1]).splitlines():
            print(visible(line))
