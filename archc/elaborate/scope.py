"""What names mean at a place of the text."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from archc.elaborate.names import Env
from archc.layers.values import Value as ArgumentValue
from archc.layers.values import Word, written
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

    names: Env[ArgumentValue]
    defaults: tuple[Given, ...] = ()
    withs: tuple[Given, ...] = ()
    body: Closure | None = None

    def overrides(self, word: str) -> list[Given]:
        """What holds for a word's steps, the strongest first: innermost `with`, then `default`."""
        held = (*reversed(self.withs), *reversed(self.defaults))
        return [given for given in held if given.word == word]

    def bind(self, names: Mapping[str, ArgumentValue]) -> "Scope":
        """The scope with further names."""
        return self._replace(names=self.names.bind(names))
