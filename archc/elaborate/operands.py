"""What operators and functions take and give: values of the right kind, within bounds."""

from collections.abc import Callable
from typing import Any

from archc.diagnostic import Diagnostic
from archc.elaborate.faults import Fault
from archc.elaborate.functions import MAX_LENGTH, size_of
from archc.elaborate.names import Names
from archc.errors import names as errors
from archc.errors.shapes import open_size
from archc.errors.syntax import number_too_large
from archc.layers.values import Value, Word, kind_of, written
from archc.source import Span
from archc.symbolic import Open, Undecided
from archc.syntax import tree as t

MAX_NUMBER = 2**53
_DIVISOR = "`max(1, ...)` keeps a divisor from being 0"
_WHOLE = "`//`, `round`, `ceil`, `floor` and `int` give whole numbers"


def apply(
    span: Span, function: Callable[..., Any], *values: Any, takes: str = "other values"
) -> Value:
    """A function's value, with Python's own refusals as faults and numbers kept in bounds."""
    try:
        result: Value = function(*values)
    except ZeroDivisionError:
        raise Fault(errors.not_computable(span, "a divisor other than 0", "0", _DIVISOR)) from None
    except OverflowError:
        raise Fault(number_too_large(span)) from None
    except Undecided:
        raise Fault(open_size(span, "here")) from None
    except (TypeError, ValueError):
        found = " and ".join(map(kind_of, values)) or "nothing"
        raise Fault(errors.not_computable(span, takes, found)) from None
    if isinstance(result, complex):
        raise Fault(errors.not_computable(span, "a real number", "a complex one"))
    if isinstance(result, int | float) and not -MAX_NUMBER <= result <= MAX_NUMBER:
        raise Fault(number_too_large(span))
    return result


def number(expr: t.Expr, value: Value, names: Names) -> Any:
    if isinstance(value, Word) and isinstance(expr, t.Name):
        known, elsewhere = known_names(expr, names), names.work.declared(expr.name)
        raise Fault(errors.unknown_name(expr.span, expr.name, known, elsewhere))
    if type(value) is tuple:
        advice = "`[2*x for x in list]` computes with each of a list"
        raise Fault(errors.not_computable(expr.span, "a number", kind_of(value), advice))
    if not isinstance(value, int | float | Open):
        raise Fault(errors.not_computable(expr.span, "a number", kind_of(value)))
    return value


def known_names(expr: t.Expr, names: Names) -> tuple[str, ...]:
    known = names.known()
    names.work.compute(len(known), expr.span)
    return known


def whole_number(expr: t.Expr, value: Value, names: Names) -> int:
    value = number(expr, value, names)
    if isinstance(value, Open):
        raise Fault(open_size(expr.span, "here"))
    if not isinstance(value, int):
        raise Fault(errors.not_computable(expr.span, "a whole number", kind_of(value), _WHOLE))
    return value


def list_of_values(expr: t.Expr, value: Value) -> tuple[Value, ...]:
    if type(value) is not tuple:
        advice = "a list stands in square brackets: `[1 2 3]`"
        raise Fault(errors.not_computable(expr.span, "a list", kind_of(value), advice))
    return value


def number_range(span: Span, start: Any, stop: Any, names: Names) -> Value:
    if isinstance(start, Open) or isinstance(stop, Open):
        raise Fault(open_size(span, "on both sides"))
    if not (isinstance(start, int) and isinstance(stop, int)):
        found = f"`{written(start)}..{written(stop)}`"
        raise Fault(errors.not_computable(span, "whole numbers around `..`", found, _WHOLE))
    if stop - start > MAX_LENGTH:
        raise Fault(too_long(span))
    names.work.compute(max(0, stop - start), span)
    return tuple(range(start, stop))


def bounded(span: Span, value: Value, names: Names) -> Value:
    """A value that is no list of more cells than are allowed, with those in inner lists."""
    size = size_of(value)
    names.work.compute(size, span)
    if size > MAX_LENGTH:
        raise Fault(too_long(span))
    return value


def too_long(span: Span) -> Diagnostic:
    return errors.not_computable(span, f"at most {MAX_LENGTH:,} values in a list", "more")
