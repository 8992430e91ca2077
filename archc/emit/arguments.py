"""What a class's constructor is called with: each number of its text is written as a literal where
all uses agree, else as the text's own expression if that is proven, else as an argument."""

from collections.abc import Mapping

from archc.emit.expression import Column, Hole, Origin
from archc.emit.functions import ANY, Function, function_named
from archc.emit.hints import hinted
from archc.emit.names import RESERVED, identifier
from archc.emit.proof import Proven, Prover, agree, constant, covers
from archc.emit.pytorch import literal
from archc.graph import CallItem, Region
from archc.layers.values import Word
from archc.syntax import tree as t
from archc.syntax.mentions import names_in
from archc.tuples import NamedTuple

_NONE = object()


class Use(NamedTuple):
    """A region that becomes an instance of a class, and the call that makes it; a network of steps
    has none."""

    region: Region
    call: CallItem | None


class Parameter(NamedTuple):
    """An argument of a constructor: its values, one a use, and its default."""

    name: str
    values: Column
    default: object = _NONE

    @property
    def required(self) -> bool:
        """Whether there is no default."""
        return self.default is _NONE


class Unsuitable(Exception):
    """A network's class needs an argument that is none of those offered."""


class Arguments:
    """The arguments of a class, found while the numbers of its text are written.

    `known` are those that are found already: numbers that are equal in all uses read them too.
    A network's class takes those that are `offered` alone, with the first use's values as defaults.
    """

    def __init__(
        self,
        uses: list[Use],
        known: frozenset[str] = frozenset(),
        offered: frozenset[str] | None = None,
    ) -> None:
        self.uses = uses
        self.known = known
        self.offered = offered
        self.block = uses[0].call.block if uses[0].call else None
        self.found: dict[str, Parameter] = {}
        self.locals: dict[str, Proven] = {}
        self.written: list[Proven] = []
        self.recursive = False
        """Whether the text makes instances of its own class, of what it has names for."""
        self._lets = _lets(self.block)
        self._proving: set[str] = set()

    # --- the constructor's head ---

    @property
    def parameters(self) -> list[Parameter]:
        """In the order of the head: what has no default first."""
        order = ["in_channels", *(p.name.name for p in self.block.parameters)] if self.block else []
        rank = {identifier(name, RESERVED): place for place, name in enumerate(order)}
        found = sorted(self.found.values(), key=lambda p: rank.get(p.name, len(rank)))
        return [p for p in found if p.required] + [p for p in found if not p.required]

    @property
    def speak_of_the_text(self) -> bool:
        """Whether the arguments under names of the text are, in every use, what the text means by
        them, so that an instance of the class in its own text can give them."""
        meant: dict[str, Column] = {
            "in_channels": tuple(_channels(use.region) for use in self.uses)
        }
        for parameter in self.block.parameters if self.block else ():
            name = parameter.name.name
            meant[identifier(name, RESERVED)] = self.column(name) or ()
        return all(
            name in meant and meant[name] and agree(meant[name], parameter.values)
            for name, parameter in self.found.items()
        )

    def order(self) -> list[tuple[str, str]]:
        """What the constructor may take under names of the text, in the order of the head, with the
        key that a call gives it by."""
        block = self.block.parameters if self.block else ()
        named = [(identifier(p.name.name, RESERVED), p) for p in block if not p.rest]
        required = [(name, "") for name, p in named if self._default(p) is _NONE]
        optional = [(name, name) for name, p in named if self._default(p) is not _NONE]
        return [("in_channels", ""), *required, *optional]

    # --- texts of holes ---

    def write(self, hole: Hole, siblings: Mapping[str, Hole]) -> str:
        """The text of a hole; `siblings` are the other arguments of its call."""
        if constant(hole.values) and self._reads_known(hole):
            proven = self.by_text(hole)
            if proven is not None:
                return proven.text
        if constant(hole.values):
            known = [value for value in hole.values if value is not ANY]
            return "" if hole.default else literal(known[0] if known else ANY)
        proven = (
            self.by_text(hole)
            or self.by_place(hole)
            or self.by_kernel(hole, siblings)
            or self.by_value(hole)
            or self.new(hole)
        )
        self.written.append(proven)
        return proven.text

    def _reads_known(self, hole: Hole) -> bool:
        """Whether the text of a hole names what is an argument anyway."""
        exprs = {id(origin.expr): origin.expr for origin in hole.origins}
        return any(not self.known.isdisjoint(names_in(expr)) for expr in exprs.values())

    def by_text(self, hole: Hole) -> Proven | None:
        """The text's own expression."""
        origins = hole.origins
        expr = next((origin.expr for origin in origins if origin.expr is not None), None)
        if expr is None or len(origins) < len(hole.values):
            return None
        return self.proven(expr, origins, hole.values)

    def proven(self, expr: t.Expr, origins: tuple[Origin, ...], values: Column) -> Proven | None:
        sizes = tuple({k: v for k, v in o.sizes.items() if k in t.SIZES} for o in origins)
        enters = all(origin.enters for origin in origins)
        found, before = dict(self.found), dict(self.locals)
        made = Prover(_Scope(self, enters), sizes).prove(expr)
        if made is not None and agree(made.values, values):
            return made
        # What only a failed proof reads is no argument.
        self.found, self.locals = found, before
        return None

    def by_place(self, hole: Hole) -> Proven | None:
        """The channels of what arrives."""
        if hole.hint != "C":
            return None
        return self.size(hole.values, all(origin.enters for origin in hole.origins))

    def by_kernel(self, hole: Hole, siblings: Mapping[str, Hole]) -> Proven | None:
        """A padding that keeps the size."""
        kernel, dilation = siblings.get("k"), siblings.get("dilation")
        if hole.hint != "padding" or kernel is None or constant(kernel.values):
            return None
        text = self.write(kernel, {})
        value = self.written[-1]
        halves = tuple(_half(v) for v in value.values)
        inside = text if value.binding > 5 else f"({text})"
        if agree(halves, hole.values):
            return Proven(f"({inside} - 1) // 2", halves, 6)
        if dilation is None or constant(dilation.values):
            return None
        factor = self.write(dilation, {})
        products = tuple(
            half * d if type(half) is int and type(d) is int else _NONE
            for half, d in zip(halves, dilation.values, strict=True)
        )
        return (
            Proven(f"({inside} - 1) // 2 * {factor}", products, 6)
            if agree(products, hole.values)
            else None
        )

    def by_value(self, hole: Hole) -> Proven | None:
        """Something that has these values: a parameter of the block, else what is written already,
        else the channels that enter."""
        for name in self.uses[0].region.bindings:
            column = self.column(name)
            if column is not None and agree(column, hole.values):
                made = self.name(name)
                if made is not None:
                    return made
        return self.size(hole.values, False)

    def new(self, hole: Hole) -> Proven:
        """A further argument."""
        exits = self._exits(hole.values)
        # Among the arguments `in_channels` are those that enter, which these are not.
        hint = "c" if hole.hint == "C" else hole.hint
        name, values = ("out_channels", exits) if exits else (hinted(hint), hole.values)
        return self.argument(self._free(identifier(name, RESERVED)), values)

    # --- names ---

    def name(self, name: str) -> Proven | None:
        """What a name of the text is in the constructor."""
        column = self.column(name)
        if column is None or name in self._proving:
            return None
        parameters = {p.name.name: p for p in self.block.parameters} if self.block else {}
        if name in parameters:
            return self.argument(
                identifier(name, RESERVED), column, self._default(parameters[name])
            )
        if constant(column):
            known = next(value for value in column if value is not ANY)
            return Proven(literal(known), column)
        if name in self._lets:
            return self.local(name, self._lets[name], column)
        return self.argument(identifier(name, RESERVED), column)

    def local(self, name: str, expr: t.Expr, column: Column) -> Proven | None:
        """A `let` at the top of the block's text is a variable of the constructor."""
        text = identifier(name, RESERVED)
        if text not in self.locals:
            self._proving.add(name)
            origins = tuple(_entry_origin(use.region) for use in self.uses)
            made = self.proven(expr, origins, column)
            self._proving.discard(name)
            if made is None:
                return self.argument(text, column)
            self.locals[text] = made
        return Proven(text, column)

    def argument(self, name: str, values: Column, default: object = _NONE) -> Proven:
        """An argument of the constructor. Raises Unsuitable for one that is not offered."""
        if self.offered is not None:
            if name not in self.offered:
                raise Unsuitable
            default = values[0]
        if name not in self.found:
            self.found[name] = Parameter(name, values, default)
        return Proven(name, values)

    def size(self, values: Column, enters: bool) -> Proven | None:
        """Channels that have these values: those that enter, or what was written last."""
        if constant(values):
            known = [value for value in values if value is not ANY]
            return Proven(literal(known[0]), values) if known else None
        channels = tuple(_channels(use.region) for use in self.uses)
        fits = agree(channels, values)
        if enters and fits:
            return self.argument("in_channels", channels)
        for proven in reversed(self.written):
            if agree(proven.values, values) and covers(proven.values, values):
                return proven
        return self.argument("in_channels", channels) if fits else None

    def column(self, name: str) -> Column | None:
        """The values of a name of the text; None unless all are such as an argument can be."""
        values = tuple(
            _value(use.region, name) if name in use.region.bindings else _NONE for use in self.uses
        )
        return values if all(is_plain(value) for value in values) else None

    def _default(self, parameter: t.Parameter) -> object:
        if isinstance(parameter.default, t.Literal):
            return parameter.default.value
        if isinstance(parameter.default, t.Name):
            shape = self.uses[0].region.entry.shape
            word = Word(parameter.default.name)
            return (function_named(word, shape) if shape else None) or _NONE
        return _NONE

    def _exits(self, values: Column) -> Column | None:
        """The channels that leave, where these values are theirs, with those of uses that only
        borrow the place: what is written further on may need them."""
        exits = [use.region.exit.shape for use in self.uses]
        found = tuple(s.channels if s and s.layout != "ids" else ANY for s in exits)
        fits = agree(found, values) and covers(found, values)
        return found if fits and "out_channels" not in self.found else None

    def _free(self, name: str) -> str:
        bound = self.uses[0].region.bindings
        while name in self.found or name in self.locals or name in bound:
            name += "_"
        return name


