"""Values that fit where another one was written: what was most likely meant."""

from archc.errors.base import nearest
from archc.layers.initial import Initial
from archc.layers.kinds import Kind, Number, OneOf, Optional, PerPosition, Unfit, Whole
from archc.layers.values import Value, Word

_SWITCHES = {"true": "yes", "on": "yes", "false": "no", "off": "no"}


_ELSEWHERE = {
    "mirror": "reflect",
    "edge": "replicate",
    "border": "replicate",
    "wrap": "circular",
    "periodic": "circular",
    "constant": "zeros",
    "cubic": "bicubic",
    "final": "last",
    "sequence": "seq",
}
"""What the words of arguments are called elsewhere."""

_INITIAL = {
    **dict.fromkeys(("kaiming", "kaiming_normal", "he_normal", "msra"), "he"),
    **dict.fromkeys(("kaiming_uniform", "he_uniform"), "he_u"),
    **dict.fromkeys(("glorot", "xavier_normal", "glorot_normal"), "xavier"),
    **dict.fromkeys(("xavier_uniform", "glorot_uniform"), "xavier_u"),
    **dict.fromkeys(("trunc_normal", "truncated_normal"), "trunc"),
    "zero": "zeros",
    "one": "ones",
}
"""What initialisations are called elsewhere."""


def fitting(kind: Kind, value: Value, text: str) -> str | None:
    """What to write for a value that its kind refuses, as the language writes it; None where that
    is anyone's guess. `text` is what was written."""
    if isinstance(kind, Optional):
        return fitting(kind.kind, value, text)
    if isinstance(value, Word) and value.lower() in _SWITCHES:
        return _SWITCHES[value.lower()]
    if _takes(kind, True) and type(value) is int and value in (0, 1):
        return "yes" if value else "no"
    if isinstance(kind, OneOf):
        meant = _ELSEWHERE.get(str(value).lower(), "")
        return nearest(str(value), kind.words) or (meant if meant in kind.words else None)
    if isinstance(kind, Initial) and isinstance(value, Word):
        here = _INITIAL.get(value.lower().removesuffix("_"))
        return here if here in kind.names else nearest(value, kind.names)
    if type(value) is str and value.replace(".", "", 1).isdigit():
        return value  # a number between quotes
    if isinstance(kind, Whole | PerPosition):
        return _whole(kind, value, text)
    return _within(kind, value) if isinstance(kind, Number) else None


def _takes(kind: Kind, value: Value) -> bool:
    """Whether a value is of a kind."""
    try:
        kind.read(value, None)
    except Unfit:
        return False
    return True


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
    share = kind.minimum == 0 and kind.maximum <= 1
    return f"{value / 100:g}" if share and 2 <= value <= 100 * kind.maximum else None
