"""Units that are drawn once with their number."""

from archc.diagram.text import by
from archc.diagram.units import Calls, Group, Stage, Unit
from archc.graph import LoopItem, RepeatItem, Window

_LONGEST = 14
"""Letters of a number that the spec computes."""


def times(units: tuple[Unit, ...], count: int | str) -> tuple[Unit, ...]:
    """Units with a number: in the only one of them, or on a frame around them."""
    unit = units[0] if len(units) == 1 else None
    if isinstance(unit, Stage) and unit.copies == 1:
        factor = count if isinstance(count, int) else 1
        costs = factor * unit.parameters, factor * unit.macs
        if unit.shared:
            costs = unit.parameters, costs[1]
        return (unit._replace(copies=count, parameters=costs[0], macs=costs[1]),)
    if isinstance(unit, Calls) and len(unit.rows) == 1 and unit.rows[0].copies == 1:
        (row,) = unit.rows
        factor = count if isinstance(count, int) else 1
        parameters = row.parameters * (1 if unit.shared else factor)
        row = row._replace(copies=count, parameters=parameters, macs=factor * row.macs)
        return (unit._replace(rows=(row,)),)
    return (Group(f"× {count}", units, copies=True),) if units else ()


def turns(item: RepeatItem | LoopItem) -> str:
    """How many turns or copies there are, in words."""
    if isinstance(item, LoopItem):
        return f"{len(item.turns)} turns"
    return f"{sum(count for _, count in item.runs)} copies"


def count_text(text: str) -> str:
    """The number in front of a repeat: `(n-1)` of `(n-1) * unit`."""
    depth = 0
    for place, letter in enumerate(text[: _LONGEST + 1]):
        depth += (letter == "(") - (letter == ")")
        if letter == "*" and not depth:
            return text[:place].strip()
    return "…"


def window_title(window: Window) -> str:
    """`windows 7×7, shifted`."""
    words = [f"windows {by(window.sides)}"]
    if window.masked:
        words.append("shifted")
    if window.grid:
        words.append("spread evenly")
    return ", ".join(words)
