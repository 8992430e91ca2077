"""The program `archc`: finds and runs a command, and turns what comes of it into an exit status.

0 done, 1 a problem of the spec or the run that was reported, 2 wrong usage, something missing or
our own bug, 130 and 143 interrupted, 141 nobody reads the output any more.
"""

import atexit
import functools
import gc
import importlib
import io
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

import click

from archc import __version__
from archc.cli.context import ARGUMENTS, Settings, settings_options, use_color
from archc.cli.project import project_settings
from archc.diagnostic import ArchError

COMMANDS = (
    "check", "summary", "sizes", "draw", "build", "train", "eval", "report", "predict", "export",
    "compare", "fmt", "diff", "new", "explain", "layers",
)  # fmt: skip
"""The commands in the order of the help: each is the `command` of the module of its name."""

HEAVY = ("torch", "torchvision", "numpy", "graphviz")
"""Packages that only some commands need, and that a small install may lack."""


class Terminated(KeyboardInterrupt):
    """SIGTERM came: whoever cleans up behind Ctrl-C does so behind this as well."""


class Commands(click.Group):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            return load_command(cmd_name)
        if ctx.resilient_parsing:
            return None
        raise click.UsageError(unknown_command(cmd_name), ctx)


@functools.cache
def load_command(name: str) -> click.Command:
    """A command by its name, with the options that all commands share."""
    command = importlib.import_module(f"archc.cli.{name}").command
    assert isinstance(command, click.Command)
    command.params.extend(settings_options())
    return command


def unknown_command(name: str) -> str:
    """What to say about a command that does not exist."""
    if name.endswith(".arch"):
        return f"a command is missing: 'archc check {name}' checks this file"
    from difflib import get_close_matches

    close = get_close_matches(name, COMMANDS, n=1)
    hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(COMMANDS)}"
    return f"there is no command '{name}'; {hint}"


@click.group(
    cls=Commands,
    params=settings_options(),
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, "-V", "--version", message="archc %(version)s")
@click.pass_context
def program(context: click.Context) -> int:
    """Check, draw, build and train neural networks that are described in a few lines."""
    if context.invoked_subcommand is None:
        print(context.get_help(), file=sys.stderr)
        return 2
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit status.

    A command prints its results and returns its status, where None is 0; everything else comes
    here as an exception.
    """
    prepare_process()
    try:
        status = run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
        return status
    except Terminated:
        return 143
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        drop_output()
        return 141
    except OSError as error:
        drop_output()
        return fail(problem(error))


def run(arguments: Sequence[str]) -> int:
    """Parses the arguments and runs the command, or answers the shell's request to complete."""
    if instruction := os.environ.get("_ARCHC_COMPLETE"):
        from click.shell_completion import shell_complete

        return shell_complete(program, {}, "archc", "_ARCHC_COMPLETE", instruction)
    try:
        # With `color` click keeps the colours of its output: `use_color` has decided on them.
        settings = project_settings()
        with program.make_context("archc", [*arguments], obj=settings, color=True) as context:
            context.meta[ARGUMENTS] = tuple(arguments)
            return invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        if isinstance(error, click.UsageError) and error.ctx:
            path = error.ctx.command_path
            print(f"{error.ctx.get_usage()}\nTry '{path} -h' for help.\n", file=sys.stderr)
        return fail(error.format_message(), error.exit_code)


def invoke(context: click.Context) -> int:
    """Runs the command, and reports the problems that click knows nothing of."""
    try:
        return program.invoke(context) or 0
    except (click.exceptions.Exit, click.ClickException, BrokenPipeError):
        raise
    except ArchError as error:
        print_diagnostics(error, context.obj)
        return 1
    except Exception as error:
        if context.obj.verbose:
            import traceback

            traceback.print_exc()
        return fail(problem(error))


def problem(error: Exception) -> str:
    """What an exception means to the user: something missing, or a bug of ours."""
    if isinstance(error, ModuleNotFoundError) and error.name in HEAVY:
        packages = "torch torchvision" if error.name.startswith("torch") else error.name
        return f"this needs {error.name}, which is not installed: pip install {packages}"
    if isinstance(error, OSError) and error.strerror:
        place = f"{os.fsdecode(error.filename)}: " if error.filename else ""
        return f"{place}{error.strerror}"
    text = " ".join(str(error).split())
    return f"internal error: {type(error).__name__}: {text}, please report (-v shows where)"


def fail(message: str, status: int = 2) -> int:
    """Prints one line about what stopped the program; the exit status is passed through."""
    from archc.render import visible

    shown = "\n".join(map(visible, message.split("\n")))
    print(f"archc: {shown}", file=sys.stderr)
    return status


def print_diagnostics(error: ArchError, settings: Settings) -> None:
    """Prints the diagnostics of a spec whose results were asked for."""
    from archc.render import render_text

    color = use_color(sys.stderr, settings.color)
    print(render_text(error.diagnostics, color=color), file=sys.stderr)


def _spare_the_last_collection() -> None:
    # Libraries below torch complain of what they find uncollected.
    if "torch" not in sys.modules:
        gc.freeze()


def prepare_process() -> None:
    """Makes SIGTERM an exception, and neither closed outputs nor odd characters one; keeps the
    collector from looking through what a short command never drops."""
    gc.set_threshold(100_000)
    atexit.register(_spare_the_last_collection)
    signal.signal(signal.SIGTERM, terminate)
    # Python's own None for a closed output would fail at the first flush.
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise Terminated


def drop_output() -> None:
    """Sends what is still buffered nowhere, so that Python does not complain when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
