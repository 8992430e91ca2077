"""A difference as text and JSON."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from archc.cost import Row, Summary
from archc.difference.compare import Change, Difference, Part
from archc.render import visible
from archc.shape import Shape
from archc.symbolic import Size

_SIGNS = {"removed": "-", "added": "+", "changed": "~"}
_LONGEST = 12
"""A run of more steps that came, went, or only have other shapes, is one line."""


def as_text(difference: Difference) -> str:
    """A line a step that differs, then the totals."""
    one, other = difference.before, difference.after
    lines = [f"{visible(one.name)} -> {visible(other.name)}", ""]
    rows = [
        row
        for _, run in groupby(difference.changes, lambda change: (change.kind, change.bare))
        for row in _rows(list(run))
    ]
    if rows:
        lines += [*_table(rows), ""]
    for name in difference.outputs:
        what = f"output `{visible(name)}`" if name else "result"
        lines.append(f"the {what} is that of another step")
    lines += _totals(one, other)
    if difference.renamed:
        lines.append(f"with other names: {difference.renamed} of the steps with parameters")
    return "\n".join(lines)


def as_json(difference: Difference) -> dict[str, Any]:
    """The JSON format, version 1: both totals, and the steps that differ, None where one has
    none."""
    return {
        "version": 1,
        "equal": difference.equal,
        "before": _network(difference.before),
        "after": _network(difference.after),
        "renamed": difference.renamed,
        "outputs": list(difference.outputs),
        "steps": [
            {
                "change": change.kind,
                "arguments": sorted(change.arguments),
                "rewired": change.takes is not None,
                "before": _part(change.before),
                "after": _part(change.after),
            }
            for change in difference.changes
        ],
    }


def _network(summary: Summary) -> dict[str, Any]:
    return {
        "name": summary.name,
        "input": _dims(summary.input),
        "output": _dims(summary.output),
        "parameters": summary.parameters,
        "macs": summary.macs,
    }


def _dims(shapes: Any) -> Any:
    if isinstance(shapes, Shape):
        return list(shapes.dims)
    return {name: list(shape.dims) for name, shape in shapes.items()}


def _part(part: Part | None) -> dict[str, Any] | None:
    if part is None:
        return None
    row = part.row
    return {
        "path": row.path,
        "step": row.step,
        "arguments": dict(part.arguments),
        "line": row.line,
        "input": list(row.input.dims),
        "output": list(row.output.dims),
        "parameters": row.parameters,
        "macs": row.macs,
    }


def _rows(run: Sequence[Change]) -> Iterator[tuple[str, ...]]:
    """The cells of a run of changes of one kind."""
    if len(run) <= _LONGEST or (run[0].kind == "changed" and not run[0].bare):
        yield from (_cells(change) for change in run)
        return
    first, last = (_path(change) for change in (run[0], run[-1]))
    sides = [c.before for c in run if c.before], [c.after for c in run if c.after]
    counts = (
        _arrow(*(f"{sum(count(part.row) for part in side):,}" if side else "" for side in sides))
        for count in (_parameters, _macs)
    )
    what = "steps with other shapes" if run[0].kind == "changed" else "steps"
    yield (_SIGNS[run[0].kind], f"{first} … {last}", f"{len(run)} {what}", "", *counts)


def _cells(change: Change) -> tuple[str, ...]:
    rows = [part and part.row for part in (change.before, change.after)]
    shape = _arrow(*(str(row.output) if row else "" for row in rows))
    counts = (
        _arrow(*(f"{count(row):,}" if row else "" for row in rows))
        for count in (_parameters, _macs)
    )
    return _SIGNS[change.kind], _path(change), _step(change), shape, *counts


def _parameters(row: Row) -> Size:
    return row.parameters


def _macs(row: Row) -> Size:
    return row.macs


def _path(change: Change) -> str:
    return _arrow(*(visible(p.row.path) if p else "" for p in (change.before, change.after)))


def _step(change: Change) -> str:
    """The step as written; of a changed one what differs."""
    part = change.after or change.before
    assert part is not None
    told = [f"{name}={_arrow(a, b)}" for name, (a, b) in change.arguments.items()]
    if change.takes:
        told.append(f"takes {_arrow(*change.takes)}")
    return visible(f"{part.row.step} {', '.join(told)}" if told else part.row.text)


def _arrow(before: str, after: str) -> str:
    """`a -> b`; one of them where they are equal, or where the other is missing."""
    return f"{before} -> {after}" if before and after and before != after else after or before


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    table = [("", "part", "step", "output", "parameters", "MACs"), *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in table
    ]


def _totals(one: Summary, other: Summary) -> list[str]:
    lines = [
        f"{name:12}{_arrow(_shapes(before), _shapes(after))}"
        for name, before, after in (
            ("input", one.input, other.input),
            ("output", one.output, other.output),
            ("in training", one.train_outputs, other.train_outputs),
        )
        if before or after
    ]
    for name, before, after in (
        ("parameters", one.parameters, other.parameters),
        ("MACs", one.macs, other.macs),
    ):
        change = f" ({after - before:+,})" if after != before else ""
        lines.append(f"{name:12}{_arrow(f'{before:,}', f'{after:,}')}{change}")
    return lines


def _shapes(shapes: Any) -> str:
    if isinstance(shapes, Shape):
        return str(shapes)
    return ", ".join(f"{visible(name)} {shape}" for name, shape in shapes.items()) or "none"
