"""Expressions to values, with Python's arithmetic and bounds on everything that can grow."""

import math
import operator
from collections.abc import Callable
from typing import Any

from archc.diagnostic import Diagnostic
from archc.elaborate.functions import FUNCTIONS, MAX_LENGTH, OPERATORS, size_of
from archc.elaborate.names import UNKNOWN, Names
from archc.errors import names as errors
from archc.errors.composition import unknown_value
from archc.errors.shapes import open_size
from archc.errors.syntax import number_too_large
from archc.layers.initial import INITIALISATIONS
from archc.layers.values import OPEN, Init, Ref, Value, Word
from archc.source import Span
from archc.symbolic import Open, Undecided, differ
from archc.syntax import tree as t
from archc.tuples import NamedTuple

MAX_NUMBER = 2**53


class Evaluated(NamedTuple):
    """Stands where an expression does, for a value that is known already. `others` are names that
    might have been meant where it was given."""

    span: Span
    value: Value
    others: tuple[str, ...] = ()


class Fault(Exception):
    """An expression has no value; `diagnostic` says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Unknown(Exception):
    """An expression reads what an earlier, already reported mistake made unknown."""


def evaluate(expr: t.Expr, names: Names) -> Value:
    """The value of an expression. A name without a value stands for itself, as a Word.

    Raises Fault, Unknown and Exhausted.
    """
    names.work.compute(1, expr.span)
    return _RULES[type(expr)](expr, names)


def _literal(expr: t.Literal, names: Names) -> Value:
    return expr.value


def _shape(expr: t.Size, names: Names) -> Value:
    return tuple(OPEN if size is None else size for size in expr.dims)


def _open(expr: t.Open, names: Names) -> Value:
    return OPEN


def _name(expr: t.Name, names: Names) -> Value:
    if expr.name not in names:
        if expr.name in t.SIZES:
            what = names.get("", Word("another value"))
            raise Fault(errors.size_not_there(expr.span, expr.name, str(what), _known(expr, names)))
        return Word(expr.name)
    value = names[expr.name]
    if value is UNKNOWN:
        raise Unknown
    return value


def _at(expr: t.At, names: Names) -> Value:
    value, _, size = expr.name.rpartition(".")
    if not value or size not in t.SIZES:
        return Ref(expr.name)
    try:
        found = names[f"@{expr.name}"]
    except KeyError:
        raise Fault(unknown_value(expr.span, value)) from None
    if found is UNKNOWN:
        raise Unknown
    return found


def _unary(expr: t.Unary, names: Names) -> Value:
    operand = evaluate(expr.operand, names)
    if expr.operator == "not":
        return not truth(expr.operand.span, operand)
    return _apply(expr.span, operator.neg, _number(expr.operand, operand, names))


def _binary(expr: t.Binary, names: Names) -> Value:
    left = evaluate(expr.left, names)
    if expr.operator in ("and", "or"):
        taken = truth(expr.left.span, left) == (expr.operator == "and")
        return evaluate(expr.right, names) if taken else left
    right = evaluate(expr.right, names)
    if expr.operator in ("==", "!="):
        names.work.compute(min(size_of(left), size_of(right)), expr.span)
        return _equal(expr.span, left, right) == (expr.operator == "==")
    first, second = _number(expr.left, left, names), _number(expr.right, right, names)
    if expr.operator == "..":
        return _range(expr.span, first, second, names)
    if expr.operator == "**" and _too_large(first, second):
        raise Fault(number_too_large(expr.span))
    return _apply(expr.span, OPERATORS[expr.operator], first, second)


def _too_large(base: Any, power: Any) -> bool:
    if isinstance(base, Open) or isinstance(power, Open):
        return False
    return bool(abs(power) * math.log2(abs(base) + 2) > 64)


def _ternary(expr: t.Ternary, names: Names) -> Value:
    test = truth(expr.test.span, evaluate(expr.test, names))
    return evaluate(expr.then if test else expr.otherwise, names)


def truth(span: Span, value: Value) -> bool:
    """Whether a value counts as true, as in Python. Raises Fault where an open size does not
    tell."""
    return bool(_apply(span, bool, value))


def _equal(span: Span, left: Value, right: Value) -> bool:
    if left != right and not differ(left, right):
        raise Fault(open_size(span, "on both sides"))
    return left == right


def _index(expr: t.Index, names: Names) -> Value:
    items = _list(expr.value, evaluate(expr.value, names))
    return _apply(expr.span, operator.getitem, items, _whole(expr.place, names))


def _slice(expr: t.Slice, names: Names) -> Value:
    items = _list(expr.value, evaluate(expr.value, names))
    start, stop = (None if e is None else _whole(e, names) for e in (expr.start, expr.stop))
    names.work.compute(len(items), expr.span)
    return items[start:stop]


def _list_of(expr: t.ListOf, names: Names) -> Value:
    rows = tuple(tuple(evaluate(cell, names) for cell in row) for row in expr.rows)
    if not expr.table:
        return _bounded(expr.span, rows[0] if rows else (), names)
    for row, cells in zip(rows, expr.rows, strict=True):
        if len(row) != len(rows[0]):
            place = cells[0].span.to(cells[-1].span)
            raise Fault(errors.ragged_table(place, len(rows[0]), len(row)))
    return _bounded(expr.span, rows, names)


def _comprehension(expr: t.Comprehension, names: Names) -> Value:
    elements: list[Value] = []
    cells = 0
    for row in _list(expr.rows, evaluate(expr.rows, names)):
        bound = names.bind(bind_names(expr.names, row, expr.rows.span))
        elements.append(evaluate(expr.element, bound))
        cells += size_of(elements[-1])
        if cells > MAX_LENGTH:
            raise Fault(_too_long(expr.span))
    names.work.compute(cells, expr.span)
    return tuple(elements)


def bind_names(names: tuple[t.Name, ...], row: Value, span: Span) -> dict[str, Value]:
    """Loop variables for one row: one name takes it whole, several take its cells. Raises Fault."""
    if len(names) == 1:
        return {names[0].name: row}
    cells = row if type(row) is tuple else (row,)
    if len(cells) != len(names):
        why = f"with rows of {len(cells)} cells for {len(names)} names"
        raise Fault(errors.not_computable(span, why))
    return {name.name: cell for name, cell in zip(names, cells, strict=True)}


def _call(expr: t.Apply, names: Names) -> Value:
    function = FUNCTIONS.get(expr.name)
    values = tuple(evaluate(a.value, names) for a in expr.arguments if a.form == "place")
    keywords = tuple(
        (a.name or "", evaluate(a.value, names)) for a in expr.arguments if a.form == "key"
    )
    if function is None:
        if expr.name in INITIALISATIONS:
            return Init(expr.name, values, keywords)
        place = expr.span._replace(end=expr.span.start + len(expr.name))
        raise Fault(errors.unknown_function(place, (*FUNCTIONS, *INITIALISATIONS)))
    if keywords:
        raise Fault(errors.not_computable(expr.span, f"with an argument that `{expr.name}` lacks"))
    for argument, value in zip(expr.arguments, values, strict=True):
        if isinstance(value, Word) and isinstance(argument.value, t.Name):
            raise Fault(
                errors.unknown_name(argument.span, argument.value.name, _known(expr, names))
            )
    # What a function gives is no longer than what it gets.
    _bounded(expr.span, values, names)
    return _bounded(expr.span, _apply(expr.span, function, *values), names)


def _apply(span: Span, function: Callable[..., Any], *values: Any) -> Value:
    """A function's value, with Python's own refusals as faults and numbers kept in bounds."""
    try:
        result: Value = function(*values)
    except ZeroDivisionError:
        raise Fault(errors.not_computable(span, "that divides by zero")) from None
    except IndexError:
        raise Fault(errors.not_computable(span, "with an index outside of its list")) from None
    except OverflowError:
        raise Fault(number_too_large(span)) from None
    except Undecided:
        raise Fault(open_size(span, "here")) from None
    except (TypeError, ValueError):
        raise Fault(errors.not_computable(span, f"whose values do not fit `{span.text}`")) from None
    if isinstance(result, complex):
        raise Fault(errors.not_computable(span, "that is not a real number"))
    if isinstance(result, int | float) and not -MAX_NUMBER <= result <= MAX_NUMBER:
        raise Fault(number_too_large(span))
    return result


def _number(expr: t.Expr, value: Value, names: Names) -> Any:
    if isinstance(value, Word) and isinstance(expr, t.Name):
        raise Fault(errors.unknown_name(expr.span, expr.name, _known(expr, names)))
    if type(value) is tuple:
        why = "that needs a number here, not a list: `[2*x for x in list]` computes with each"
        raise Fault(errors.not_computable(expr.span, why))
    if not isinstance(value, int | float | Open):
        raise Fault(errors.not_computable(expr.span, "that needs a number here"))
    return value


def _known(expr: t.Expr, names: Names) -> tuple[str, ...]:
    known = names.known()
    names.work.compute(len(known), expr.span)
    return known


def _whole(expr: t.Expr, names: Names) -> int:
    value = _number(expr, evaluate(expr, names), names)
    if isinstance(value, Open):
        raise Fault(open_size(expr.span, "here"))
    if not isinstance(value, int):
        raise Fault(errors.not_computable(expr.span, "that needs a whole number here"))
    return value


def _list(expr: t.Expr, value: Value) -> tuple[Value, ...]:
    if type(value) is not tuple:
        raise Fault(errors.not_computable(expr.span, "that needs a list here"))
    return value


def _range(span: Span, start: Any, stop: Any, names: Names) -> Value:
    if isinstance(start, Open) or isinstance(stop, Open):
        raise Fault(open_size(span, "on both sides"))
    if not (isinstance(start, int) and isinstance(stop, int)):
        raise Fault(errors.not_computable(span, "that needs whole numbers around `..`"))
    if stop - start > MAX_LENGTH:
        raise Fault(_too_long(span))
    names.work.compute(max(0, stop - start), span)
    return tuple(range(start, stop))


def _bounded(span: Span, value: Value, names: Names) -> Value:
    """A value that is no list of more cells than are allowed, with those in inner lists."""
    size = size_of(value)
    names.work.compute(size, span)
    if size > MAX_LENGTH:
        raise Fault(_too_long(span))
    return value


def _too_long(span: Span) -> Diagnostic:
    return errors.not_computable(span, f"of more than {MAX_LENGTH:,} values")


_RULES: dict[type, Callable[[Any, Names], Value]] = {
    t.Literal: _literal,
    t.Size: _shape,
    t.Open: _open,
    t.Name: _name,
    t.At: _at,
    t.Unary: _unary,
    t.Binary: _binary,
    t.Ternary: _ternary,
    t.Index: _index,
    t.Slice: _slice,
    t.ListOf: _list_of,
    t.Comprehension: _comprehension,
    t.Apply: _call,
}
