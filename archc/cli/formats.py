"""How `archc check` prints what it found: for people, for programs, for GitHub, as SARIF."""

from collections.abc import Iterator, Sequence
from typing import Any

from archc.diagnostic import Diagnostic
from archc.pipeline import Analysis
from archc.render import as_json, render_text, visible


def report(analyses: Sequence[Analysis], form: str, color: bool) -> str:
    """What was found, in one of the formats."""
    if form in ("json", "sarif"):
        import json

        found = _json(analyses) if form == "json" else _sarif(analyses)
        return json.dumps(found, indent=2) + "\n"
    if form == "github":
        return "".join(f"{_command(diagnostic)}\n" for diagnostic in _distinct(analyses))
    return "".join(_blocks(analyses, form, color))


def name_of(analysis: Analysis) -> str:
    """A network's name: its file's, with the block where it is one."""
    name = visible(analysis.source.name)
    return name if analysis.block is None else f"{name}:{analysis.block}"


def _distinct(analyses: Sequence[Analysis]) -> list[Diagnostic]:
    """Networks of one file share the mistakes of its blocks: each once."""
    found = {
        (diagnostic.file, diagnostic.span.start, diagnostic.span.end, diagnostic.code): diagnostic
        for analysis in reversed(analyses)
        for diagnostic in reversed(analysis.diagnostics)
    }
    return list(reversed(found.values()))


def _blocks(analyses: Sequence[Analysis], form: str, color: bool) -> Iterator[str]:
    shown: set[str] = set()
    for analysis in analyses:
        if form == "text":
            text, end = render_text(analysis.diagnostics, color), "\n\n"
        else:
            text, end = "\n".join(map(_line, analysis.diagnostics)), "\n"
        if text and text not in shown:
            yield text + end
        shown.add(text)
        if analysis.ok:
            yield f"{name_of(analysis)}: ok, {analysis.outcome}\n"


def _line(diagnostic: Diagnostic) -> str:
    place = f"{visible(diagnostic.file)}:{diagnostic.line}:{diagnostic.column}"
    return f"{place}: {diagnostic.severity}[{diagnostic.code}]: {visible(diagnostic.message)}"


def _json(analyses: Sequence[Analysis]) -> dict[str, Any]:
    return {"version": 1, "files": [_entry(analysis) for analysis in analyses]}


def _entry(analysis: Analysis) -> dict[str, Any]:
    report = analysis.report()
    return {
        "file": analysis.source.name,
        **({"block": analysis.block} if analysis.block is not None else {}),
        "ok": analysis.ok,
        "input": report.input,
        "output": report.output,
        **({"train_outputs": report.train_outputs} if report.train_outputs else {}),
        "parameters": report.parameters,
        "diagnostics": [as_json(diagnostic) for diagnostic in analysis.diagnostics],
    }


def _command(diagnostic: Diagnostic) -> str:
    """A workflow command of GitHub Actions, which becomes an annotation in the changed files.

    Source: the escapes of actions/toolkit, `%`, CR and LF, in properties `:` and `,` besides.
    """
    properties = {
        "file": diagnostic.file,
        "line": diagnostic.line,
        "col": diagnostic.column,
        "endLine": diagnostic.end_line,
        "endColumn": diagnostic.end_column,
        "title": f"archc {diagnostic.code}",
    }
    text = diagnostic.message
    if diagnostic.help is not None:
        text += f"\nhelp: {diagnostic.help}"
    said = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{diagnostic.severity} {said}::{_data(text)}"


def _data(text: str) -> str:
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return visible(escaped)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _sarif(analyses: Sequence[Analysis]) -> dict[str, Any]:
    from archc.cli.sarif import log

    return log(_distinct(analyses))
