"""`%%arch NAME` for notebooks: a cell in the language, checked, shown and bound to a name."""

import shlex
import sys
from argparse import ArgumentParser
from typing import Any, NoReturn

from archc.cost import summarize
from archc.diagnostic import ArchError
from archc.diagram import Drawing
from archc.module import build_module
from archc.pipeline import analyse
from archc.render import render_text
from archc.spec import from_text


class _Wrong(Exception):
    """The line behind `%%arch` is wrong."""


class _Parser(ArgumentParser):
    """Reads that line."""

    def error(self, message: str) -> NoReturn:
        """What would end the program is a mistake of the line here."""
        raise _Wrong(f"{message}\n{self.format_usage()}")


_PARSER = _Parser(prog="%%arch", add_help=False)
_PARSER.add_argument("name", metavar="NAME")
_PARSER.add_argument("--input", action="append", default=[], metavar="SHAPE")
_PARSER.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
_PARSER.add_argument("--allow-python", action="store_true")


def register(shell: Any) -> None:
    """Gives an IPython shell the cell magic; `%load_ext archc` calls it."""

    def arch(line: str, cell: str) -> None:
        """Compile the cell, show the diagram and the summary, and bind the module to NAME.

        %%arch NAME [--input SHAPE]... [--set NAME=VALUE]... [--allow-python]
        """
        run_cell(shell, line, cell)

    shell.register_magic_function(arch, "cell", "arch")


def run_cell(shell: Any, line: str, cell: str) -> None:
    """Runs one cell. Mistakes are printed as `archc check` prints them, and nothing is bound."""
    from IPython.display import display

    try:
        options = _PARSER.parse_args(shlex.split(line))
        if not options.name.isidentifier():
            raise _Wrong(f"expected a name for the network, got {options.name}")
        spec = from_text(cell, "<cell>", options.name)._replace(
            inputs=tuple(options.input),
            settings=tuple(options.set),
            allow_python=options.allow_python,
        )
        analysis = analyse(spec)
        graph = analysis.network()
        if analysis.diagnostics:
            print(render_text(analysis.diagnostics), file=sys.stderr)
        module = build_module(graph)
    except ArchError as error:
        print(error, file=sys.stderr)
    except (_Wrong, ValueError) as error:
        print(f"%%arch: {error}", file=sys.stderr)
    else:
        display(Drawing(graph), summarize(graph))  # type: ignore[no-untyped-call, unused-ignore]
        shell.user_ns[options.name] = module
