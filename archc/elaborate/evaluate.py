"""Expressions to values, with Python's arithmetic and bounds on everything that can grow."""

import math
import operator
from collections.abc import Callable, Iterable
from typing import Any

from archc.elaborate.faults import Fault, Parts, Unknown
from archc.elaborate.functions import FUNCTIONS, MAX_LENGTH, OPERATORS, TAKES, size_of
from archc.elaborate.names import UNKNOWN, Later, Names
from archc.elaborate.operands import (
    apply,
    bounded,
    known_names,
    list_of_values,
    number,
    number_range,
    too_long,
    whole_number,
)
from archc.errors import names as errors
from archc.errors.composition import unknown_value
from archc.errors.shapes import open_size
from archc.errors.syntax import number_too_large
from archc.layers.initial import INITIALISATIONS
from archc.layers.values import OPEN, Init, Ref, Value, Word, written
from archc.source import Span
from archc.symbolic import Open, differ
from archc.syntax import tree as t
from archc.tuples import NamedTuple


class Evaluated(NamedTuple):
    """Stands where an expression does, for a value that is known already. `others` are names that
    might have been meant where it was given."""

    span: Span
    value: Value
    others: tuple[str, ...] = ()


def evaluate(expr: t.Expr, names: Names) -> Value:
    """The value of an expression. A name without a value stands for itself, as a Word.

    Raises Fault, Unknown and Exhausted.
    """
    names.work.compute(1, expr.span)
    return _RULES[type(expr)](expr, names)


def _known(expr: Evaluated | t.Literal, names: Names) -> Value:
    return expr.value


def _shape(expr: t.Size, names: Names) -> Value:
    return tuple(OPEN if size is None else size for size in expr.dims)


def _open(expr: t.Open, names: Names) -> Value:
    return OPEN


def _name(expr: t.Name, names: Names) -> Value:
    if expr.name not in names:
        if expr.name in t.SIZES:
            what = names.get("", Word("another value"))
            raise Fault(
                errors.size_not_there(expr.span, expr.name, str(what), known_names(expr, names))
            )
        return Word(expr.name)
    value = names[expr.name]
    if isinstance(value, Later):
        if value not in names.work.settled:
            raise Fault(errors.read_too_early(expr.span, value.let.name.span))
        value = names.work.settled[value]
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
    if expr.operator == "not":
        return not truth(expr.operand.span, evaluate(expr.operand, names))
    return apply(
        expr.span, operator.neg, number(expr.operand, evaluate(expr.operand, names), names)
    )


def _binary(expr: t.Binary, names: Names) -> Value:
    if expr.operator in ("and", "or"):
        left = evaluate(expr.left, names)
        taken = truth(expr.left.span, left) == (expr.operator == "and")
        return evaluate(expr.right, names) if taken else left
    equality = expr.operator in ("==", "!=")
    sides = Parts()
    for side in (expr.left, expr.right):
        # In place, since a text may nest these 200 deep.
        try:
            value = evaluate(side, names)
            sides.values.append(value if equality else number(side, value, names))
        except (Fault, Unknown) as missing:
            sides.lacks(missing)
    first, second = sides.all()
    if equality:
        names.work.compute(min(size_of(first), size_of(second)), expr.span)
        return _equal(expr.span, first, second) == (expr.operator == "==")
    if expr.operator == "..":
        return number_range(expr.span, first, second, names)
    if expr.operator == "**" and _too_large(first, second):
        raise Fault(number_too_large(expr.span))
    return apply(expr.span, OPERATORS[expr.operator], first, second)


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
    return bool(apply(span, bool, value))


def _equal(span: Span, left: Value, right: Value) -> bool:
    if left != right and not differ(left, right):
        raise Fault(open_size(span, "on both sides"))
    return left == right


def _index(expr: t.Index, names: Names) -> Value:
    listed = expr.value
    short = isinstance(listed, t.Name) and listed.name in errors.SHORT and listed.name not in names
    if short and isinstance(expr.place, t.Literal):
        raise Fault(errors.short_in_brackets(expr.span))
    items, place = (
        list_of_values(expr.value, evaluate(expr.value, names)),
        whole_number(expr.place, evaluate(expr.place, names), names),
    )
    if not -len(items) <= place < len(items):
        wanted = f"a place from 0 to {len(items) - 1}" if items else "a list that is not empty"
        last = f"places count from 0: the last one is {len(items) - 1}" if items else None
        raise Fault(errors.not_computable(expr.place.span, wanted, str(place), last))
    return items[place]


