"""Constructor expressions with holes: numbers that may become arguments of a class."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from archc.emit.functions import ANY
from archc.emit.pytorch import WIDTH, literal
from archc.layers.base import Call
from archc.layers.initial import init_call
from archc.layers.values import Init
from archc.syntax import tree
from archc.tuples import NamedTuple

Column: TypeAlias = tuple[object, ...]
"""The values in one place of a text, one a use; ANY where a use only borrows the place."""


class Origin(NamedTuple):
    """Where a value comes from: the text's expression, the sizes that it reads as `C`, `H` and so
    on, and whether these are the sizes of what enters the class."""

    expr: tree.Expr | None
    sizes: Mapping[str, object]
    enters: bool = False


NOWHERE = Origin(None, {})


class Hole(NamedTuple):
    """A place for a value: what it holds in each use, the name that it would have as an argument,
    whether it is the default, at which it is left out, and where it comes from."""

    values: Column
    hint: str
    default: bool = False
    origins: tuple[Origin, ...] = (NOWHERE,)


class Formula(NamedTuple):
    """A text with `{}` for each inner expression."""

    text: str
    inner: tuple["Expression", ...]


class Make(NamedTuple):
    """`target(key=argument, ...)`; keys may be empty. An empty argument is left out."""

    target: str
    arguments: tuple[tuple[str, "Expression"], ...]


class Again(NamedTuple):
    """An instance of the class that holds it, with what it could be made with by name: which of
    these its constructor takes is known once all of its text is written."""

    target: str
    arguments: tuple[tuple[str, Hole], ...]


class Sequence(NamedTuple):
    """`[a, b]`, or behind a target `target([a, b])`."""

    target: str
    items: tuple["Expression", ...]


class Keyed(NamedTuple):
    """`nn.ModuleDict({"name": a, ...})`."""

    items: tuple[tuple[str, "Expression"], ...]


class Either(NamedTuple):
    """`then if test else nn.Identity()`."""

    then: "Expression"
    test: "Expression"


class Rows(NamedTuple):
    """A tuple, one item a line where it is long."""

    items: tuple["Expression", ...]


class Unrolled(NamedTuple):
    """The turns of a loop, which `tables.folded` makes a table or a list of; `bound` are the loop's
    variables with their values turn by turn."""

    target: str
    turns: tuple["Expression", ...]
    bound: Mapping[str, Column]


class Table(NamedTuple):
    """`target(item for names in rows)`."""

    target: str
    item: "Expression"
    names: tuple[str, ...]
    rows: "Expression"

    def single(self) -> "Expression":
        """Without the loop where it has one turn or none."""
        if self.names == ("_",) and text(self.rows) == "range(0)":
            return "" if self.target == "*" else Make(self.target, ())
        if self.names != ("_",) or text(self.rows) != "range(1)":
            return self
        return self.item if self.target == "*" else Sequence(self.target, (self.item,))


Expression: TypeAlias = (
    str | Hole | Formula | Either | Make | Again | Sequence | Keyed | Rows | Unrolled | Table
)


def of_call(call: Call, origin: Callable[[str], Origin] = lambda name: NOWHERE) -> Make:
    """A PyTorch call of a layer; `origin` says where the argument of a name comes from."""
    terms = [
        ("", Hole((term.value,), term.origin, False, (origin(term.origin),))) for term in call.terms
    ]
    keywords = [
        (
            key,
            Hole(
                (None if isinstance(term.value, Init) else term.value,),
                key,
                term.is_default,
                (origin(term.origin),),
            ),
        )
        for key, term in call.keywords
    ]
    return Make(call.target, (*terms, *keywords))


def of_init(init: Init, tensor: str) -> Make:
    """The call that starts a tensor."""
    call = of_call(init_call(init))
    return call._replace(arguments=(("", tensor), *call.arguments))


def children(expression: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside of one, in order."""
    if isinstance(expression, Make | Again):
        return tuple(argument for _, argument in expression.arguments)
    if isinstance(expression, Sequence):
        return expression.items
    if isinstance(expression, Keyed):
        return tuple(item for _, item in expression.items)
    if isinstance(expression, Formula):
        return expression.inner
    if isinstance(expression, Table):
        return expression.item, expression.rows
    if isinstance(expression, Unrolled):
        return expression.turns
    if isinstance(expression, Either):
        return expression.then, expression.test
    return ()


