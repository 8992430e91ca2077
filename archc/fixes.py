"""Fixes: how they are worded, and how a text is changed by them."""

import re
from collections.abc import Iterable

from archc.diagnostic import Edit, Fix, Safety
from archc.source import Span


def write(span: Span, text: str, safety: Safety = "unsafe") -> Fix:
    """Writes something else in a place."""
    return Fix((Edit(span, text),), safety)


def put_behind(span: Span, text: str, safety: Safety = "unsafe") -> Fix:
    """Inserts a text behind a place."""
    return Fix((Edit(span._replace(start=span.end), text),), safety)


def put_before(step: Span, steps: str) -> Fix:
    """Puts further steps in front of one. A label stays with its step; a repeat and a declaration
    by `=` take one step only: there both stand in braces."""
    before = step.source.text[: step.start].rstrip()
    if before.endswith(("*", "=")):
        opened = Edit(step._replace(end=step.start), f"{{ {steps} | ")
        return Fix((opened, Edit(step._replace(start=step.end), " }")), "unsafe")
    label = re.search(r"\w+[ \t]*:$", before)
    start = label.start() if label else step.start
    return Fix((Edit(Span(step.source, start, start), f"{steps} | "),), "unsafe")


def put_steps_behind(step: Span, steps: str) -> Fix:
    """Puts further steps behind one; a repeat, a label or a declaration by `=` takes the one next
    step, so there both stand in braces."""
    before = step.source.text[: step.start].rstrip()
    behind = put_behind(step, f" | {steps}")
    if not before.endswith(("*", "=", ":")):
        return behind
    opened = Edit(step._replace(end=step.start), "{ ")
    return Fix((opened, Edit(step._replace(start=step.end), f" | {steps} }}")), "unsafe")


def without(span: Span, safety: Safety = "unsafe") -> Fix:
    """Takes out a part of a step, with the space in front of it."""
    before = span.source.text[: span.start]
    return write(span._replace(start=len(before.rstrip(" \t"))), "", safety)


def without_line(span: Span) -> Fix:
    """Takes out a declaration, with its line where nothing else stands there."""
    text = span.source.text
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    end = len(text) if end < 0 else end + 1
    rest = text[start : span.start] + text[span.end : end].partition("#")[0]
    alone = not rest.strip()
    return write(span._replace(start=start, end=end) if alone else span, "")


def without_step(step: Span, safety: Safety = "unsafe") -> Fix:
    """Takes out a step, with a `|` beside it, or with its line behind a line of steps; where it
    stands alone `id` takes its place."""
    text = step.source.text
    above, _, margin = text[: step.start].rpartition("\n")
    behind = text[step.end :].partition("\n")[0]
    before = above.rpartition("\n")[2].partition("#")[0].rstrip()
    if not (margin + behind.partition("#")[0]).strip() and _ends_step(before):
        return write(step._replace(start=len(above), end=step.end + len(behind)), "", safety)
    if found := re.search(r"[ \t]*\|[ \t]*$", text[: step.start]):
        return write(step._replace(start=found.start()), "", safety)
    if found := re.compile(r"[ \t]*\|[ \t]*").match(text, step.end):
        return write(step._replace(end=found.end()), "", safety)
    return write(step, "id", safety)


def _ends_step(line: str) -> bool:
    """Whether a line ends in a whole step, so that the next one is not its only part."""
    declares = re.match(r"\s*(input|param|use|block|let|default|share)\b", line)
    return bool(line) and declares is None and line[-1] not in "{([,|*:="


def fixed(text: str, fixes: Iterable[Fix]) -> str:
    """A text after fixes of it, the first of those that touch the same place."""
    taken: set[Edit] = set()
    for fix in fixes:
        if not any(_touch(edit.span, other.span) for edit in fix.edits for other in taken):
            taken.update(fix.edits)
    for edit in sorted(taken, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def _touch(a: Span, b: Span) -> bool:
    return a.start <= b.end and b.start <= a.end
