"""`archc eval`: test metrics of a run."""

from pathlib import Path

import click

from archc.cli.context import Settings
from archc.cli.spec_options import ALLOW_PYTHON


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--data-root", metavar="DIR", help="Where the data lies, if not where it did.")
@click.option(
    "--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), help="Where to evaluate."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to print the result.",
)
@ALLOW_PYTHON
@click.pass_obj
def command(
    settings: Settings,
    run: str,
    data_root: str | None,
    device: str | None,
    form: str,
    allow_python: bool,
) -> None:
    """Evaluate a run on the test data.

    Prints the loss and accuracy of its best weights. The network is built anew from the run's
    spec.arch.
    """
    from archc.cli.progress import progress, scores
    from archc.training import RunError
    from archc.training.finished import evaluate_run
    from archc.training.machine import Machine

    machine = Machine(device, data_root=Path(data_root) if data_root else None)
    try:
        found = evaluate_run(Path(run), machine, progress(settings.quiet), allow_python)
    except RunError as error:
        raise click.ClickException(str(error)) from None
    if form == "json":
        import json

        print(json.dumps({"version": 1, "run": run, **found}, indent=2))
    else:
        print(f"{scores(found)} ({found['images']:,} images)")
