"""What names mean at a place of the text."""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple

from archc.elaborate.evaluate import UNKNOWN
from archc.graph import Value
from archc.layers.values import Value as ArgumentValue
from archc.layers.values import Word, written
from archc.shape import Shape, describe
from archc.syntax import tree as t


class Given(NamedTuple):
    """Arguments that `default` or `with` gives to a word's steps, and the names they read."""

    source: Literal["with", "default"]
    word: str
    arguments: Mapping[str, t.Argument]
    names: Mapping[str, ArgumentValue]


class Rest(Word):
    """What a `..a` has taken: arguments by their names."""

    items: tuple[tuple[str, ArgumentValue], ...]

    def __new__(cls, items: tuple[tuple[str, ArgumentValue], ...]) -> "Rest":
        made = super().__new__(cls, " ".join(f"{name}={written(value)}" for name, value in items))
        made.items = items
        return made


class Closure(NamedTuple):
    """A call's body and the place where it is written."""

    group: t.Group
    scope: "Scope"
    frame: object
    suffix: str
    """What the names of parts there end in: a text that is built again needs others."""


class Scope(NamedTuple):
    """The names, defaults and overrides that hold at a place; the innermost come last."""

    names: Mapping[str, ArgumentValue]
    defaults: tuple[Given, ...] = ()
    withs: tuple[Given, ...] = ()
    body: Closure | None = None

    def overrides(self, word: str) -> list[Given]:
        """What holds for a word's steps, the strongest first: innermost `with`, then `default`."""
        held = (*reversed(self.withs), *reversed(self.defaults))
        return [given for given in held if given.word == word]

    def bind(self, names: Mapping[str, ArgumentValue]) -> "Scope":
        """The scope with further names."""
        return self._replace(names={**self.names, **names})


class Names(Mapping[str, ArgumentValue]):
    """What an expression can read: the scope's names, the sizes at that point, and named values'
    sizes under `@name.C`, and blocks, which `find` finds. The empty name says what the current
    value is."""

    def __init__(
        self,
        names: Mapping[str, ArgumentValue],
        x: Shape | None,
        entry: Shape | None,
        values: Mapping[str, Value],
        find: Callable[[str], ArgumentValue],
    ) -> None:
        self._names = {**sizes(x, entry), **names}
        self._values = values
        self._find = find

    def __getitem__(self, name: str) -> ArgumentValue:
        if name in self._names:
            return self._names[name]
        if not name.startswith("@"):
            block = self._find(name)
            if block is None:
                raise KeyError(name)
            return block
        value, _, size = name[1:].rpartition(".")
        shape = self._values[value].shape
        return UNKNOWN if shape is None else sizes(shape, None)[size]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def sizes(x: Shape | None, entry: Shape | None) -> dict[str, ArgumentValue]:
    """`C`, `H`, `W`, `D`, `L` of a value, and `Cin`; under the empty name what the value is."""
    if x is None:
        return dict.fromkeys(("C", "Cin", "H", "W", "D", "L"), UNKNOWN)
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