def with_children(expression: Expression, inner: tuple[Expression, ...]) -> Expression:
    """The same expression around others."""
    if isinstance(expression, Make):
        keys = (key for key, _ in expression.arguments)
        return expression._replace(arguments=tuple(zip(keys, inner, strict=True)))
    if isinstance(expression, Again):
        named = zip((key for key, _ in expression.arguments), inner, strict=True)
        return expression._replace(arguments=tuple((k, h) for k, h in named if isinstance(h, Hole)))
    if isinstance(expression, Sequence):
        return expression._replace(items=inner)
    if isinstance(expression, Keyed):
        keys = (key for key, _ in expression.items)
        return expression._replace(items=tuple(zip(keys, inner, strict=True)))
    if isinstance(expression, Formula):
        return expression._replace(inner=inner)
    if isinstance(expression, Table):
        return expression._replace(item=inner[0], rows=inner[1])
    if isinstance(expression, Unrolled):
        return expression._replace(turns=inner)
    if isinstance(expression, Either):
        return Either(*inner)
    return expression


def holes(expression: Expression) -> Iterator[Hole]:
    """All holes in order."""
    if isinstance(expression, Hole):
        yield expression
    for inner in children(expression):
        yield from holes(inner)


def filled(expression: Expression, fill: Callable[[Hole], Expression]) -> Expression:
    """An expression with each hole replaced."""
    if isinstance(expression, Hole):
        return fill(expression)
    return with_children(expression, tuple(filled(e, fill) for e in children(expression)))


def blank(expression: Expression) -> Expression:
    """An expression as a use borrows it: any values will do."""
    return filled(expression, _borrowed)


def _borrowed(hole: Hole) -> Hole:
    origins = (o._replace(sizes=dict.fromkeys(o.sizes, ANY)) for o in hole.origins)
    return hole._replace(values=(ANY,) * len(hole.values), default=True, origins=tuple(origins))


def shape_of(expression: Expression) -> object:
    """What is left of an expression without the values in its holes: equal for expressions that
    differ in numbers alone."""
    return _shape(expression, shape_of)


class Shapes:
    """Tells expressions of one shape by a number. Each expression is looked at once, however often
    it stands in others: equal copies are one."""

    def __init__(self) -> None:
        self._numbers: dict[object, int] = {}
        self._known: dict[int, tuple[Expression, int]] = {}
        """By the expression's id, with the expression, so that no other object takes its id."""
        self._looped: set[int] = set()

    def of(self, expression: Expression) -> int:
        """The number of an expression's shape."""
        known = self._known.get(id(expression))
        if known is None:
            shape = _shape(expression, self.of)
            number = self._numbers.setdefault(shape, len(self._numbers))
            if isinstance(expression, Unrolled) or any(map(self.looped, children(expression))):
                self._looped.add(number)
            known = self._known[id(expression)] = expression, number
        return known[1]

    def looped(self, expression: Expression) -> bool:
        """Whether there is a loop in an expression that is not folded."""
        return not isinstance(expression, Hole | str) and self.of(expression) in self._looped

    def alike(self, expressions: Iterable[Expression]) -> bool:
        """Whether expressions differ in numbers alone."""
        return len(set(map(self.of, expressions))) == 1


def _shape(expression: Expression, inner: Callable[[Expression], object]) -> object:
    if isinstance(expression, Hole):
        return "hole"
    if isinstance(expression, str | Rows):
        return expression
    if isinstance(expression, Unrolled):
        # However many turns there are, if they agree.
        turns = tuple(map(inner, expression.turns))
        return "Unrolled", expression.target, turns[:1] if len(set(turns)) == 1 else turns
    keys: tuple[object, ...]
    if isinstance(expression, Make | Again):
        keys = expression.target, *(key for key, _ in expression.arguments)
    elif isinstance(expression, Keyed):
        keys = tuple(key for key, _ in expression.items)
    elif isinstance(expression, Table):
        keys = expression.target, expression.names
    elif isinstance(expression, Formula):
        keys = (expression.text,)
    elif isinstance(expression, Either):
        keys = ()
    else:
        keys = (expression.target,)
    return type(expression).__name__, keys, tuple(map(inner, children(expression)))


