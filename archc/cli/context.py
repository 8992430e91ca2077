"""What all commands share: the settings given beside any command, and whether to use colour."""

import os
from typing import Any, Literal, TextIO

import click

from archc.tuples import NamedTuple

ColorChoice = Literal["auto", "always", "never"]
FORMATS = ("text", "concise", "json", "github", "sarif")
"""How `archc check` can print what it found."""


ARGUMENTS = "archc.arguments"
"""Where a context's `meta` has the arguments of the whole command line."""


class Settings(NamedTuple):
    """The options that every command takes. A command gets them by `@click.pass_obj`.

    `quiet` leaves out progress and remarks on standard error, never results or diagnostics;
    `verbose` adds what helps to find the cause of a problem. A project may set `color`, the
    `format` of `archc check` and the codes of warnings to `ignore` (`archc.cli.project`).
    """

    color: ColorChoice = "auto"
    quiet: bool = False
    verbose: bool = False
    format: str = "text"
    ignore: tuple[str, ...] = ()


def use_color(stream: TextIO, choice: ColorChoice = "auto") -> bool:
    """Whether to write colours to a stream.

    The choice counts first, then NO_COLOR, then FORCE_COLOR (set and not empty, and
    FORCE_COLOR not 0), then whether the stream is a terminal that knows colours.
    """
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def settings_options() -> list[click.Option]:
    """The options of `Settings`, new ones for each command: they may stand before or behind it."""
    return [
        click.Option(
            ["--color"],
            type=click.Choice(["auto", "always", "never"]),
            expose_value=False,
            callback=_set,
            help="Colour: auto asks the terminal, NO_COLOR and FORCE_COLOR.",
        ),
        click.Option(
            ["-q", "--quiet"],
            is_flag=True,
            expose_value=False,
            callback=_set,
            help="No progress and no remarks.",
        ),
        click.Option(
            ["-v", "--verbose"],
            is_flag=True,
            expose_value=False,
            callback=_set,
            help="More about the causes of problems.",
        ),
    ]


def _set(context: click.Context, option: click.Parameter, value: Any) -> None:
    if value and option.name:
        settings = context.obj._replace(**{option.name: value})
        context.obj = context.find_root().obj = settings
