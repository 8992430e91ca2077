"""Blocks that are drawn in place: their named values, and what their arguments are called."""

from collections.abc import Mapping, Sequence

from archc.diagram.describe import Texts, argument_text
from archc.graph import Arg, CallItem
from archc.layers.values import Ref
from archc.tuples import NamedTuple

_LONGEST = 14
"""Letters of an argument in a table."""


class Scope(NamedTuple):
    """A block that is drawn in place: what tells its names from those of the texts around, and what
    its parameters are called there."""

    id: str
    texts: Texts


Scopes = tuple[Scope, ...]


def inside(items: Sequence[CallItem], scopes: Scopes) -> Scopes:
    """The scopes in a block that is drawn in place."""
    first = items[0]
    given = {
        name: argument_text([item.args[name] for item in items], texts_of(scopes))
        for name in first.args
        if all(name in item.args for item in items)
    }
    return (*scopes, Scope(f"{len(scopes)} {first.site.start}", given))


def column(items: Sequence[CallItem], name: str, scopes: Scopes) -> str:
    """An argument that a call gives, if it is a number of layers or sizes, or a word."""
    args = [item.args[name] for item in items if name in item.args]
    if not _is_column(args[0]):
        return ""
    text = argument_text(args, texts_of(scopes))
    return text if len(text) <= _LONGEST and text != "…" else ""


def _is_column(arg: Arg) -> bool:
    # Rates and scales, which are floats, say nothing of what is built.
    value = arg.value
    plain = value if type(value) is tuple else (value,)
    return arg.source != "layer" and all(isinstance(one, int | str) for one in plain)


def values_read(args: Mapping[str, Arg], scopes: Scopes) -> list[str]:
    return [scoped(arg.value.name, scopes) for arg in args.values() if isinstance(arg.value, Ref)]


def texts_of(scopes: Scopes) -> Texts:
    """What the parameters of the text here are called around it."""
    return scopes[-1].texts if scopes else {}


def scoped(name: str, scopes: Scopes) -> str:
    """A name that no other text has."""
    return "\0".join((*(scope.id for scope in scopes), name))
