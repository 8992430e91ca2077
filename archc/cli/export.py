"""`archc export`: a network, or that of a run, for other programs."""

from pathlib import Path

import click

from archc.cli.spec_options import find_spec, spec_options


class MissingPackage(click.ClickException):
    """Something that is not installed ends the program as wrong usage does."""

    exit_code = 2


@click.command()
@spec_options
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="FILE.onnx, .pt2, .safetensors."
)
def command(
    spec: str | None,
    text: str | None,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    allow_python: bool,
    output: str,
) -> None:
    """Export a network, or a run with its best weights.

    SPEC may be the folder of a run: its file says under `archc` what the network expects, mean and
    deviation of its inputs, and the names of its classes. A spec's weights are as they start.
    """
    from archc.module import build_module
    from archc.pipeline import network
    from archc.training import RunError
    from archc.training.export import SUFFIXES, Missing, export
    from archc.training.finished import export_run, open_run
    from archc.training.machine import Machine

    path = Path(output)
    if path.suffix not in SUFFIXES:
        raise click.BadParameter(
            f"expected a file ending in {', '.join(SUFFIXES)}, got {output}", param_hint="-o"
        )
    try:
        if spec and (Path(spec) / "config.json").is_file():
            if text is not None or inputs or settings:
                raise click.UsageError("a run is exported as it is: leave out -e, --input, --set")
            export_run(open_run(Path(spec), Machine("cpu"), allow_python), path)
        else:
            graph = network(find_spec(spec, text, inputs, settings, allow_python))
            export(build_module(graph), graph, path)
    except RunError as error:
        kind = MissingPackage if isinstance(error, Missing) else click.ClickException
        raise kind(str(error)) from None
