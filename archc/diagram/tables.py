"""Units that follow each other, put together."""

from collections.abc import Iterable
from itertools import groupby

from archc.diagram.units import Calls, Row, Stage, Unit

MAX_ROWS = 8
"""Longer tables of calls are shortened."""


def joined_calls(found: Iterable[Unit], whole: bool) -> tuple[Unit, ...]:
    """Equal stages and equal calls in sequence as one with their number; in the network itself also
    different calls of one block, where their results have positions of one size."""
    units: list[Unit] = []
    for unit, group in groupby(found):
        same = list(group)
        if isinstance(unit, Stage) and unit.copies == 1 and len(same) > 1:
            count = len(same)
            units.append(
                unit._replace(
                    copies=count, parameters=count * unit.parameters, macs=count * unit.macs
                )
            )
        else:
            for one in same:
                _add(units, one, whole)
    return tuple(_shortened(unit) if isinstance(unit, Calls) else unit for unit in units)


def _add(units: list[Unit], unit: Unit, whole: bool) -> None:
    last = units[-1] if units else None
    if isinstance(last, Calls) and isinstance(unit, Calls) and _fit(last, unit):
        rows = list(last.rows)
        for row in unit.rows:
            if _equal(rows[-1], row):
                rows[-1] = _sum(rows[-1], row)
            else:
                rows.append(row)
        if whole or len(rows) == 1:
            units[-1] = last._replace(rows=tuple(rows), part="")
            return
    units.append(unit)


def _fit(last: Calls, unit: Calls) -> bool:
    alike = (last.title, last.shared, last.holder) == (unit.title, unit.shared, "")
    return (
        alike
        and not last.reads
        and not unit.reads
        and last.rows[-1].keys[0][0] == unit.rows[0].keys[0][0]
        and last.output.positions == unit.output.positions
    )


def _equal(one: Row, other: Row) -> bool:
    counted = isinstance(one.copies, int) and isinstance(other.copies, int)
    return counted and (one.keys, one.arguments) == (other.keys, other.arguments)


def _sum(one: Row, other: Row) -> Row:
    assert isinstance(one.copies, int)
    assert isinstance(other.copies, int)
    return one._replace(
        output=other.output,
        parameters=one.parameters + other.parameters,
        macs=one.macs + other.macs,
        copies=one.copies + other.copies,
    )


def _shortened(calls: Calls) -> Calls:
    """A table of few enough rows: neighbours of one structure share a row without the arguments in
    which they differ, then neighbours of any."""
    for alike in (lambda row: row.keys, lambda row: None):
        if len(calls.rows) <= MAX_ROWS:
            break
        rows = [_one(list(group)) for _, group in groupby(calls.rows, alike)]
        calls = calls._replace(rows=tuple(rows))
    return calls


def _one(rows: list[Row]) -> Row:
    row = rows[0]
    for other in rows[1:]:
        same = dict(row.arguments.items() & other.arguments.items())
        arguments = {name: same.get(name, "…") for name in row.arguments}
        keys = tuple(dict.fromkeys((*row.keys, *other.keys)))
        if isinstance(row.copies, int) and isinstance(other.copies, int):
            row = _sum(row, other)._replace(arguments=arguments, keys=keys)
    return row
