"""What every command that takes a SPEC shares: the argument, `-e`, `--input`, `--set` and
`--allow-python`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from archc.diagnostic import ArchError
    from archc.spec import Spec

Function = TypeVar("Function", bound=Callable[..., Any])

ALLOW_PYTHON = click.option(
    "--allow-python", is_flag=True, help="Import the Python code that the spec names."
)

_OPTIONS = (
    click.option("-e", "text", metavar="TEXT", help="Take TEXT itself as the spec."),
    click.option(
        "--input",
        "inputs",
        multiple=True,
        metavar="SHAPE",
        help="Give or replace the input: 3x32x32, image=3x32x32, '256 int'.",
    ),
    click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="NAME=VALUE",
        help="Give a parameter a value, as the language writes it.",
    ),
    ALLOW_PYTHON,
)


def input_options(function: Function) -> Function:
    """Adds `--input`, `--set` and `--allow-python` alone."""
    for option in reversed(_OPTIONS[1:]):
        function = option(function)
    return function


def spec_options(function: Function) -> Function:
    """Adds SPEC and its options; the command gets them as `spec`, `text`, `inputs`, `settings` and
    `allow_python`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return click.argument("spec", required=False)(function)


def specs_options(function: Function) -> Function:
    """The same for any number of SPECs, as `specs`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return click.argument("specs", nargs=-1, metavar="SPEC...")(function)


def find_spec(
    spec: str | None,
    text: str | None,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    allow_python: bool,
) -> "Spec":
    """The one spec that the options name. Raises UsageError unless it is exactly one."""
    specs = find_specs((spec,) if spec else (), text, inputs, settings, allow_python)
    if len(specs) != 1:
        raise click.UsageError("give one SPEC, or -e TEXT")
    return specs[0]


def find_each(
    specs: tuple[str, ...],
    text: str | None,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    allow_python: bool,
) -> "list[Spec | ArchError]":
    """All specs that the options name; what is wrong with one that is not a text stands in its
    place. Raises UsageError and OSError as `find_specs` does."""
    from archc.diagnostic import ArchError

    found: list[Spec | ArchError] = []
    for spec in specs:
        try:
            found += find_specs((spec,), None, inputs, settings, allow_python)
        except ArchError as error:
            found.append(error)
    if text is not None or not specs:
        found += find_specs((), text, inputs, settings, allow_python)
    return found


def find_specs(
    specs: tuple[str, ...],
    text: str | None,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    allow_python: bool,
) -> "list[Spec]":
    """All specs that the options name. Raises UsageError where there is none, OSError where one
    cannot be read, ArchError where one is not a text."""
    from archc.spec import from_command_line, from_text

    found = [from_command_line(spec) for spec in specs]
    if text is not None:
        found.append(from_text(text))
    if not found:
        raise click.UsageError(
            "give a SPEC (a file, a shipped spec, `-` for standard input) or -e TEXT"
        )
    return [
        spec._replace(inputs=inputs, settings=settings, allow_python=allow_python) for spec in found
    ]
