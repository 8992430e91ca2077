"""`archc check`: proves the shapes of specs, or explains their mistakes."""

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from archc.cli.context import FORMATS, Settings, use_color
from archc.cli.spec_options import find_each, find_specs, specs_options

if TYPE_CHECKING:
    from archc.diagnostic import ArchError
    from archc.pipeline import Analysis
    from archc.spec import Spec


@click.command()
@specs_options
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="How to print what was found: text unless pyproject.toml says otherwise.",
)
@click.option("--fix", is_flag=True, help="Apply the safe fixes to the files, and check them.")
@click.option("--diff", is_flag=True, help="Write nothing; print what --fix would change.")
@click.option("--watch", is_flag=True, help="Check again whenever a file changes.")
@click.pass_obj
def command(
    settings_: Settings,
    specs: tuple[str, ...],
    text: str | None,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    allow_python: bool,
    form: str | None,
    fix: bool,
    diff: bool,
    watch: bool,
) -> int:
    """Check specs: prove the shapes or explain every mistake.

    Prints the diagnostics of each SPEC, or one line with its shapes and parameters. The table
    [tool.archc] of the nearest pyproject.toml may set `format`, `color` and `ignore`, a list of
    codes of warnings.
    """
    settings_ = settings_._replace(format=form or settings_.format)

    options = (specs, text, inputs, settings, allow_python)

    if watch:
        if fix or diff or text is not None or "-" in specs:
            raise click.UsageError("--watch goes with files, and without --fix and --diff")
        from archc.cli.watch import watch as go_on

        go_on(lambda: _check_again(lambda: find_each(*options), specs, settings_))
    if diff:
        from archc.cli.fixing import show_fixed

        return 0 if show_fixed(find_specs(*options)) else 1
    if fix:
        found = find_specs(*options)
        _refuse_others(specs, text, found)
        from archc.cli.fixing import write_fixed

        write_fixed(found)
    analyses = _checked(find_each(*options), settings_)
    _print(analyses, settings_)
    return 0 if all(analysis.ok for analysis in analyses) else 1


def _refuse_others(specs: tuple[str, ...], text: str | None, found: "Sequence[Spec]") -> None:
    """Only files that the user names are changed."""
    from archc.cli.fixing import is_own_file

    for name, spec in zip(specs, found, strict=False):
        if not is_own_file(name, spec):
            raise click.UsageError(f"--fix changes files, and {name} is none of yours; try --diff")
    if text is not None:
        raise click.UsageError("--fix changes files, and -e is none; try --diff")


def _checked(specs: "Sequence[Spec | ArchError]", settings: Settings) -> "list[Analysis]":
    """The analyses of all networks, without the warnings that the project ignores."""
    from archc.diagnostic import ArchError
    from archc.pipeline import analyse_each, unreadable
    from archc.probe import Probe

    analyses: list[Analysis] = []
    with Probe() as probe:
        for spec in specs:
            if isinstance(spec, ArchError):
                analyses.append(unreadable(spec))
            else:
                analyses += analyse_each(spec, probe)
    if not settings.ignore:
        return analyses
    return [
        analysis._replace(
            diagnostics=tuple(d for d in analysis.diagnostics if d.code not in settings.ignore)
        )
        for analysis in analyses
    ]


def _print(analyses: "Sequence[Analysis]", settings: Settings) -> None:
    """Prints the report, and behind it on standard error what is left to do."""
    from archc.cli.formats import name_of, report

    print(report(analyses, settings.format, use_color(sys.stdout, settings.color)), end="")
    if settings.format not in ("text", "concise"):
        return
    for analysis in analyses:
        if not analysis.ok:
            sys.stdout.flush()
            print(f"{name_of(analysis)}: {_count(analysis)}", file=sys.stderr)


def _count(analysis: "Analysis") -> str:
    """`2 errors, 1 can be fixed with --fix`."""
    errors = sum(d.severity == "error" for d in analysis.diagnostics)
    safe = sum(any(f.safety == "safe" for f in d.fixes) for d in analysis.diagnostics)
    fixable = f", {safe} can be fixed with --fix" if safe else ""
    return f"{errors} error{'s' if errors > 1 else ''}{fixable}"


def _check_again(
    find: "Callable[[], list[Spec | ArchError]]", specs: tuple[str, ...], settings: Settings
) -> list[str]:
    """Checks, and names the files that this depends on. A file that is not there, as while an
    editor writes it, is waited for."""
    named = [path for spec in specs for path in (spec, spec.rpartition(":")[0]) if path]
    try:
        analyses = _checked(find(), settings)
    except OSError as error:
        print(f"archc: {error.filename}: {error.strerror}", file=sys.stderr)
    else:
        _print(analyses, settings)
        return [*named, *(path for analysis in analyses for path in analysis.files)]
    return named
