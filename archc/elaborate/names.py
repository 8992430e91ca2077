"""What names mean where an expression stands."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar

from archc.diagnostic import Diagnostic
from archc.elaborate.declared import declared_names
from archc.errors.composition import too_many_unlike
from archc.errors.names import Declared, too_much_to_compute
from archc.graph import Value
from archc.layers.values import Value as ArgumentValue
from archc.layers.values import Word
from archc.shape import Shape, describe
from archc.source import Span
from archc.syntax.tree import SIZES, File, Let

V = TypeVar("V")

UNKNOWN: Final = Word("unknown")
"""Stands in names for a value that a mistake made unknown (compared by identity)."""


class Later(Word):
    """Stands in names for what a `let` at the top of a file reads from the network, until its steps
    come to that `let` and settle it (compared by identity)."""

    let: Let

    def __new__(cls, let: Let) -> "Later":
        made = super().__new__(cls, "later")
        made.let = let
        return made

    __eq__ = object.__eq__
    __ne__ = object.__ne__
    __hash__ = object.__hash__


MAX_STEPS: Final = 200_000
MAX_UNLIKE: Final = 100_000
"""Steps that are walked along, equal ones once: ten times as many as any file that ships has."""
MAX_COMPUTED: Final = 5_000_000
_LONG = 64


class Exhausted(Exception):
    """A text asks for more than any network is worth; `diagnostic` says so."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic

    def at(self, place: Span) -> "Exhausted":
        """The same, said of the step that holds the one where it was noticed."""
        return Exhausted(self.diagnostic._replace(span=place))


class Work:
    """What one elaboration shares: what its steps have told of top-level names, and what it may
    cost, in steps walked along and in what its expressions compute, where a node and a cell of a
    list are one each."""

    def __init__(self) -> None:
        self.steps = 0
        self.computed = 0
        self.file: File | None = None
        """The text of the network, in which a name may be declared elsewhere."""
        self.settled: dict[Later, ArgumentValue] = {}
        """What the steps have told of top-level names."""
        self._declared: Mapping[str, tuple[Declared, ...]] | None = None

    def declared(self, name: str) -> tuple[Declared, ...]:
        """The places of the text that give a name a value, looked for once."""
        if self._declared is None:
            self._declared = {} if self.file is None else declared_names(self.file)
        return self._declared.get(name, ())

    def step(self, place: Span) -> None:
        """Counts a step. Raises Exhausted."""
        self.steps += 1
        if self.steps > MAX_UNLIKE:
            raise Exhausted(too_many_unlike(place, MAX_UNLIKE))

    def compute(self, amount: int, place: Span) -> None:
        """Counts what an expression computes. Raises Exhausted."""
        self.computed += amount
        if self.computed > MAX_COMPUTED:
            raise Exhausted(too_much_to_compute(place, MAX_COMPUTED))


class Env(Mapping[str, V], Generic[V]):
    """An immutable map of names. A further name is bound, and a name found, in the logarithm of
    their number, so that a text may bind thousands and every scope can be kept."""

    __slots__ = ("_layers",)

    def __init__(self, names: Mapping[str, V] | None = None) -> None:
        self._layers: tuple[Mapping[str, V], ...] = (names,) if names else ()

    def bind(self, names: Mapping[str, V]) -> "Env[V]":
        """The map with further names, which hide older ones."""
        newest, older = names, self._layers
        while older and 2 * len(newest) > len(older[0]):
            newest, older = {**older[0], **newest}, older[1:]
        bound: Env[V] = type(self)()
        bound._layers = (newest, *older)
        return bound

    def unsettled(self) -> "Env[Any]":
        """The same names where nothing is built."""
        made: Env[Any] = Unsettled()
        made._layers = self._layers
        return made

    def __getitem__(self, name: str) -> V:
        for layer in self._layers:
            if name in layer:
                return layer[name]
        raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:  # faster than what Mapping has
        for layer in self._layers:
            if name in layer:
                return layer[name]
        return default

    def __contains__(self, name: object) -> bool:
        for layer in self._layers:  # noqa: SIM110  (a generator costs more than the search)
            if name in layer:
                return True
        return False

    def __bool__(self) -> bool:
        return bool(self._layers)

    def __iter__(self) -> Iterator[str]:
        return iter(self.all())

    def __len__(self) -> int:
        return len(self.all())

    def all(self) -> dict[str, V]:
        """A copy of all of it."""
        found: dict[str, V] = {}
        for layer in reversed(self._layers):
            found.update(layer)
        return found


