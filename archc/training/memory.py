"""How much memory there is, what would not fit, and that what was taken is kept."""

import ctypes
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from archc.processes import on_this_machine
from archc.training.problem import RunError

LIMIT = "ARCHC_MEMORY"
"""The variable that bounds what is taken to be free: bytes, or `4GB`."""

_UNITS = ("bytes", "kB", "MB", "GB")

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Numbers of glibc's malloc.h."""
_LARGEST = (2**30, 2**25)
"""Bytes of the largest blocks that are kept; older versions of glibc refuse the first one."""


def keep_freed() -> None:
    """Lets this process keep the memory that a step of a training frees, for the next one.

    By its own measure glibc gives large blocks back to the system; they then come again page by
    page, in some runs thousands a step, which took a third of the time. Other C libraries stay as
    they are.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None and any(mallopt(_MMAP_THRESHOLD, size) for size in _LARGEST):
        mallopt(_TRIM_THRESHOLD, 2**31 - 1)


def available() -> int | None:
    """Bytes of memory that this process can still take: of the machine, of its control group (a
    container's limit), and as ARCHC_MEMORY says. None where the system does not say. Raises
    RunError where that variable is no number of bytes."""
    return min(_limits(), default=None)


def room(used: int) -> int | None:
    """Bytes that data may take in memory where a step takes `used`: half of what is left, since it
    is copied where a part is held back, divided among the processes of this machine."""
    there = available()
    return None if there is None else max(0, there - used) // 2 // on_this_machine()


def of_group(root: Path = Path("/")) -> Iterator[int]:
    """What the control group (version 2) has left, files that it can forget included."""
    for line in (root / "proc/self/cgroup").read_text().splitlines():
        number, _, path = line.split(":", 2)
        folder = root / "sys/fs/cgroup" / path.lstrip("/")
        most = folder / "memory.max"
        if number == "0" and most.exists() and (text := most.read_text().strip()) != "max":
            stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
            taken = int((folder / "memory.current").read_text()) - int(stat["inactive_file"])
            yield max(0, int(text) - taken)


def _limits() -> Iterator[int]:
    said = os.environ.get(LIMIT)
    if said is not None:
        yield _read_size(said)
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            yield from (
                int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable:")
            )
        yield from of_group()
        return
    except OSError:
        pass
    try:
        yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return


def _read_size(text: str) -> int:
    for power, unit in enumerate(_UNITS):
        number = text.strip().removesuffix(unit)
        if number.strip().replace(".", "", 1).isdigit():
            return int(float(number) * 1000**power)
    raise RunError(f"expected bytes, or such as 4GB, in the variable {LIMIT}, got {text!r}")


def size(count: float) -> str:
    """Bytes in words: `1.5 GB`."""
    for unit in _UNITS:
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError
