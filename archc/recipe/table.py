"""Tables of names: what a line of `train` can name, with its options, without torch.

Names, defaults and order of the options are PyTorch's; a test compares the two.
"""

from collections.abc import Mapping

from archc.layers.kinds import Kind, Number, Whole, YesNo
from archc.layers.values import Value
from archc.recipe.choice import PLACE
from archc.recipe.kinds import Several, Text
from archc.tuples import NamedTuple


class Option(NamedTuple):
    """An option with the value that PyTorch gives it where it is not said."""

    name: str
    kind: Kind
    default: Value = None
    required: bool = False


class Entry(NamedTuple):
    """Something that a line of `train` can name. `torch` is the class or function in PyTorch.

    `place` is the option that may be given without its name: `crop 32`. `aliases` are other names
    that PyTorch has for it.
    """

    name: str
    torch: str
    options: tuple[Option, ...] = ()
    place: str | None = None
    aliases: tuple[str, ...] = ()

    def option(self, name: str) -> Option | None:
        """An option by its name."""
        return next((option for option in self.options if option.name == name), None)

    @property
    def option_names(self) -> tuple[str, ...]:
        return tuple(option.name for option in self.options)


class Table(NamedTuple):
    """The entries behind a key, and what one of them is called in messages.

    `refused` are names that PyTorch has and that no line can use, with the reason; `default` is
    taken where a line gives options only. With `python` a function of the user's may stand for an
    entry.
    """

    what: str
    entries: tuple[Entry, ...]
    refused: Mapping[str, str] = {}
    default: str | None = None
    python: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(entry.name for entry in self.entries)

    def find(self, name: str) -> Entry | None:
        """An entry by its name."""
        if self.python and name == PYTHON.name:
            return PYTHON
        named = (entry for entry in self.entries if name in (entry.name, *entry.aliases))
        return next(named, None)

    def entry(self, name: str) -> Entry:
        """An entry that is there."""
        found = self.find(name)
        assert found is not None
        return found

    def meant(self, name: str) -> str:
        """What a name is called here that PyTorch writes in another case, such as
        `CrossEntropyLoss`; empty if unknown."""
        found = (e.name for e in self.entries if _plain(name) in map(_plain, _names(e)))
        return next(found, "")


def _names(entry: Entry) -> tuple[str, ...]:
    return entry.name, entry.torch, *entry.aliases


def _plain(name: str) -> str:
    """A name's letters and digits, without what its class begins and ends with."""
    plain = name.lower().replace("_", "").removeprefix("random")
    return plain.removesuffix("loss").removesuffix("lr")


FUNCTION = Text('a function, `"pkg.module:function"`,', r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
"""Code of the user's by its place; it is imported with leave alone."""

PYTHON = Entry("python", "", (Option(PLACE, FUNCTION, required=True),), PLACE)

POSITIVE = Number(0)
ABOVE_0 = Number(0, zero=False)
SHARE = Number(0, 1)


def positive(name: str, default: float | None) -> Option:
    """A number of at least 0."""
    return Option(name, POSITIVE, default)


def share(name: str, default: float) -> Option:
    """A number from 0 to 1."""
    return Option(name, SHARE, default)


def flag(name: str, default: bool = False) -> Option:
    """`yes` or `no`."""
    return Option(name, YesNo(), default)


def pair(name: str, first: float, second: float) -> Option:
    """Two numbers of at least 0."""
    return Option(name, Several(POSITIVE, 2), (first, second))


def count(name: str, default: int | None, least: int = 1) -> Option:
    """A whole number."""
    return Option(name, Whole(least), default)
