"""One of several things by its name, with options."""

from archc.layers.values import Value, written
from archc.tuples import NamedTuple

PLACE = "code"
"""The option of `python` that is always written without its name: `python "pkg:fn"`."""


class Choice(NamedTuple):
    """One of several things by its name, such as an optimizer, with the options given."""

    name: str
    options: tuple[tuple[str, Value], ...] = ()

    def get(self, option: str, default: Value = None) -> Value:
        """The value of an option, or the default where it was not given."""
        return dict(self.options).get(option, default)

    def __str__(self) -> str:
        """As a spec writes it: `adam lr=0.001`."""
        given = (
            written(value) if name == PLACE else f"{name}={written(value)}"
            for name, value in self.options
        )
        return " ".join([self.name, *given])
