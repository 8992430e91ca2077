"""What names mean at a place of the text."""

from collections.abc import Mapping

from archc.elaborate.names import Env
from archc.elaborate.overrides import Given, Overrides
from archc.layers.values import Value as ArgumentValue
from archc.layers.values import Word, written
from archc.source import Span
from archc.syntax import tree as t
from archc.tuples import NamedTuple


class Rest(Word):
    """What a `..a` has taken: arguments by their names, and the places that gave them. `others` are
    the parameters that they passed by."""

    items: tuple[tuple[str, ArgumentValue], ...]
    places: Mapping[str, Span]
    others: tuple[str, ...]

    def __new__(
        cls,
        items: tuple[tuple[str, ArgumentValue], ...],
        places: Mapping[str, Span],
        others: tuple[str, ...],
    ) -> "Rest":
        made = super().__new__(cls, " ".join(f"{name}={written(value)}" for name, value in items))
        made.items, made.places, made.others = items, places, others
        return made


class Closure(NamedTuple):
    """A call's body and the place where it is written."""

    group: t.Group
    scope: "Scope"
    frame: object
    suffix: str
    """What the names of parts there end in: a text that is built again needs others."""


class Scope(NamedTuple):
    """The names, defaults and overrides that hold at a place."""

    names: Env[ArgumentValue]
    defaults: Overrides = Overrides()
    withs: Overrides = Overrides()
    body: Closure | None = None

    def overrides(self, word: str) -> tuple[Given, ...]:
        """What holds for a word's steps, the strongest first: innermost `with`, then `default`."""
        return self.withs.of(word) + self.defaults.of(word)

    def bind(self, names: Mapping[str, ArgumentValue]) -> "Scope":
        """The scope with further names."""
        return self._replace(names=self.names.bind(names))
