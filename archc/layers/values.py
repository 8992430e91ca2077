"""What an argument of a step can be once it is evaluated, and how it is written."""

from typing import TypeAlias

from archc.symbolic import Open
from archc.tuples import NamedTuple


class Word(str):
    """A bare name such as `same` or `fan_out`; a plain `str` is a "text"."""

    __slots__ = ()


OPEN = Word("?")
"""A size that is not said."""


class Init(NamedTuple):
    """An initialisation such as `he(fan_out)` or `normal(.02)`."""

    name: str
    values: tuple["Value", ...] = ()
    keywords: tuple[tuple[str, "Value"], ...] = ()


class Ref(NamedTuple):
    """Another value of the network, written `@name`: what arrives at a layer's port."""

    name: str


Value: TypeAlias = "int | float | bool | str | Open | Init | Ref | tuple[Value, ...] | None"


def depends_on_open(value: Value) -> bool:
    """Whether a value is, or holds, a size that is not known before the network runs."""
    return isinstance(value, Open) or (
        isinstance(value, tuple) and any(map(depends_on_open, value))
    )


def written(value: Value) -> str:
    """A value as a spec writes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    if isinstance(value, Word):
        return value
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Init):
        inner = [written(v) for v in value.values]
        inner += [f"{name}={written(v)}" for name, v in value.keywords]
        return f"{value.name}({', '.join(inner)})" if inner else value.name
    if isinstance(value, Ref):
        return f"@{value.name}"
    if isinstance(value, tuple):
        return "[" + " ".join(written(v) for v in value) + "]"
    return repr(value)


def kind_of(value: Value) -> str:
    """What a value is, for the sentence "..., got the text "a""."""
    if isinstance(value, bool) or value is None:
        return f"`{written(value)}`"
    if isinstance(value, Word):
        return f"the word `{value}`"
    if isinstance(value, str):
        return f"the text {written(value)}"
    if isinstance(value, Init):
        return f"the initialisation `{written(value)}`"
    if isinstance(value, Ref):
        return f"the value `{written(value)}`"
    if isinstance(value, tuple):
        return f"the list `{written(value)}`"
    return f"`{written(value)}`"
