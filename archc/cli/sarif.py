"""Diagnostics as a SARIF 2.1.0 log, as code scanning services and editors read it."""

from collections.abc import Iterable, Sequence
from os import path
from typing import Any
from urllib.parse import quote

from archc import __version__
from archc.diagnostic import Diagnostic, Edit, Fix
from archc.errors.base import Page
from archc.errors.index import pages
from archc.source import Span

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def log(diagnostics: Sequence[Diagnostic]) -> dict[str, Any]:
    """A log of one run. Its rules are the codes that occur, with their pages."""
    known = pages()
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    driver = {
        "name": "archc",
        "version": __version__,
        "rules": [_rule(known[code]) for code in codes],
    }
    results = [_result(diagnostic, codes.index(diagnostic.code)) for diagnostic in diagnostics]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(page: Page) -> dict[str, Any]:
    markdown = f"{page.text}\n\nWrong:\n\n{_fenced(page.wrong)}\n\nRight:\n\n{_fenced(page.right)}"
    level = "warning" if page.code.startswith("W") else "error"
    return {
        "id": page.code,
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": page.text},
        "help": {"text": markdown.replace("```\n", "").replace("```", ""), "markdown": markdown},
        "defaultConfiguration": {"level": level},
    }


def _fenced(text: str) -> str:
    return f"```\n{text}\n```"


def _result(diagnostic: Diagnostic, rule: int) -> dict[str, Any]:
    text = diagnostic.message
    if diagnostic.help is not None:
        text += f"\nhelp: {diagnostic.help}"
    related = [
        {"id": number, **_location(label.span), "message": {"text": label.message}}
        for number, label in enumerate(diagnostic.labels)
    ]
    return {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": diagnostic.severity,
        "message": {"text": text},
        "locations": [_location(diagnostic.span)],
        **({"relatedLocations": related} if related else {}),
        **({"fixes": [_fix(fix) for fix in diagnostic.fixes]} if diagnostic.fixes else {}),
    }


def _location(span: Span) -> dict[str, Any]:
    place = {"artifactLocation": _artifact(span), "region": _region(span)}
    return {"physicalLocation": place}


def _artifact(span: Span) -> dict[str, Any]:
    """A file's URI: relative to where archc runs, unless its path is absolute."""
    name = span.source.name
    return {"uri": f"file://{quote(name)}" if path.isabs(name) else quote(name)}


def _region(span: Span) -> dict[str, Any]:
    (line, column), (end_line, end_column) = span.first, span.last
    return {
        "startLine": line,
        "startColumn": column,
        "endLine": end_line,
        "endColumn": end_column,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {"artifactChanges": list(map(_change, _by_file(fix.edits)))}


def _by_file(edits: Iterable[Edit]) -> Iterable[list[Edit]]:
    files: dict[str, list[Edit]] = {}
    for edit in edits:
        files.setdefault(edit.span.source.name, []).append(edit)
    return files.values()


def _change(edits: Sequence[Edit]) -> dict[str, Any]:
    replacements = [
        {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
        for edit in edits
    ]
    return {"artifactLocation": _artifact(edits[0].span), "replacements": replacements}
