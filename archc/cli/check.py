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
    allow_python: bool,
    form: str,
) -> int:
    """Check specs: prove the shapes or explain every mistake.

    Prints the diagnostics of each SPEC, or one line with its shapes and parameters.
    """
    from archc.pipeline import analyse_each
    from archc.probe import Probe

    found = find_specs(specs, text, inputs, settings, allow_python)
    with Probe() as probe:
        analyses = [analysis for spec in found for analysis in analyse_each(spec, probe)]
    if form == "json":
        import json

        print(json.dumps({"version": 1, "files": [_entry(a) for a in analyses]}, indent=2))
    else:
        _print_text(analyses, settings_)
    return 0 if all(analysis.ok for analysis in analyses) else 1


def _print_text(analyses: "list[Analysis]", settings: Settings) -> None:
    from archc.render import render_text, visible

    color = use_color(sys.stdout, settings.color)
    shown: set[str] = set()
    for analysis in analyses:
        # Networks of one file share the mistakes of its blocks.
        text = render_text(analysis.diagnostics, color)
        if text and text not in shown:
            print(text, end="\n\n")
        shown.add(text)
        name = visible(analysis.source.name)
        if analysis.block is not None:
            name += f":{analysis.block}"
        if not analysis.ok:
            errors = sum(d.severity == "error" for d in analysis.diagnostics)
            print(f"{name}: {errors} error{'s' if errors > 1 else ''}", file=sys.stderr)
            continue
        print(f"{name}: ok, {_found(analysis)}")


def _found(analysis: "Analysis") -> str:
    """`3x32x32 -> 10, 62,006 parameters`, with names where there are several inputs or outputs."""
    graph = analysis.graph
    inputs = [f"{put.name} {put.value.shape}" for put in graph.inputs if put.name]
    before = ", ".join(inputs) if len(graph.inputs) > 1 else str(graph.input)
    if not analysis.known:
        return f"{before} -> an unknown shape"
    outputs = [f"{name} {shape}" for name, shape in graph.outputs.items()]
    behind = ", ".join(outputs) if len(outputs) > 1 else str(graph.output)
    return f"{before} -> {behind}, {graph.parameters:,} parameters"


def _entry(analysis: "Analysis") -> dict[str, Any]:
    from archc.render import as_json

    report = analysis.report()
    return {
        "file": analysis.source.name,
        **({"block": analysis.block} if analysis.block is not None else {}),
        "ok": analysis.ok,
        "input": report.input,
        "output": report.output,
        **({"train_outputs": report.train_outputs} if report.train_outputs else {}),
        "parameters": report.parameters,
        "diagnostics": [as_json(diagnostic) for diagnostic in analysis.diagnostics],
    }