def _slice(expr: t.Slice, names: Names) -> Value:
    items = list_of_values(expr.value, evaluate(expr.value, names))
    start, stop, step = (
        None if e is None else whole_number(e, evaluate(e, names), names)
        for e in (expr.start, expr.stop, expr.step)
    )
    if expr.step is not None and step == 0:
        raise Fault(errors.not_computable(expr.step.span, "a step of at least 1 or below 0", "0"))
    names.work.compute(len(items), expr.span)
    return items[start:stop:step]


def _list_of(expr: t.ListOf, names: Names) -> Value:
    cells = iter(_each((cell for row in expr.rows for cell in row), names))
    rows = tuple(tuple(next(cells) for _ in row) for row in expr.rows)
    if not expr.table:
        return bounded(expr.span, rows[0] if rows else (), names)
    for row, texts in zip(rows, expr.rows, strict=True):
        if len(row) != len(rows[0]):
            place = texts[0].span.to(texts[-1].span)
            raise Fault(errors.ragged_table(place, len(rows[0]), len(row)))
    return bounded(expr.span, rows, names)


def _comprehension(expr: t.Comprehension, names: Names) -> Value:
    elements: list[Value] = []
    cells = 0
    for row in list_of_values(expr.rows, evaluate(expr.rows, names)):
        bound = names.bind(bind_names(expr.names, row, expr.rows.span))
        elements.append(evaluate(expr.element, bound))
        cells += size_of(elements[-1])
        if cells > MAX_LENGTH:
            raise Fault(too_long(expr.span))
    names.work.compute(cells, expr.span)
    return tuple(elements)


def bind_names(names: tuple[t.Name, ...], row: Value, span: Span) -> dict[str, Value]:
    """Loop variables for one row: one name takes it whole, several take its cells. Raises Fault."""
    if len(names) == 1:
        return {names[0].name: row}
    cells = row if type(row) is tuple else (row,)
    if len(cells) != len(names):
        found = f"one of {len(cells)}" if type(row) is tuple else f"`{written(row)}` alone"
        raise Fault(errors.not_computable(span, f"rows of {len(names)} cells", found))
    return {name.name: cell for name, cell in zip(names, cells, strict=True)}


def _call(expr: t.Apply, names: Names) -> Value:
    function = FUNCTIONS.get(expr.name)
    values = tuple(_each((a.value for a in expr.arguments if a.form == "place"), names))
    keywords = tuple(
        (a.name or "", evaluate(a.value, names)) for a in expr.arguments if a.form == "key"
    )
    if function is None:
        if expr.name in INITIALISATIONS:
            return Init(expr.name, values, keywords)
        place = expr.span._replace(end=expr.span.start + len(expr.name))
        raise Fault(errors.unknown_function(place, (*FUNCTIONS, *INITIALISATIONS)))
    if keywords:
        wanted = f"values by place for `{expr.name}`"
        raise Fault(errors.not_computable(expr.span, wanted, f"`{keywords[0][0]}=`"))
    unknown = [
        argument.value
        for argument, value in zip(expr.arguments, values, strict=True)
        if isinstance(value, Word) and isinstance(argument.value, t.Name)
    ]
    if unknown:
        known = known_names(expr, names)
        raise Fault(
            *(
                errors.unknown_name(n.span, n.name, known, names.work.declared(n.name))
                for n in unknown
            )
        )
    # What a function gives is no longer than what it gets.
    bounded(expr.span, values, names)
    takes = f"`{expr.name}` of {TAKES[expr.name]}"
    return bounded(expr.span, apply(expr.span, function, *values, takes=takes), names)


def _each(exprs: Iterable[t.Expr], names: Names) -> list[Any]:
    """The values of several expressions. Raises Fault, Unknown."""
    parts = Parts()
    for expr in exprs:
        try:
            parts.values.append(evaluate(expr, names))
        except (Fault, Unknown) as missing:
            parts.lacks(missing)
    return parts.all()


_RULES: dict[type, Callable[[Any, Names], Value]] = {
    Evaluated: _known,
    t.Literal: _known,
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
