"""An input through every phase, and what must hold behind each."""

import json
import os
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any
from zlib import crc32

import click

from archc.cli.fixing import fix_all
from archc.cli.formats import report
from archc.cli.project import project_settings
from archc.cost import summarize, table
from archc.diagnostic import ArchError, Diagnostic
from archc.diagram import Drawing
from archc.difference import compare
from archc.emit import network_source
from archc.fixes import fixed
from archc.graph import built_steps
from archc.pipeline import Analysis, analyse, analyse_each, variants
from archc.probe import Probe
from archc.render import render_text
from archc.sizing import find_sizes
from archc.source import Source, Span
from archc.spec import Spec, from_command_line, from_text
from archc.syntax.format import format_source

from .draw import Case

_COLORS = re.compile(r"\x1b\[(0|1|1;3[1-4])m")
_MOST_FIXES = 4
_MOST_STEPS = 2000
"""Steps of a network that is summed up, drawn and built: what is larger takes longer, no more."""


class Broken(Exception):
    """A property that does not hold."""


def examine(case: Case, folder: str) -> str:
    """The verdict on an input, whose files are written to a folder. Raises Broken where a property
    does not hold, and whatever the program raises: either is a mistake of the program."""
    try:
        spec = _spec(case, folder)
    except ArchError as error:
        _well_said(error.diagnostics)
        return "no text"
    except click.UsageError as error:
        return "wrong settings" if error.message else "nothing said"
    # Dear properties are tried on some texts alone, always the same ones.
    lot = crc32(spec.source.text.encode("utf-8", "surrogatepass"))
    analyses = analyse_each(spec)
    for analysis in analyses:
        _well_said(analysis.diagnostics)
    if lot % 4 == 0:
        _well_reported(analyses)
    if lot % 4 == 1:
        _well_laid_out(spec, analyses)
    if lot % 8 == 2:
        _well_mended(spec, analyses)
    if not all(analysis.ok for analysis in analyses):
        return "refused"
    for analysis in analyses[:2]:
        if analysis.known and built_steps(analysis.graph.region) <= _MOST_STEPS:
            _well_made(spec._replace(block=analysis.block), analysis, lot)
    return "accepted" if all(analysis.known for analysis in analyses) else "shapes unknown"


def _spec(case: Case, folder: str) -> Spec:
    """Raises ArchError where the main file is no text, UsageError where the settings are wrong."""
    for name, data in case.files.items():
        _write(os.path.join(folder, name), data)
    if "pyproject.toml" in case.files:
        project_settings(folder)
    if isinstance(case.main, str):
        spec = from_text(case.main)._replace(folder=folder, block=case.block)
    else:
        main = os.path.join(folder, "main.arch")
        _write(main, case.main)
        spec = from_command_line(main if case.block is None else f"{main}:{case.block}")
    return spec._replace(inputs=case.inputs, settings=case.settings)


def _write(path: str, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)


def _well_said(diagnostics: Sequence[Diagnostic]) -> None:
    """Places lie in their texts, and what is shown cannot steer a terminal."""
    for diagnostic in diagnostics:
        _holds(bool(diagnostic.message), "a diagnostic has a message", diagnostic)
        for span in _spans(diagnostic):
            inside = 0 <= span.start <= span.end <= len(span.source.text)
            _holds(inside, "places lie in their text", (diagnostic.code, span[1:]))
    _harmless(render_text(diagnostics), "diagnostics")
    _harmless(_COLORS.sub("", render_text(diagnostics, color=True)), "coloured diagnostics")


def _spans(diagnostic: Diagnostic) -> Iterator[Span]:
    yield diagnostic.span
    for label in diagnostic.labels:
        yield label.span
    for fix in diagnostic.fixes:
        for edit in fix.edits:
            yield edit.span


def _harmless(text: str, what: str) -> None:
    for line in text.split("\n"):
        _holds(line.isprintable(), f"{what} have no control characters", line)


def _well_reported(analyses: Sequence[Analysis]) -> None:
    """Every format can be read, by a terminal or a program."""
    for form in ("text", "concise", "github"):
        _harmless(report(analyses, form, False), form)
    for form in ("json", "sarif"):
        text = report(analyses, form, False)
        _holds(text.isascii(), f"{form} is plain", form)
        for place in _places(json.loads(text)):
            start, end = place[:2], place[2:]
            _holds((1, 1) <= start <= end, "places are in order", place)


def _places(found: Any) -> Iterator[tuple[int, ...]]:
    if isinstance(found, list):
        for part in found:
            yield from _places(part)
    elif isinstance(found, dict):
        for keys in _PLACE_KEYS:
            if keys[0] in found:
                yield tuple(found[key] for key in keys)
        for part in found.values():
            yield from _places(part)


_PLACE_KEYS = (
    ("line", "column", "end_line", "end_column"),
    ("startLine", "startColumn", "endLine", "endColumn"),
)


def _well_laid_out(spec: Spec, analyses: Sequence[Analysis]) -> None:
    """The layout, which proves itself that it means the same, gets the same verdict."""
    made = format_source(spec.source)
    if made.diagnostics or made.text == spec.source.text:
        return
    text = Source(spec.source.name, made.text)
    again = analyse_each(spec._replace(source=text))
    same = [a.outcome if a.ok else "" for a in again] == [
        a.outcome if a.ok else "" for a in analyses
    ]
    _holds(same, "a text and its layout get one verdict", made.text)


def _well_mended(spec: Spec, analyses: Sequence[Analysis]) -> None:
    """Every edit can be made, and the text behind it is judged in its turn."""
    found = analyses[0].diagnostics
    for diagnostic in found[:_MOST_FIXES]:
        for fix in diagnostic.fixes:
            edits = sorted(fix.edits, key=lambda edit: edit.span.start)
            if any(edit.span.source != spec.source for edit in edits):
                continue
            apart = all(a.span.end <= b.span.start for a, b in pairwise(edits))
            _holds(apart, "the edits of a fix lie apart", edits)
            text = fixed(spec.source.text, [fix])
            left = analyse(
                spec._replace(source=Source(spec.source.name, text), block=analyses[0].block)
            )
            _well_said(left.diagnostics)
    fix_all(spec)


def _well_made(spec: Spec, analysis: Analysis, lot: int) -> None:
    """What is accepted can be summed up, drawn and, if its source is not too long, built."""
    graph = analysis.graph
    summary = summarize(graph, 1, None if lot % 3 else 1)
    for text in (table.as_text(summary, 80 if lot % 2 else None), table.as_markdown(summary)):
        _harmless(text, "summaries")
    json.dumps(table.as_json(summary))
    _harmless(table.as_csv(summary).replace("\r\n", "\n"), "tables")
    drawing = Drawing(graph, "light", "tb", None if lot % 3 else 1)
    drawing.dot.encode()
    _harmless(drawing.dot, "diagrams")
    _harmless(str(drawing), "outlines")
    try:
        with Probe() as probe:
            others = variants(spec, analysis, probe) if lot % 4 == 0 else {}
            source = network_source(graph, None, others)
    except ArchError as refused:
        _well_said(refused.diagnostics)
        return
    compile(source.encode(), "built", "exec")
    _harmless(source, "sources")
    if lot % 16 == 0:
        _harmless(str(find_sizes(graph)), "sizes")
        _holds(compare(graph, graph).equal, "a network is equal to itself", graph.name)


def _holds(condition: bool, what: str, shown: object) -> None:
    if not condition:
        raise Broken(f"not so: {what}: {str(shown)[:1000]!r}")
