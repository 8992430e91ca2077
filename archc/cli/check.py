"""`archc check`: proves the shapes of specs, or explains their mistakes."""

import sys
from typing import TYPE_CHECKING, Any

import click

from archc.cli.context import Settings, use_color
from archc.cli.spec_options import find_specs, specs_options

if TYPE_CHECKING:
    from archc.pipeline import Analysis


@click.command()
@specs_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to print what was found.",
)
@click.pass_obj
def command(
    settings_: Settings,
    specs: tuple[str, ...],
    text: str | None,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    form: str,
) -> int:
    """Check specs: prove the shapes or explain every mistake.

    Prints the diagnostics of each SPEC, or one line with its shapes and parameters.
    """
    from archc.pipeline import analyse

    analyses = [analyse(spec) for spec in find_specs(specs, text, inputs, settings)]
    if form == "json":
        import json

        print(json.dumps({"version": 1, "files": [_entry(a) for a in analyses]}, indent=2))
    else:
        _print_text(analyses, settings_)
    return 0 if all(analysis.ok for analysis in analyses) else 1


def _print_text(analyses: "list[Analysis]", settings: Settings) -> None:
    from archc.render import render_text, visible

    color = use_color(sys.stdout, settings.color)
    for analysis in analyses:
        if analysis.diagnostics:
            print(render_text(analysis.diagnostics, color), end="\n\n")
        name = visible(analysis.source.name)
        if not analysis.ok:
            errors = sum(d.severity == "error" for d in analysis.diagnostics)
            print(f"{name}: {errors} error{'s' if errors > 1 else ''}", file=sys.stderr)
            continue
        graph = analysis.graph
        print(f"{name}: ok, {graph.input} -> {graph.output}, {graph.parameters:,} parameters")


def _entry(analysis: "Analysis") -> dict[str, Any]:
    from archc.render import as_json

    entry, graph = analysis.graph.region.entry.shape, analysis.graph
    return {
        "file": analysis.source.name,
        "ok": analysis.ok,
        "input": list(entry.dims) if entry else None,
        "output": list(graph.output.dims) if analysis.ok else None,
        "parameters": graph.parameters if analysis.ok else None,
        "diagnostics": [as_json(diagnostic) for diagnostic in analysis.diagnostics],
    }
