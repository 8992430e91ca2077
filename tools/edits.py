"""Tries every edit that the diagnostics of specs/bad offer, and counts: `python tools/edits.py`.

An edit works if, behind it, nothing is said any more where the mistake was, no syntax error is new,
and there are no more errors than before.
"""

import sys
from pathlib import Path
from typing import NamedTuple

from archc.diagnostic import Diagnostic, Fix
from archc.fixes import fixed
from archc.pipeline import analyse
from archc.source import Source
from archc.spec import Spec

ROOT = Path(__file__).resolve().parent.parent
BAD = sorted((ROOT / "specs" / "bad").rglob("*.arch"))


class Offer(NamedTuple):
    """A diagnostic, an edit that it offers, and what is wrong behind it: empty where it works."""

    diagnostic: Diagnostic
    fix: Fix
    wrong: str


class Tried(NamedTuple):
    """The diagnostics of a spec, and every edit that they offer."""

    diagnostics: tuple[Diagnostic, ...]
    offers: tuple[Offer, ...]


def bad_spec(path: Path) -> Spec:
    """A spec of the corpus."""
    source = Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    return Spec(source, path.stem, folder=str(path.parent))


def tried(spec: Spec) -> Tried:
    """Applies each edit that a spec's diagnostics offer, alone, and checks again."""
    before = analyse(spec).diagnostics
    offers = [
        Offer(diagnostic, fix, _wrong(spec, before, diagnostic, fix))
        for diagnostic in before
        for fix in diagnostic.fixes
    ]
    return Tried(before, tuple(offers))


def _wrong(spec: Spec, before: tuple[Diagnostic, ...], mended: Diagnostic, fix: Fix) -> str:
    text = fixed(spec.source.text, [fix])
    left = analyse(spec._replace(source=spec.source._replace(text=text))).diagnostics
    place = _moved(mended.span.start, fix)
    known = {d.code for d in before if d.span.start == mended.span.start} - {mended.code}
    there = [d for d in left if d.span.start == place and d.code not in known]
    if there:
        return f"{mended.code} became {there[0].code}: {there[0].message}\n{text}"
    if _count(left, "E01") > _count(before, "E01"):
        return f"a syntax error is new\n{text}"
    if mended.severity == "error" and _count(left, "E") > _count(before, "E"):
        return f"there are more errors\n{text}"
    return ""


def _moved(offset: int, fix: Fix) -> int:
    """Where a place lies behind a fix."""
    before = [edit for edit in fix.edits if edit.span.end <= offset]
    around = [edit for edit in fix.edits if edit.span.start < offset < edit.span.end]
    moved = sum(len(edit.text) - (edit.span.end - edit.span.start) for edit in before)
    return (around[0].span.start if around else offset) + moved


def _count(diagnostics: tuple[Diagnostic, ...], code: str) -> int:
    return sum(diagnostic.code.startswith(code) for diagnostic in diagnostics)


def main() -> int:
    """Prints the counts, and each edit that does not work."""
    found = [tried(bad_spec(path)) for path in BAD]
    offers = [offer for each in found for offer in each.offers]
    for offer in offers:
        if offer.wrong:
            place = f"{offer.diagnostic.file}:{offer.diagnostic.line}"
            print(f"{place}: {offer.diagnostic.message}\n{offer.wrong}\n", file=sys.stderr)
    mistakes = sum(len(each.diagnostics) for each in found)
    mended = {offer.diagnostic for offer in offers if not offer.wrong}
    print(
        f"{len(BAD)} specs, {mistakes} mistakes, {len(mended)} with a working edit,"
        f" {len(offers)} edits, {sum(bool(offer.wrong) for offer in offers)} that do not work"
    )
    return any(offer.wrong for offer in offers)


if __name__ == "__main__":
    sys.exit(main())
