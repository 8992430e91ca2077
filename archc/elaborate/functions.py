"""The functions and operators of expressions, and how large a list may be."""

import math
import operator
from collections.abc import Callable
from typing import Any

from archc.layers.values import Value

MAX_LENGTH = 100_000
"""The cells of a list, those of inner lists too."""


def size_of(value: Value) -> int:
    """The cells of a list, those of inner lists too, counted up to a few more than are allowed; 1
    for anything else."""
    if type(value) is not tuple:
        return 1
    cells = 1
    for cell in value:
        cells += size_of(cell)
        if cells > MAX_LENGTH:
            break
    return cells


def _zip(*lists: tuple[Value, ...]) -> Value:
    """Rows of lists; rows of tables come flat."""
    rows = zip(*(_rows(values) for values in lists), strict=True)
    return tuple(tuple(cell for part in row for cell in part) for row in rows)


def _enum(values: tuple[Value, ...]) -> Value:
    return tuple((index, *row) for index, row in enumerate(_rows(values)))


def _rows(values: tuple[Value, ...]) -> list[tuple[Value, ...]]:
    return [value if type(value) is tuple else (value,) for value in values]


def _range_function(*bounds: int) -> Value:
    numbers = range(*bounds)
    if len(numbers) > MAX_LENGTH:
        raise OverflowError
    return tuple(numbers)


def divisible(value: float, divisor: int) -> int:
    """A channel count rounded to a multiple of `divisor`, never down by more than a tenth
    (the rule of MobileNet's authors, as torchvision applies it)."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "sum": sum,
    "len": len,
    "round": round,
    "ceil": math.ceil,
    "floor": math.floor,
    "int": int,
    "sqrt": math.sqrt,
    "log": math.log,
    "range": _range_function,
    "zip": _zip,
    "enum": _enum,
    "divisible": divisible,
}

TAKES = {
    "min": "numbers or a list of numbers",
    "max": "numbers or a list of numbers",
    "abs": "a number",
    "sum": "a list of numbers",
    "len": "a list",
    "round": "a number",
    "ceil": "a number",
    "floor": "a number",
    "int": "a number",
    "sqrt": "a number of at least 0",
    "log": "a number above 0",
    "range": "whole numbers: (end), (start, end) or (start, end, step)",
    "zip": "lists of one length",
    "enum": "a list",
    "divisible": "a number and a divisor",
}
"""What each function takes, in words."""

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