class _Scope:
    """What names mean at one place of a class's text."""

    def __init__(self, arguments: Arguments, enters: bool) -> None:
        self.arguments = arguments
        self.enters = enters

    def name(self, name: str) -> Proven | None:
        return self.arguments.name(name)

    def size(self, name: str, sizes: Column) -> Proven | None:
        if name in ("C", "Cin"):
            return self.arguments.size(sizes, self.enters or name == "Cin")
        if constant(sizes):
            known = [value for value in sizes if value is not ANY]
            # An open size has no text in a constructor.
            return Proven(literal(known[0]), sizes) if known and isinstance(known[0], int) else None
        return None


def _entry_origin(region: Region) -> Origin:
    channels = _channels(region)
    return Origin(None, {} if channels is None else {"C": channels, "Cin": channels}, True)


def _channels(region: Region) -> int | None:
    shape = region.entry.shape
    channels = shape.channels if shape and shape.layout != "ids" else None
    return channels if isinstance(channels, int) else None


def _value(region: Region, name: str) -> object:
    value = region.bindings[name]
    shape = region.entry.shape
    if isinstance(value, Word) and shape is not None:
        return function_named(value, shape) or value
    return value


def is_plain(value: object) -> bool:
    """Whether a value can be an argument of a constructor."""
    if isinstance(value, Word):
        return False
    if type(value) is tuple:
        return all(map(is_plain, value))
    return value is None or isinstance(value, bool | int | float | str | Function)


def _half(kernel: object) -> object:
    """The padding on each side of a kernel given by one number; a list has none that is one."""
    if kernel is ANY:
        return ANY
    return (kernel - 1) // 2 if type(kernel) is int else _NONE


def _lets(block: t.Block | None) -> dict[str, t.Expr]:
    """The `let`s at the top of a block's text; a name that is bound twice is left out."""
    steps = block.body.steps if block and block.body else ()
    found = [step for step in steps if isinstance(step, t.Let)]
    names = [step.name.name for step in found]
    return {let.name.name: let.value for let in found if names.count(let.name.name) == 1}