class Unsettled(Env[Any]):
    """Names where nothing is built: what a number, text or list would be there is unknown, since
    the condition that fails may be about it (`if top { conv top }` with `top` none)."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        return _unsettled(super().__getitem__(name))

    def get(self, name: str, default: Any = None) -> Any:
        return _unsettled(super().get(name, default)) if name in self else default

    def all(self) -> dict[str, Any]:
        return {name: _unsettled(value) for name, value in super().all().items()}


def _unsettled(value: object) -> object:
    plain = value is None or type(value) in (bool, int, float, str, tuple)
    return UNKNOWN if plain or isinstance(value, Later) else value


class _Same:
    """Equal to what holds the same object: as long as a key lives, so does what it is of."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.value is other.value


def exact(value: object) -> Hashable:
    """A key for a value, equal for equal values of equal types alone: 1 is neither 1.0 nor `yes`.
    A long list is equal to itself alone."""
    kind: Any = type(value)
    if kind is int or value is None:
        return value
    if isinstance(value, tuple):
        if len(value) > _LONG:
            return _Same(value)
        return kind, *map(exact, value)
    return kind, value, *map(exact, getattr(value, "items", ()))


class Names(Mapping[str, ArgumentValue]):
    """What an expression can read: the names bound, the sizes here, named values' sizes under
    `@name.C`, and blocks, which `find` finds. The empty name says what the current value is."""

    __slots__ = ("_bound", "_find", "_here", "_values", "work")

    def __init__(
        self,
        bound: Mapping[str, ArgumentValue],
        here: Mapping[str, ArgumentValue] = MappingProxyType({}),
        values: Mapping[str, Value] | None = None,
        find: Callable[[str], ArgumentValue] = lambda name: None,
        work: Work | None = None,
    ) -> None:
        self._bound: tuple[Mapping[str, ArgumentValue], ...] = (bound,)
        self._here = here
        self._values = {} if values is None else values
        self._find = find
        self.work = work or Work()

    def bind(self, names: Mapping[str, ArgumentValue]) -> "Names":
        """The same place with further names, which hide those here."""
        inner = Names(names, self._here, self._values, self._find, self.work)
        inner._bound = (names, *self._bound)
        return inner

    def __getitem__(self, name: str) -> ArgumentValue:
        for bound in self._bound:
            if name in bound:
                return bound[name]
        if name in self._here:
            return self._here[name]
        if not name.startswith("@"):
            block = self._find(name)
            if block is None:
                raise KeyError(name)
            return block
        value, _, size = name[1:].rpartition(".")
        shape = self._values[value].shape
        return UNKNOWN if shape is None else sizes(shape, None)[size]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def known(self) -> tuple[str, ...]:
        """The names that have values."""
        found = self._all().items()
        return tuple(n for n, v in found if n and v is not UNKNOWN and not isinstance(v, Later))

    def _all(self) -> dict[str, ArgumentValue]:
        found = dict(self._here)
        for bound in reversed(self._bound):
            found.update(bound.all() if isinstance(bound, Env) else bound)
        return found


@lru_cache(maxsize=1024)
def sizes(x: Shape | None, entry: Shape | None) -> Mapping[str, ArgumentValue]:
    """`C`, `H`, `W`, `D`, `L` of a value, and `Cin`; under the empty name what the value is."""
    if x is None:
        return dict.fromkeys(SIZES, UNKNOWN)
    names: dict[str, ArgumentValue] = {"": Word(describe(x))}
    if x.layout != "ids":
        names["C"] = x.channels
    places = {0: "", 1: "L", 2: "HW", 3: "DHW"}.get(x.rank, "")
    names.update(zip(places, x.positions, strict=False))
    if entry is None:
        names["Cin"] = UNKNOWN
    elif entry.layout != "ids":
        names["Cin"] = entry.channels
    return names
