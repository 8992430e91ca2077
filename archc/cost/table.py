"""A summary as text, Markdown, CSV and JSON."""

from collections.abc import Iterable, Sequence
from typing import Any

from archc.cost.summary import Row, Summary
from archc.cost.units import short_bytes
from archc.render import visible
from archc.shape import Shape

_HEAD = ("part", "step", "output", "parameters", "MACs", "memory", "receptive field")
_LEFT = 3
"""The first columns are texts, the others numbers."""
_GAP = "  "
_NARROWEST = 10
_BOLD, _OFF = "\033[1m", "\033[0m"


def as_text(summary: Summary, width: int | None = None, color: bool = False) -> str:
    """An aligned table with its totals. Texts are cut where the table is wider than `width`."""
    bold, off = (_BOLD, _OFF) if color else ("", "")
    lines = [_HEAD, *_cells(summary), _totals(summary)]
    widths = _fit([max(map(len, column)) for column in zip(*lines, strict=True)], width)
    rows = [_aligned(cells, widths) for cells in lines]
    rule = "-" * min(sum(widths) + len(_GAP) * (len(widths) - 1), width or 10**6)
    head = f"{visible(summary.name)}: {summary.input} -> {summary.output}"
    return "\n".join(
        [
            f"{bold}{head}{off}",
            "",
            f"{bold}{rows[0]}{off}",
            rule,
            *rows[1:-1],
            rule,
            f"{bold}{rows[-1]}{off}",
            "",
            *_remarks(summary),
        ]
    )


def as_markdown(summary: Summary) -> str:
    """A Markdown table with its totals."""
    marks = ["---"] * _LEFT + ["---:"] * (len(_HEAD) - _LEFT)
    cells = [_HEAD, marks, *_cells(summary), _totals(summary)]
    table = ["| " + " | ".join(_markdown_cell(cell) for cell in row) + " |" for row in cells]
    return "\n".join([*table, "", *_remarks(summary)])


def as_csv(summary: Summary) -> str:
    """Comma-separated values with a header; plain numbers, bytes of memory, no totals."""
    import csv
    import io

    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow([*Row._fields])
    for row in summary.rows:
        seen = "" if row.receptive_field is None else _by(row.receptive_field)
        writer.writerow([*row._replace(text=visible(row.text))[:-1], seen])
    return output.getvalue().rstrip("\n")


def as_json(summary: Summary) -> dict[str, Any]:
    """The JSON format, version 1. MACs and FLOPs are those of one example, memory is in bytes for
    the batch."""
    return {
        "version": 1,
        "input": list(summary.input.dims),
        "output": list(summary.output.dims),
        "parameters": summary.parameters,
        "macs": summary.macs,
        "flops": summary.flops,
        "batch": summary.batch,
        "memory": summary.memory,
        "steps": [
            {name: _plain(value) for name, value in row._asdict().items()} for row in summary.rows
        ],
    }


def _plain(value: object) -> object:
    return list(value.dims) if isinstance(value, Shape) else value


def _cells(summary: Summary) -> list[tuple[str, ...]]:
    return [
        (
            visible(row.path),
            visible(row.text),
            str(row.output),
            f"{row.parameters:,}" if row.parameters else "-",
            f"{row.macs:,}" if row.macs else "-",
            short_bytes(row.memory) if row.memory else "-",
            _field(row.receptive_field, summary.input),
        )
        for row in summary.rows
    ]


def _totals(summary: Summary) -> tuple[str, ...]:
    numbers = (f"{summary.parameters:,}", f"{summary.macs:,}", short_bytes(summary.memory))
    return ("total", "", str(summary.output), *numbers, "")


def _remarks(summary: Summary) -> list[str]:
    examples = "1 example" if summary.batch == 1 else f"{summary.batch:,} examples"
    weights = f"{summary.parameters:,} parameters in {short_bytes(summary.parameter_memory)}"
    work = f"{summary.macs:,} MACs an example ({summary.flops:,} FLOPs)"
    memory = f"input {short_bytes(summary.input_memory)}, results {short_bytes(summary.memory)}"
    return [f"{weights}, {work}", f"in float32 for {examples}: {memory}"]


def _field(field: tuple[int, ...] | None, entry: Shape) -> str:
    if not field:
        return "-"
    return "all" if field == entry.positions else _by(field)


def _by(sizes: Iterable[int]) -> str:
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
