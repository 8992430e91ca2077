"""`archc predict`: what a run says of images."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archc.cli.context import Settings
from archc.cli.spec_options import ALLOW_PYTHON
from archc.render import visible

if TYPE_CHECKING:
    from archc.training.predict import Guess, Share

_NUMBERS = 8
"""Values that a line shows."""


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
    """Say what a run sees in images.

    Prints a line an image: the likeliest classes, the labels that are likelier than not, the
    largest classes of a map, the values, or how far an image is from what an autoencoder makes of
    it. IMAGE may be a folder, for the images anywhere below it, or `-` for standard input.
    """
    from archc.cli.progress import progress
    from archc.training import RunError
    from archc.training.finished import open_run
    from archc.training.machine import Machine
    from archc.training.predict import image_files, kind_of, predict

    entries = []
    try:
        finished = open_run(Path(run), Machine(device), allow_python)
        kind = kind_of(finished)
        files = image_files(images)
        found = predict(finished, files, top, progress(settings.quiet))
        for file, said in zip(files, found, strict=True):
            if form == "text":
                print(f"{visible(str(file))}: {visible(_TEXTS[kind](said))}")
            entries.append({"file": str(file), kind: _plain(said)})
    except RunError as error:
        raise click.ClickException(str(error)) from None
    if form == "json":
        import json

        print(json.dumps({"version": 1, "run": run, "images": entries}, indent=2))


def _classes(said: "tuple[Guess, ...]") -> str:
    return ", ".join(f"{g.name} ({100 * g.probability:.1f} %)" for g in said)


def _labels(said: "tuple[Guess, ...]") -> str:
    likely = tuple(guess for guess in said if guess.probability > 0.5)
    return _classes(likely) if likely else f"none, likeliest {_classes(said[:1])}"


def _shares(said: "tuple[Share, ...]") -> str:
    return ", ".join(f"{s.name} on {100 * s.share:.1f} %" for s in said)


def _values(said: list[Any]) -> str:
    flat = list(_flat(said))
    more = f", ... ({len(flat):,} values)" if len(flat) > _NUMBERS else ""
    return ", ".join(f"{value:.6g}" for value in flat[:_NUMBERS]) + more


def _flat(values: Any) -> Iterator[float]:
    if not isinstance(values, list):
        yield values
        return
    for each in values:
        yield from _flat(each)


def _error(said: float) -> str:
    return f"mean squared error {said:.6g}"


_TEXTS: dict[str, Any] = {
    "classes": _classes,
    "labels": _labels,
    "shares": _shares,
    "values": _values,
    "error": _error,
}


def _plain(said: Any) -> Any:
    """As JSON has it."""
    return [each._asdict() for each in said] if isinstance(said, tuple) else said
