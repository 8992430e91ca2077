"""Where a shape came from: the earlier steps that changed it."""

from collections.abc import Sequence

from archc.diagnostic import Label
from archc.elaborate.frame import Change
from archc.graph import Value
from archc.shape import Shape

_LONGEST = 6


def trail(entry: Value, changes: Sequence[Change]) -> tuple[Label, ...]:
    """A label for what entered and for each step that changed positions or layout, the newest ones
    if there are many; where none did, for the last step that changed anything."""
    moved = [change for change in changes if _moved(change)]
    if changes and (not moved or changes[-1] is not moved[-1]):
        moved.append(changes[-1])
    labels = [
        Label(change.site, f"{change.before} becomes {change.after}")
        for change in moved[-_LONGEST:]
    ]
    if entry.shape is not None and len(moved) < _LONGEST:
        labels.insert(0, Label(entry.site, f"the input is {entry.shape}"))
    return tuple(labels)


def _moved(change: Change) -> bool:
    return _without_channels(change.before) != _without_channels(change.after)


def _without_channels(shape: Shape) -> tuple[object, ...]:
    return shape.layout, shape.positions
