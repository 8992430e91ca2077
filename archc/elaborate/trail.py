"""Where a shape came from: the earlier steps that changed it."""

from collections.abc import Sequence

from archc.diagnostic import Label
from archc.graph import LayerItem, Value
from archc.shape import Shape

_LONGEST = 6


def trail(entry: Value, items: Sequence[LayerItem]) -> tuple[Label, ...]:
    """A label for the input and for each step that changed positions or layout, the newest ones if
    there are many; where none did, for the last step that changed anything."""
    changes = [item for item in items if item.out.shape and _moved(item)]
    others = [item for item in items if item.out.shape and item.input_shape != item.output_shape]
    if others and (not changes or others[-1] is not changes[-1]):
        changes.append(others[-1])
    labels = [
        Label(item.site, f"{item.input_shape} becomes {item.output_shape}")
        for item in changes[-_LONGEST:]
    ]
    if entry.shape is not None and len(changes) < _LONGEST:
        labels.insert(0, Label(entry.site, f"the input is {entry.shape}"))
    return tuple(labels)


def _moved(item: LayerItem) -> bool:
    return _without_channels(item.input_shape) != _without_channels(item.output_shape)


def _without_channels(shape: Shape) -> tuple[object, ...]:
    return shape.layout, shape.positions
