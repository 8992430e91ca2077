"""How much memory there is, and what would not fit."""

import os

from archc.training.problem import RunError


def available() -> int | None:
    """Bytes of memory that programs can still take; None where the system does not say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def refuse_more_than_fits(needed: int, what: str) -> None:
    """Raises RunError where something takes more bytes than there are."""
    there = available()
    if there is not None and needed > there:
        raise RunError(f"{what} takes {size(needed)} of memory, and there are {size(there)}")


def size(count: float) -> str:
    """Bytes in words: `1.5 GB`."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError
