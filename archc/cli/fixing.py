"""Applying the safe fixes of specs: to their files, or as a diff."""

import os
import sys
from collections.abc import Sequence

from archc.diagnostic import Diagnostic, Fix, in_order
from archc.fixes import fixed
from archc.pipeline import analyse_each
from archc.render import visible
from archc.spec import Spec
from archc.tuples import NamedTuple

_ROUNDS = 10
"""A fix can bring a further mistake to light, which has a fix again."""


class Fixed(NamedTuple):
    """A spec with its text after all safe fixes, and the diagnostics that these did away with."""

    spec: Spec
    done: tuple[Diagnostic, ...]


def fix_all(spec: Spec) -> Fixed:
    """Applies the safe fixes of a spec's own text until there are none left. Those that would make
    more errors than there were are left."""
    done: list[Diagnostic] = []
    found = _diagnostics(spec)
    for _ in range(_ROUNDS):
        fixes = [(diagnostic, safe_fix(diagnostic, spec)) for diagnostic in found]
        chosen = [fix for _, fix in fixes if fix is not None]
        text = fixed(spec.source.text, chosen)
        changed = spec._replace(source=spec.source._replace(text=text))
        left = _diagnostics(changed) if chosen else found
        if not chosen or _errors(left) > _errors(found):
            break
        done += [diagnostic for diagnostic, fix in fixes if fix is not None]
        spec, found = changed, left
    return Fixed(spec, tuple(done))


def safe_fix(diagnostic: Diagnostic, spec: Spec) -> Fix | None:
    """The safe fix of a diagnostic, if it changes the spec's own text alone."""
    for fix in diagnostic.fixes:
        if fix.safety == "safe" and all(edit.span.source == spec.source for edit in fix.edits):
            return fix
    return None


def write_fixed(specs: Sequence[Spec]) -> None:
    """Writes the fixed texts of the files among the specs, each whole or not at all, and says what
    was done. Raises OSError."""
    from archc.cli.files import replace_file

    for spec in _by_file(specs):
        path = spec.source.name
        made = fix_all(spec)
        if not made.done:
            continue
        with open(path, "rb") as file:
            mark = b"\xef\xbb\xbf" if file.read(3) == b"\xef\xbb\xbf" else b""
        replace_file(path, mark + made.spec.source.text.encode())
        for diagnostic in made.done:
            place = f"{visible(path)}:{diagnostic.line}:{diagnostic.column}"
            message = visible(diagnostic.message)
            print(f"{place}: fixed {diagnostic.code}: {message}", file=sys.stderr)


def show_fixed(specs: Sequence[Spec]) -> bool:
    """Prints what the safe fixes would change; returns whether they leave no error and would change
    nothing."""
    from archc.cli.files import print_diff

    clean = True
    for spec in _by_file(specs):
        made = fix_all(spec).spec
        differs = print_diff(spec.source.name, spec.source.text, made.source.text, "fixed")
        clean = clean and not differs and not _errors(_diagnostics(made))
    return clean


def is_own_file(named: str, spec: Spec) -> bool:
    """Whether a SPEC, as the user gave it, is a file of the user's and none that ships."""
    path = spec.source.name
    return named in (path, f"{path}:{spec.block}") and os.path.isfile(path)


def _by_file(specs: Sequence[Spec]) -> list[Spec]:
    """Each text once, as a whole where it is named with different blocks."""
    texts: dict[str, Spec] = {}
    for spec in specs:
        name = spec.source.name
        texts[name] = texts[name]._replace(block=None) if name in texts else spec
    return list(texts.values())


def _diagnostics(spec: Spec) -> list[Diagnostic]:
    found = (analysis.diagnostics for analysis in analyse_each(spec))
    return list(in_order(diagnostic for each in found for diagnostic in each))


def _errors(diagnostics: Sequence[Diagnostic]) -> int:
    return sum(diagnostic.severity == "error" for diagnostic in diagnostics)
