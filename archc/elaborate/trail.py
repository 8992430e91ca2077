"""Where a shape came from: the earlier steps that changed it."""

from archc.diagnostic import Label
from archc.elaborate.frame import Change
from archc.graph import Value
from archc.shape import Shape
from archc.source import Span
from archc.symbolic import Open

_LONGEST = 6


def trail(entry: Value, newest: Change | None) -> tuple[Label, ...]:
    """A label for what entered, for each step that changed positions or layout, and for the last
    step that changed anything; the newest ones if there are many."""
    moved: list[Change] = []
    change = newest
    while change is not None and len(moved) < _LONGEST:
        if change is newest or _moved(change):
            moved.append(change)
        change = change.earlier
    labels = [
        Label(change.site, f"{change.before} becomes {change.after}") for change in reversed(moved)
    ]
    if entry.shape is not None and len(moved) < _LONGEST:
        labels.insert(0, Label(entry.site, f"the input is {entry.shape}"))
    return tuple(labels)


def _moved(change: Change) -> bool:
    return _without_channels(change.before) != _without_channels(change.after)


def _without_channels(shape: Shape) -> tuple[object, ...]:
    return shape.layout, shape.positions


def shrunk(newest: Change | None, site: Span) -> str:
    """`: it shrank at lines 3 and 4`, the last lines of the same text that made a map smaller."""
    lines: list[int] = []
    change = newest
    while change is not None and len(lines) < _LONGEST:
        line = change.site.first[0]
        if _smaller(change) and change.site.source == site.source and line not in lines:
            lines.append(line)
        change = change.earlier
    *most, last = map(str, sorted(lines)) if lines else ("",)
    if not last:
        return ""
    return (
        f": it shrank at lines {', '.join(most)} and {last}"
        if most
        else f": it shrank at line {last}"
    )


def _smaller(change: Change) -> bool:
    before, after = change.before.positions, change.after.positions
    return len(before) == len(after) and any(
        not isinstance(a, Open) and not isinstance(b, Open) and a > b
        for a, b in zip(before, after, strict=True)
    )
