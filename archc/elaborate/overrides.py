"""Arguments that `default` and `with` give to a word's steps."""

from collections.abc import Hashable, Mapping
from typing import Literal

from archc.elaborate.names import Env
from archc.layers.values import Value
from archc.syntax import tree as t
from archc.tuples import NamedTuple


class Given(NamedTuple):
    """What one `default` or `with` gives, and what names meant there. `key` is equal where the
    same text gives the same values."""

    source: Literal["with", "default"]
    word: str
    arguments: Mapping[str, t.Argument]
    names: Mapping[str, Value]
    key: Hashable


class Overrides(NamedTuple):
    """All that holds at a place, by word, the innermost first."""

    held: Env[tuple[Given, ...]] = Env()
    keys: tuple[Hashable, ...] = ()

    def add(self, given: Given) -> "Overrides":
        """With a further one, which hides the older ones' arguments of the same names."""
        older = (
            outer._replace(arguments=left)
            for outer in self.held.get(given.word, ())
            if (left := _without(outer.arguments, given.arguments))
        )
        return Overrides(self.held.bind({given.word: (given, *older)}), (given.key, self.keys))

    def of(self, word: str) -> tuple[Given, ...]:
        """Those for a word's steps, the strongest first."""
        found: tuple[Given, ...] = self.held.get(word, ())
        return found


def _without(
    arguments: Mapping[str, t.Argument], hidden: Mapping[str, t.Argument]
) -> Mapping[str, t.Argument]:
    return {name: argument for name, argument in arguments.items() if name not in hidden}
