"""How often a training saves: a text such as `500steps` or `5min`."""

import re

from archc.tuples import NamedTuple

_UNITS = {"": 1, "s": 1, "min": 60, "h": 3600}


class Every(NamedTuple):
    """So many steps of the optimizer, or where they are None so many seconds."""

    seconds: float = 0.0
    steps: int | None = None


def read_every(text: str) -> Every:
    """Reads `500steps`, `30s`, `5min`, `1h` or `30`, which are seconds. Raises ValueError, with the
    message, for anything else."""
    match = re.fullmatch(r"([1-9]\d*)\s*steps?|(\d+(?:\.\d*)?|\.\d+)\s*(s|min|h|)", text.strip())
    if match is None:
        raise ValueError(f"expected steps or a time, 500steps, 30s, 5min or 1h, got {text!r}")
    if match[1]:
        return Every(steps=int(match[1]))
    return Every(float(match[2]) * _UNITS[match[3]])
