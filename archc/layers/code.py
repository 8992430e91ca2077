"""A layer as PyTorch text: calls, and the terms they are made of."""

from archc.layers.values import Init
from archc.tuples import NamedTuple

_NO_DEFAULT = object()


class Term(NamedTuple):
    """An argument in PyTorch text: its value, and where it comes from: the layer's argument of
    that name, a size of the input (`C`), or nothing (a constant of the layer). One that equals
    torch's `default` is not written."""

    value: object
    origin: str = ""
    default: object = _NO_DEFAULT

    @property
    def is_default(self) -> bool:
        """Whether it can be left out; an initialisation follows in a line of its own."""
        return self.value == self.default or isinstance(self.value, Init)


class Call(NamedTuple):
    """`target(terms..., key=term...)` in PyTorch text.

    A target with `{}` in it is a formula instead: `{0}` is the value, `{1}` and so on are the terms
    in order, `{kv}` is what arrives at the port `kv`, `{self}` the module that `init` makes, as in
    `"{1} * {0} + {2}"` and `"{self}({0}, {kv}, {kv})[0]"`.
    """

    target: str
    terms: tuple[Term, ...] = ()
    keywords: tuple[tuple[str, Term], ...] = ()


class Code(NamedTuple):
    """A layer in PyTorch.

    With `init` it is a module made in `__init__` and called in `forward`, with the value alone or
    as the formula `call` says; without it `call` is a function of the value, its first argument;
    with neither, the value passes unchanged. `helpers` are the classes and functions that the text
    needs, by name.
    """

    init: Call | None = None
    call: Call | None = None
    helpers: tuple[tuple[str, str], ...] = ()


def formula(
    start: str, terms: tuple[Term, ...] = (), keywords: tuple[tuple[str, Term], ...] = ()
) -> Call:
    """A formula that ends in a list of arguments: `start, term, key=term)`."""
    keywords = tuple((key, term) for key, term in keywords if not term.is_default)
    fields = [f"{{{place}}}" for place in range(1, len(terms) + 1)]
    named = [f"{key}={{{place}}}" for place, (key, _) in enumerate(keywords, len(terms) + 1)]
    return Call(", ".join([start, *fields, *named]) + ")", (*terms, *(t for _, t in keywords)))
