"""A summary as text, Markdown, CSV and JSON."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from archc.cost.summary import Row, Shapes, Summary
from archc.cost.units import short_bytes
from archc.render import visible
from archc.shape import Shape
from archc.symbolic import Open, Size

_HEAD = ("part", "step", "output", "parameters", "MACs", "memory", "receptive field")
_EMPTY = ("",) * (len(_HEAD) - 1)
_KEYS = Row._fields[: Row._fields.index("merge")]
_LEFT = 3
"""The first columns are texts, the others numbers."""
_GAP = "  "
_NARROWEST = 10
_LONGEST = 1000
"""A table with more lines is cut."""
_BOLD, _OFF = "\033[1m", "\033[0m"


def as_text(summary: Summary, width: int | None = None, color: bool = False) -> str:
    """An aligned table with its totals. Texts are cut where the table is wider than `width`, rows
    left out in the middle where there are thousands."""
    bold, off = (_BOLD, _OFF) if color else ("", "")
    parts = _parts(summary)
    lines = [_HEAD, *(line for part in parts for line in part), _totals(summary)]
    widths = _fit([max(map(len, column)) for column in zip(*lines, strict=True)], width)
    rule = "-" * min(sum(widths) + len(_GAP) * (len(widths) - 1), width or 10**6)
    body = [[_aligned(cells, widths) for cells in part] for part in parts]
    head = f"{visible(summary.name)}: {_shapes(summary.input)} -> {_shapes(summary.output)}"
    return "\n".join(
        [
            f"{bold}{head}{off}",
            "",
            f"{bold}{_aligned(_HEAD, widths)}{off}",
            *(line for part in body for line in (rule, *part)),
            rule,
            f"{bold}{_aligned(_totals(summary), widths)}{off}",
            "",
            *_remarks(summary),
        ]
    )


def as_markdown(summary: Summary) -> str:
    """A Markdown table with its totals."""
    marks = ["---"] * _LEFT + ["---:"] * (len(_HEAD) - _LEFT)
    cells = [_HEAD, marks, *(line for part in _parts(summary) for line in part), _totals(summary)]
    table = ["| " + " | ".join(_markdown_cell(cell) for cell in row) + " |" for row in cells]
    return "\n".join([*table, "", *_remarks(summary)])


def as_csv(summary: Summary) -> str:
    """Comma-separated values with a header; plain numbers, bytes of memory, no totals."""
    import csv
    import io

    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(_KEYS)
    for row in _counted(summary):
        writer.writerow([_written(getattr(row, key)) for key in _KEYS])
    return output.getvalue().rstrip("\n")


def as_json(summary: Summary) -> dict[str, Any]:
    """The JSON format, version 1. MACs and FLOPs are those of one example in evaluation, memory is
    in bytes for the batch. The steps are the layers, and the merges that multiply."""
    train = {name: _plain(shape) for name, shape in summary.train_outputs.items()}
    return {
        "version": 1,
        "input": _dims(summary.input),
        "output": _dims(summary.output),
        **({"train_outputs": train} if train else {}),
        "parameters": summary.parameters,
        "macs": _plain(summary.macs),
        "flops": _plain(summary.flops),
        "batch": summary.batch,
        "memory": _plain(summary.memory),
        "steps": [{key: _plain(getattr(row, key)) for key in _KEYS} for row in _counted(summary)],
    }


def _counted(summary: Summary) -> Iterator[Row]:
    return (row for row in summary.rows if row.macs != 0 or not row.merge)


def _plain(value: object) -> object:
    """A value for JSON: an open size is null."""
    if isinstance(value, Shape):
        return _plain(value.dims)
    if isinstance(value, tuple):
        return [_plain(size) for size in value]
    return None if isinstance(value, Open) else value


def _dims(shapes: Shapes) -> object:
    if isinstance(shapes, Shape):
        return _plain(shapes)
    return {name: _plain(shape) for name, shape in shapes.items()}


def _written(value: object) -> object:
    if value is None or isinstance(value, bool | Open):
        return "yes" if value is True else ""
    if isinstance(value, str):
        return visible(value)
    return _by(value) if type(value) is tuple else value


def _shapes(shapes: Shapes) -> str:
    """`3x32x32`, or `image 3x32x32, meta 10` where there are several."""
    if isinstance(shapes, Shape):
        return str(shapes)
    return ", ".join(f"{name} {shape}" for name, shape in shapes.items())


def _parts(summary: Summary) -> list[list[tuple[str, ...]]]:
    """The lines of what an evaluation runs, then of what only training does."""
    parts = [_lines(summary.evaluated_rows, summary)]
    if summary.train_rows:
        title = (f"only for {', '.join(map(visible, summary.train_outputs))}, in training", *_EMPTY)
        parts.append([title, *_lines(summary.train_rows, summary)])
    return parts


def _lines(rows: Sequence[Row], summary: Summary) -> list[tuple[str, ...]]:
    """A line a row; what is in the middle of too many is left out, and said."""
    hidden = len(rows) - _LONGEST
    if hidden <= 0:
        return [_cells(row, summary) for row in rows]
    first = _LONGEST * 3 // 4
    gap = (f"… {hidden:,} more: --depth 1 folds them, --format csv lists them", *_EMPTY)
    return [
        *(_cells(row, summary) for row in rows[:first]),
        gap,
        *(_cells(row, summary) for row in rows[first + hidden :]),
    ]


def _cells(row: Row, summary: Summary) -> tuple[str, ...]:
    return (
        visible(row.path),
        visible(row.text),
        str(row.output),
        f"{row.parameters:,}" if row.parameters else "-",
        f"{row.macs:,}" if row.macs != 0 else "-",
        short_bytes(row.memory) if row.memory != 0 else "-",
        _field(row.receptive_field, summary.inputs),
    )


def _totals(summary: Summary) -> tuple[str, ...]:
    numbers = (f"{summary.parameters:,}", f"{summary.macs:,}", short_bytes(summary.memory))
    output = str(summary.output) if isinstance(summary.output, Shape) else ""
    return ("total", "", output, *numbers, "")


def _remarks(summary: Summary) -> list[str]:
    examples = "1 example" if summary.batch == 1 else f"{summary.batch:,} examples"
    weights = f"{summary.parameters:,} parameters in {short_bytes(summary.parameter_memory)}"
    work = f"{summary.macs:,} MACs an example ({summary.flops:,} FLOPs)"
    memory = f"input {short_bytes(summary.input_memory)}, results {short_bytes(summary.memory)}"
    remarks = [f"{weights}, {work}", f"in float32 for {examples}: {memory}"]
    if summary.train_rows:
        further = sum(row.parameters for row in summary.train_rows)
        macs = sum(row.macs for row in summary.train_rows)
        remarks.append(
            f"of these parameters {further:,} are for training alone, with {macs:,} further MACs"
        )
    return remarks


def _field(field: tuple[Size, ...] | None, inputs: Sequence[Shape]) -> str:
    if not field:
        return "-"
    return "all" if any(field == shape.positions for shape in inputs) else _by(field)


def _by(sizes: Iterable[Size]) -> str:
    return "x".join(map(str, sizes))


def _fit(widths: list[int], width: int | None) -> list[int]:
    """Column widths within a terminal's: steps give way first, then parts."""
    if width is None:
        return widths
    fitted = list(widths)
    for column in (1, 0):
        excess = sum(fitted) + len(_GAP) * (len(fitted) - 1) - width
        room = max(0, fitted[column] - _NARROWEST)
        fitted[column] -= min(max(0, excess), room)
    return fitted


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    texts = [
        _cut(cell, width).ljust(width) if index < _LEFT else cell.rjust(width)
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return _GAP.join(texts).rstrip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _markdown_cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
