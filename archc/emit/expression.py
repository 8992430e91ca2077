"""Constructor expressions with holes: numbers that may become arguments of a class."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from archc.emit.pytorch import WIDTH, literal
from archc.layers.base import Call
from archc.layers.initial import init_call
from archc.layers.values import Init


class Hole(NamedTuple):
    """A value, the name it would have as an argument, and the default at which it is left out."""

    value: object
    hint: str
    is_default: bool = False


class Make(NamedTuple):
    """`target(key=argument, ...)`; keys may be empty."""

    target: str
    arguments: tuple[tuple[str, "Expression"], ...]


class Sequence(NamedTuple):
    """`[a, b]`, or behind a target `target([a, b])`."""

    target: str
    items: tuple["Expression", ...]


class Keyed(NamedTuple):
    """`nn.ModuleDict({"name": a, ...})`."""

    items: tuple[tuple[str, "Expression"], ...]


class Copies(NamedTuple):
    """`target(item for _ in range(number))`."""

    target: str
    item: "Expression"
    number: Hole


class Instance(NamedTuple):
    """A block's module. What it is made with is known once all uses of its class are."""

    target: str
    region: int


Expression: TypeAlias = str | Hole | Make | Sequence | Keyed | Copies | Instance

Write = Callable[[Hole], str]


def of_call(call: Call) -> Make:
    """A PyTorch call of a layer."""
    terms = [("", Hole(term.value, term.origin)) for term in call.terms]
    keywords = [
        (key, Hole(None if isinstance(term.value, Init) else term.value, key, term.is_default))
        for key, term in call.keywords
    ]
    return Make(call.target, (*terms, *keywords))


def of_init(init: Init, tensor: str) -> Make:
    """The call that starts a tensor."""
    call = of_call(init_call(init))
    return call._replace(arguments=(("", tensor), *call.arguments))


def holes(expression: Expression) -> Iterator[Hole]:
    """All holes in order."""
    if isinstance(expression, Hole):
        yield expression
    elif isinstance(expression, Make):
        for _, argument in expression.arguments:
            yield from holes(argument)
    elif isinstance(expression, Sequence):
        for item in expression.items:
            yield from holes(item)
    elif isinstance(expression, Keyed):
        for _, item in expression.items:
            yield from holes(item)
    elif isinstance(expression, Copies):
        yield from holes(expression.item)
        yield expression.number


def shape_of(expression: Expression) -> object:
    """What is left of an expression without the values in its holes: equal for expressions that
    differ in numbers alone."""
    if isinstance(expression, Hole):
        return "hole"
    if isinstance(expression, Make):
        arguments = tuple((key, shape_of(argument)) for key, argument in expression.arguments)
        return ("make", expression.target, arguments)
    if isinstance(expression, Sequence):
        return ("list", expression.target, tuple(map(shape_of, expression.items)))
    if isinstance(expression, Keyed):
        return ("keyed", tuple((key, shape_of(item)) for key, item in expression.items))
    if isinstance(expression, Copies):
        return ("copies", expression.target, shape_of(expression.item))
    return expression if isinstance(expression, str) else ("instance", expression.target)


def resolved(expression: Expression, make: Callable[[Instance], Make]) -> Expression:
    """An expression with its instances made."""
    if isinstance(expression, Instance):
        return make(expression)
    if isinstance(expression, Make):
        arguments = tuple((key, resolved(value, make)) for key, value in expression.arguments)
        return expression._replace(arguments=arguments)
    if isinstance(expression, Sequence):
        return expression._replace(items=tuple(resolved(item, make) for item in expression.items))
    if isinstance(expression, Keyed):
        items = tuple((key, resolved(item, make)) for key, item in expression.items)
        return expression._replace(items=items)
    if isinstance(expression, Copies):
        return expression._replace(item=resolved(expression.item, make))
    return expression


def text(expression: Expression, write: Write) -> str:
    """An expression on one line. `write` gives a hole's text, empty where it is left out."""
    if isinstance(expression, str):
        return expression
    if isinstance(expression, Hole):
        return write(expression)
    if isinstance(expression, Copies):
        inner = text(expression.item, write)
        return f"{expression.target}({inner} for _ in range({write(expression.number)}))"
    if isinstance(expression, Instance):
        raise TypeError("an instance is made before it is written")
    opening, items, closing = _parts(expression, write)
    return opening + ", ".join(prefix + text(item, write) for prefix, item in items) + closing


def lines(before: str, expression: Expression, write: Write, after: str = "") -> list[str]:
    """An expression behind `before`: on one line if it fits, else one argument a line."""
    line = before + text(expression, write) + after
    if len(line) <= WIDTH or isinstance(expression, str | Hole | Instance):
        return [line]
    margin = " " * (len(before) - len(before.lstrip()))
    inner = margin + "    "
    if isinstance(expression, Copies):
        made = lines(inner, expression.item, write)
        tail = f"{inner}for _ in range({write(expression.number)})"
        return [f"{before}{expression.target}(", *made, tail, f"{margin}){after}"]
    opening, items, closing = _parts(expression, write)
    if len(opening) > 1 and opening[-1] in "[{":
        # A list or dict in a call: the call's bracket opens a line of its own.
        deeper = _broken(items, inner + "    ", write)
        middle = [f"{inner}{opening[-1]}", *deeper, f"{inner}{closing[0]}"]
        return [before + opening[:-1], *middle, f"{margin}){after}"]
    return [before + opening, *_broken(items, inner, write), margin + closing + after]


def _broken(items: list[tuple[str, Expression]], margin: str, write: Write) -> list[str]:
    return [line for prefix, item in items for line in lines(margin + prefix, item, write, ",")]


def _parts(
    expression: Make | Sequence | Keyed, write: Write
) -> tuple[str, list[tuple[str, Expression]], str]:
    """What opens, the written items with what stands before each, and what closes."""
    if isinstance(expression, Make):
        items = [
            (f"{key}=" if key else "", argument)
            for key, argument in expression.arguments
            if not isinstance(argument, Hole) or write(argument)
        ]
        return f"{expression.target}(", items, ")"
    if isinstance(expression, Keyed):
        return "nn.ModuleDict({", [(f"{literal(k)}: ", item) for k, item in expression.items], "})"
    opening = f"{expression.target}([" if expression.target else "["
    return opening, [("", item) for item in expression.items], "])" if expression.target else "]"
