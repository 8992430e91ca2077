"""Values that fit where another one was written: what was most likely meant."""

from archc.errors.base import nearest
from archc.layers.kinds import Kind, Number, OneOf, Optional, PerPosition, Whole, YesNo
from archc.layers.values import Value, Word

_SWITCHES = {"true": "yes", "on": "yes", "false": "no", "off": "no"}


def fitting(kind: Kind, value: Value, text: str) -> str | None:
    """What to write for a value that its kind refuses, as the language writes it; None where that
    is anyone's guess. `text` is what was written."""
    if isinstance(kind, Optional):
        return fitting(kind.kind, value, text)
    if isinstance(value, Word) and value.lower() in _SWITCHES:
        return _SWITCHES[value.lower()]
    if isinstance(kind, OneOf):
        return nearest(str(value), kind.words)
    if isinstance(kind, YesNo):
        return {0: "no", 1: "yes"}.get(value) if isinstance(value, int) else None
    if type(value) is str and value.replace(".", "", 1).isdigit():
        return value  # a number between quotes
    if isinstance(kind, Whole | PerPosition):
        return _whole(kind, value, text)
    return _within(kind, value) if isinstance(kind, Number) else None


def _whole(kind: Whole | PerPosition, value: Value, text: str) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and text.count("/") == 1:
        return text.replace("/", "//")
    if isinstance(value, float):
        return str(max(kind.minimum, round(value))) if abs(value) < 2**31 else None
    return str(kind.minimum) if value < kind.minimum else None


def _within(kind: Number, value: Value) -> str | None:
    """A share that was written as a percentage."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if (kind.minimum, kind.maximum) == (0, 1) and 2 <= value <= 100:
        return f"{value / 100:g}"
    return None
