"""The text's own expressions as Python, proven by evaluating them under every use's values."""

import math
import operator
from collections.abc import Callable, Mapping
from typing import Protocol

from archc.elaborate.functions import divisible
from archc.emit.expression import Column
from archc.emit.functions import ANY
from archc.emit.pytorch import literal
from archc.syntax import tree as t
from archc.tuples import NamedTuple


class Proven(NamedTuple):
    """A Python expression, its value in each use, and how tightly it binds."""

    text: str
    values: Column
    binding: int = 100


class Scope(Protocol):
    """What names stand for in a class's constructor."""

    def name(self, name: str) -> Proven | None:
        """A name of the text: a parameter, a `let`."""

    def size(self, name: str, sizes: Column) -> Proven | None:
        """`C`, `H` and so on, where they have these values."""


_OR, _AND, _NOT, _COMPARE, _ADD, _MULTIPLY, _UNARY, _POWER = range(1, 9)
_TERNARY = 0

_BINARY: Mapping[str, tuple[int, Callable[..., object]]] = {
    "+": (_ADD, operator.add),
    "-": (_ADD, operator.sub),
    "*": (_MULTIPLY, operator.mul),
    "/": (_MULTIPLY, operator.truediv),
    "//": (_MULTIPLY, operator.floordiv),
    "%": (_MULTIPLY, operator.mod),
    "**": (_POWER, operator.pow),
    "==": (_COMPARE, operator.eq),
    "!=": (_COMPARE, operator.ne),
    "<": (_COMPARE, operator.lt),
    "<=": (_COMPARE, operator.le),
    ">": (_COMPARE, operator.gt),
    ">=": (_COMPARE, operator.ge),
    "and": (_AND, lambda a, b: a and b),
    "or": (_OR, lambda a, b: a or b),
}

_FUNCTIONS: Mapping[str, tuple[str, Callable[..., object]]] = {
    "min": ("min", min),
    "max": ("max", max),
    "abs": ("abs", abs),
    "round": ("round", round),
    "int": ("int", int),
    "ceil": ("math.ceil", math.ceil),
    "floor": ("math.floor", math.floor),
    "sqrt": ("math.sqrt", math.sqrt),
    "log": ("math.log", math.log),
    "divisible": ("divisible", divisible),
}


class Prover:
    """Turns expressions of one place of the text to Python. `sizes` are what it reads as `C` and
    so on, one mapping a use."""

    def __init__(self, scope: Scope, sizes: tuple[Mapping[str, object], ...]) -> None:
        self.scope = scope
        self.sizes = sizes

    def prove(self, expr: t.Expr | None) -> Proven | None:
        """The expression as Python; None where it reads what a constructor does not know."""
        if isinstance(expr, t.Literal):
            return Proven(literal(expr.value), (expr.value,) * len(self.sizes))
        if isinstance(expr, t.Name):
            return self.name(expr.name)
        if isinstance(expr, t.Unary):
            return self.unary(expr)
        if isinstance(expr, t.Binary):
            return self.binary(expr)
        if isinstance(expr, t.Ternary):
            return self.ternary(expr)
        if isinstance(expr, t.Apply):
            return self.apply(expr)
        if isinstance(expr, t.ListOf):
            return self.list_of(expr)
        return None

    def list_of(self, expr: t.ListOf) -> Proven | None:
        if expr.table or len(expr.rows) != 1 or len(expr.rows[0]) < 2:
            return None
        cells = [self.prove(cell) for cell in expr.rows[0]]
        found = [cell for cell in cells if cell is not None]
        if len(found) < len(cells):
            return None
        values = applied(lambda *row: row, *(cell.values for cell in found))
        return _proven(f"({', '.join(cell.text for cell in found)})", values)

    def name(self, name: str) -> Proven | None:
        if any(name in sizes for sizes in self.sizes):
            return self.scope.size(name, tuple(sizes.get(name, ANY) for sizes in self.sizes))
        return self.scope.name(name)

    def unary(self, expr: t.Unary) -> Proven | None:
        operand = self.prove(expr.operand)
        if operand is None:
            return None
        if expr.operator == "not":
            values = applied(operator.not_, operand.values)
            return _proven(f"not {_inside(operand, _NOT)}", values, _NOT)
        values = applied(operator.neg, operand.values)
        return _proven(f"-{_inside(operand, _UNARY)}", values, _UNARY)

    def binary(self, expr: t.Binary) -> Proven | None:
        if expr.operator not in _BINARY:
            return None
        left, right = self.prove(expr.left), self.prove(expr.right)
        if left is None or right is None:
            return None
        binding, function = _BINARY[expr.operator]
        values = applied(function, left.values, right.values)
        # Comparisons do not chain; powers group from the right.
        strict = binding in (_COMPARE, _POWER)
        first = _inside(left, binding + strict)
        second = _inside(right, binding + (binding != _POWER))
        return _proven(f"{first} {expr.operator} {second}", values, binding)

    def ternary(self, expr: t.Ternary) -> Proven | None:
        then, test, otherwise = map(self.prove, (expr.then, expr.test, expr.otherwise))
        if then is None or test is None or otherwise is None:
            return None
        values = applied(lambda a, b, c: a if b else c, then.values, test.values, otherwise.values)
        parts = _inside(then, _OR), _inside(test, _OR), _inside(otherwise, _TERNARY)
        return _proven("{} if {} else {}".format(*parts), values, _TERNARY)

    def apply(self, expr: t.Apply) -> Proven | None:
        if expr.name not in _FUNCTIONS or any(a.name for a in expr.arguments):
            return None
        arguments = [self.prove(argument.value) for argument in expr.arguments]
        found = [argument for argument in arguments if argument is not None]
        if len(found) < len(arguments) or not found:
            return None
        name, function = _FUNCTIONS[expr.name]
        values = applied(function, *(argument.values for argument in found))
        return _proven(f"{name}({', '.join(a.text for a in found)})", values)


def _proven(text: str, values: Column | None, binding: int = 100) -> Proven | None:
    return None if values is None else Proven(text, values, binding)


def applied(function: Callable[..., object], *columns: Column) -> Column | None:
    """A function of columns, use by use; None where it fails."""
    try:
        return tuple(ANY if ANY in row else function(*row) for row in zip(*columns, strict=True))
    except (ArithmeticError, TypeError, ValueError):
        return None


def agree(a: Column, b: Column) -> bool:
    """Whether columns are equal wherever both have values, and say something at all."""
    pairs = [(x, y) for x, y in zip(a, b, strict=True) if x is not ANY and y is not ANY]
    return bool(pairs) and all(same(x, y) for x, y in pairs)


def covers(a: Column, b: Column) -> bool:
    """Whether a column has values wherever another one has."""
    return all(x is not ANY or y is ANY for x, y in zip(a, b, strict=True))


def same(a: object, b: object) -> bool:
    """Equal and of one type: `1` is no `True`."""
    return type(a) is type(b) and a == b


def constant(column: Column) -> bool:
    """Whether all uses have one value."""
    known = [value for value in column if value is not ANY]
    return all(same(value, known[0]) for value in known)


def _inside(proven: Proven, binding: int) -> str:
    return proven.text if proven.binding >= binding else f"({proven.text})"
