"""Python names for a spec's names."""

import builtins
import re
from keyword import iskeyword

# What the module's text uses itself.
RESERVED = frozenset({"x", "y", "z", "u", "v", "self", "nn", "torch", "F", "super", "range"})


def identifier(name: str, taken: frozenset[str] = frozenset()) -> str:
    """The spec's name where it is free in Python, else with `_` behind."""
    free = not iskeyword(name) and not hasattr(builtins, name) and name not in taken
    return name if free else name + "_"


def class_name(name: str) -> str:
    """A Python class's name for a network's or block's: `resnet50` is `Resnet50`."""
    words = re.findall(r"[A-Za-z0-9]+", name.encode("ascii", "ignore").decode())
    camel = "".join(word[0].upper() + word[1:] for word in words)
    if not camel or camel[0].isdigit():
        camel = "Net" + camel
    return camel + "_" if iskeyword(camel) or camel in ("F", "nn", "torch") else camel
