"""`archc predict`: the classes of images."""

from pathlib import Path

import click

from archc.cli.context import Settings
from archc.cli.spec_options import ALLOW_PYTHON
from archc.render import visible


@click.command()
@click.argument("run", metavar="RUN")
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True)
@click.option("--top", type=click.IntRange(1), default=3, metavar="N", help="Classes an image.")
@click.option(
    "--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), help="Where to compute."
)
@ALLOW_PYTHON
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to print the result.",
)
@click.pass_obj
def command(
    settings: Settings,
    run: str,
    images: tuple[str, ...],
    top: int,
    device: str | None,
    allow_python: bool,
    form: str,
) -> None:
    """Say which classes a run sees in images.

    Prints the likeliest classes with their probabilities, a line an image. IMAGE may be a folder,
    for the images anywhere below it, or `-` for standard input.
    """
    from archc.cli.progress import progress
    from archc.training import RunError
    from archc.training.finished import open_run
    from archc.training.machine import Machine
    from archc.training.predict import image_files, predict

    entries = []
    try:
        finished = open_run(Path(run), Machine(device), allow_python)
        files = image_files(images)
        for file, guesses in zip(
            files, predict(finished, files, top, progress(settings.quiet)), strict=True
        ):
            if form == "text":
                said = ", ".join(f"{g.name} ({100 * g.probability:.1f} %)" for g in guesses)
                print(f"{visible(str(file))}: {visible(said)}")
            entries.append({"file": str(file), "classes": [g._asdict() for g in guesses]})
    except RunError as error:
        raise click.ClickException(str(error)) from None
    if form == "json":
        import json

        print(json.dumps({"version": 1, "run": run, "images": entries}, indent=2))
