"""Numbers as people read them."""

from math import inf

from archc.symbolic import Open, Size


def short_count(number: int) -> str:
    """Three digits and k, M, G or T for powers of a thousand: `62.0 k`; exact below 1000."""
    return _scaled(number, 1000, ("", "k", "M", "G", "T"))


def short_bytes(number: Size) -> str:
    """Three digits and KiB, MiB, ... for powers of 1024: `12.0 KiB`; exact below 1024; `?` where
    the number is open."""
    if isinstance(number, Open):
        return str(number)
    return _scaled(number, 1024, ("B", "KiB", "MiB", "GiB", "TiB"))


def _scaled(number: int, base: int, units: tuple[str, ...]) -> str:
    if number < base:
        return f"{number} {units[0]}".rstrip()
    # 999.6 would be written as 1000: half a unit of the last digit goes on to the next unit.
    value, rank = (number / base if number < 10**300 else inf), 1
    while value >= base - 0.5 and rank < len(units) - 1:
        value, rank = value / base, rank + 1
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:,.{digits}f} {units[rank]}"
