"""Tables in columns: numbers to the right, everything else to the left."""

import re
from collections.abc import Sequence

from archc.syntax.format.nodes import Item, Leaf, flat_parts

_NUMBER = re.compile(r"-?[\d.][\w.]*")


def align(rows: Sequence[Item], width: int) -> Sequence[Item]:
    """The rows with their cells padded, if all rows have as many cells and fit into the width."""
    tables = [_cells(row) for row in rows]
    cells = [row for row in tables if row is not None]
    if len(cells) < len(rows) or len({len(row) for row in cells}) != 1 or len(rows) == 1:
        return rows
    padded = zip(*(_column(column) for column in zip(*cells, strict=True)), strict=True)
    texts = [" ".join(row) for row in padded]
    if len(texts[0]) > width:
        return rows
    aligned: list[Item] = []
    missing = 0
    for row, text in zip(rows, texts, strict=True):
        shown = text.rstrip()
        separator = row.separator
        if aligned:
            # The `;` stands behind the last cell, the next row begins in its column.
            separator = separator._replace(flat=separator.flat + " " * missing)
        missing = len(text) - len(shown)
        aligned.append(Item(separator, row.gap, (Leaf("", shown),), shown))
    return aligned


def _cells(row: Item) -> list[str] | None:
    """The texts of a row's cells; None where one does not stay on its line."""
    if row.flat is None:
        return None
    starts = [n for n, part in enumerate(row.parts) if not n or part.lead]
    ends = [*starts[1:], len(row.parts)]
    return [flat_parts(row.parts[a:b]) or "" for a, b in zip(starts, ends, strict=True)]


def _column(cells: Sequence[str]) -> list[str]:
    width = max(map(len, cells))
    numbers = all(_NUMBER.fullmatch(cell) for cell in cells)
    return [cell.rjust(width) if numbers else cell.ljust(width) for cell in cells]
