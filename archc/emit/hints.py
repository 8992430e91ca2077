"""Names for numbers that the spec has no name for, by the argument that they stand in."""

from collections.abc import Mapping

_NAMES: Mapping[str, str] = {
    "C": "in_channels",
    "c": "channels",
    "k": "kernel_size",
    "s": "stride",
    "p": "padding",
    "d": "dilation",
    "g": "groups",
}


def hinted(hint: str) -> str:
    """The name of a number for an argument such as `k`."""
    return _NAMES.get(hint, hint or "value")
