"""`archc fmt`: gives specs the one canonical layout."""

import os
import sys
from typing import TYPE_CHECKING

import click

from archc.cli.context import Settings
from archc.tuples import NamedTuple

if TYPE_CHECKING:
    from archc.spec import Spec
    from archc.syntax.format import Formatted


class Target(NamedTuple):
    """A spec to lay out, and the file to write; without one the result goes to standard output."""

    spec: "Spec"
    path: str | None
    given: bytes

    @property
    def name(self) -> str:
        return self.spec.source.name


@click.command()
@click.argument("specs", nargs=-1, metavar="SPEC...")
@click.option("-e", "text", metavar="TEXT", help="Take TEXT itself as the spec.")
@click.option("--check", is_flag=True, help="Write nothing; status 1 where something would change.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change, status 1.")
@click.pass_obj
def command(
    settings: Settings, specs: tuple[str, ...], text: str | None, check: bool, diff: bool
) -> int:
    """Format specs: give them the one canonical layout.

    Rewrites the files in place. Comments and the author's lines are kept, lines over 100 columns
    broken. `-` reads standard input and writes standard output. A file with syntax errors stays as
    it is.
    """
    from archc.cli.files import print_diff
    from archc.syntax.format import format_source

    dry = check or diff
    targets = _targets(specs, text, dry)
    results = [(target, format_source(target.spec.source)) for target in targets]
    changed = []
    for target, formatted in results:
        if formatted.diagnostics:
            _print_diagnostics(formatted, settings)
            continue
        differs = _bytes(formatted.text) != target.given
        if diff and differs:
            print_diff(target.name, target.given.decode("utf-8-sig"), formatted.text, "formatted")
        elif not dry and target.path is None:
            sys.stdout.buffer.write(_bytes(formatted.text))
        elif not dry and differs:
            _write(target.path or "", formatted.text)
        changed += [target] if differs else []
    failed = sum(bool(formatted.diagnostics) for _, formatted in results)
    if not settings.quiet and (dry or any(target.path for target in targets)):
        _sum_up(changed, len(targets) - failed, dry)
    return 1 if failed or (dry and changed) else 0


def _targets(specs: tuple[str, ...], text: str | None, dry: bool) -> list[Target]:
    """What is meant, all of it read before anything is written."""
    from archc.spec import from_command_line, from_text

    targets = []
    for name in specs:
        spec = from_command_line(name)
        path: str | None = spec.source.name
        if name not in (path, f"{path}:{spec.block}") or not os.path.isfile(path or ""):
            path = None
        if path is None and name != "-" and not dry:
            raise click.UsageError(
                f"{name} is a spec that comes with archc, which fmt does not rewrite;"
                " give a file, or --diff"
            )
        given = _bytes(spec.source.text)
        if path is not None:
            with open(path, "rb") as file:
                given = file.read()
        targets.append(Target(spec, path, given))
    if text is not None:
        targets.append(Target(from_text(text), None, _bytes(text)))
    if not targets:
        raise click.UsageError("give a SPEC (a file, or `-` for standard input) or -e TEXT")
    return targets


def _bytes(text: str) -> bytes:
    # What a command line holds besides UTF-8 arrives as surrogates.
    return text.encode("utf-8", "surrogatepass")


def _write(path: str, text: str) -> None:
    from archc.cli.files import replace_file

    replace_file(path, _bytes(text))


def _print_diagnostics(formatted: "Formatted", settings: Settings) -> None:
    from archc.cli.context import use_color
    from archc.diagnostic import in_order
    from archc.render import render_text

    color = use_color(sys.stderr, settings.color)
    print(render_text(tuple(in_order(formatted.diagnostics)), color), file=sys.stderr)


def _sum_up(changed: list[Target], read: int, dry: bool) -> None:
    """What was done, or would be."""
    from archc.render import visible

    for target in changed:
        print(
            f"{'would reformat' if dry else 'reformatted'} {visible(target.name)}", file=sys.stderr
        )
    done = ("would be reformatted", "already formatted") if dry else ("reformatted", "unchanged")
    counts = zip((len(changed), read - len(changed)), done, strict=True)
    parts = [f"{count} file{'s' if count > 1 else ''} {what}" for count, what in counts if count]
    if parts:
        print(", ".join(parts), file=sys.stderr)
