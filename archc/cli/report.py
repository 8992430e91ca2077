"""`archc report`: the page on a run, written anew."""

from pathlib import Path

import click

from archc.cli.context import Settings
from archc.cli.spec_options import ALLOW_PYTHON


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--data-root", metavar="DIR", help="Where the data lies, if not where it did.")
@click.option(
    "--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), help="Where to compute."
)
@ALLOW_PYTHON
@click.pass_obj
def command(
    settings: Settings,
    run: str,
    data_root: str | None,
    device: str | None,
    allow_python: bool,
) -> None:
    """Write a run's report.html anew.

    It is written at the end of a training; this makes one of an interrupted run, of the epochs that
    are done.
    """
    from archc.cli.progress import progress
    from archc.training import RunError
    from archc.training.finished import report_run
    from archc.training.machine import Machine

    machine = Machine(device, data_root=Path(data_root) if data_root else None)
    try:
        print(report_run(Path(run), machine, progress(settings.quiet), allow_python))
    except RunError as error:
        raise click.ClickException(str(error)) from None