def joined(expressions: tuple[Expression, ...]) -> Expression:
    """Expressions of one shape as one, whose holes have the values of all."""
    first = expressions[0]
    if isinstance(first, Hole):
        found = [expression for expression in expressions if isinstance(expression, Hole)]
        known = [hole for hole in found if any(value is not ANY for value in hole.values)]
        return Hole(
            tuple(value for hole in found for value in hole.values),
            first.hint,
            all(hole.default for hole in known or found),
            tuple(origin for hole in found for origin in hole.origins),
        )
    columns = zip(*map(children, expressions), strict=True)
    return with_children(first, tuple(map(joined, columns)))


def text(expression: Expression) -> str:
    """An expression without holes on one line."""
    if isinstance(expression, str):
        return expression
    if isinstance(expression, Hole | Unrolled | Again):
        raise TypeError("holes are filled and loops folded before they are written")
    if isinstance(expression, Formula):
        return expression.text.format(*map(text, expression.inner))
    if isinstance(expression, Table):
        inner = text(expression.item)
        return f"{expression.target}({inner} {_turns(expression)} {text(expression.rows)})"
    if isinstance(expression, Either):
        return f"{text(expression.then)} if {text(expression.test)} else nn.Identity()"
    opening, items, closing = _parts(expression)
    line = opening + ", ".join(prefix + text(item) for prefix, item in items)
    return line + ("," if isinstance(expression, Rows) and len(items) == 1 else "") + closing


def lines(before: str, expression: Expression, after: str = "") -> list[str]:
    """An expression behind `before`: on one line if it fits, else one argument a line."""
    line = before + text(expression) + after
    if len(line) <= WIDTH or isinstance(expression, str | Hole | Formula):
        return [line]
    margin = " " * (len(before) - len(before.lstrip()))
    inner = margin + "    "
    if isinstance(expression, Table):
        whole = f"{inner}{text(expression.item)} {_turns(expression)} {text(expression.rows)}"
        if len(whole) <= WIDTH:
            return [f"{before}{expression.target}(", whole, f"{margin}){after}"]
        turns = lines(f"{inner}{_turns(expression)} ", expression.rows)
        made = lines(inner, expression.item)
        return [f"{before}{expression.target}(", *made, *turns, f"{margin}){after}"]
    if isinstance(expression, Either):
        if len(inner + text(expression)) <= WIDTH:
            return [f"{before}(", inner + text(expression), f"{margin}){after}"]
        arms = [f"{inner}if {text(expression.test)}", f"{inner}else nn.Identity()"]
        return [f"{before}(", *lines(inner, expression.then), *arms, f"{margin}){after}"]
    opening, items, closing = _parts(expression)
    if len(opening) > 1 and opening[-1] in "[{":
        # A list or dict in a call: the call's bracket opens a line of its own.
        deeper = _broken(items, inner + "    ")
        middle = [f"{inner}{opening[-1]}", *deeper, f"{inner}{closing[0]}"]
        return [before + opening[:-1], *middle, f"{margin}){after}"]
    return [before + opening, *_broken(items, inner), margin + closing + after]


def _turns(expression: Table) -> str:
    return f"for {', '.join(expression.names)} in"


def _broken(items: list[tuple[str, Expression]], margin: str) -> list[str]:
    return [line for prefix, item in items for line in lines(margin + prefix, item, ",")]


def _parts(
    expression: Make | Again | Sequence | Keyed | Rows | Unrolled,
) -> tuple[str, list[tuple[str, Expression]], str]:
    """What opens, the written items with what stands before each, and what closes."""
    if isinstance(expression, Make):
        items = [
            (f"{key}=" if key else "", argument)
            for key, argument in expression.arguments
            if argument != ""
        ]
        return f"{expression.target}(", items, ")"
    if isinstance(expression, Keyed):
        if not expression.items:
            return "nn.ModuleDict(", [], ")"
        return "nn.ModuleDict({", [(f"{literal(k)}: ", item) for k, item in expression.items], "})"
    if isinstance(expression, Rows):
        return "(", [("", item) for item in expression.items], ")"
    if isinstance(expression, Unrolled | Again):
        raise TypeError("holes are filled and loops folded before they are written")
    opening = f"{expression.target}([" if expression.target else "["
    return opening, [("", item) for item in expression.items], "])" if expression.target else "]"
