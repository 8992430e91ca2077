"""What stands where numbers do: functions, such as an activation that a block takes as an argument,
and what is not used."""

from enum import Enum

from archc.layers import LAYERS
from archc.layers.base import Layer
from archc.layers.values import Word
from archc.shape import Shape
from archc.tuples import NamedTuple


class Any(Enum):
    """The value of what a use only borrows: it is not read."""

    ANY = "any"


ANY = Any.ANY


class Function(NamedTuple):
    """The text of something that can be called with a tensor: `F.relu`."""

    text: str


IDENTITY = Function("nn.Identity()")


def function_of(layer: Layer, x: Shape) -> Function | None:
    """A layer as a plain function of its input; None if it takes more or holds weights."""
    code = layer.code(x)
    if code.init is not None:
        return None
    if code.call is None:
        return IDENTITY
    keywords = [term for _, term in code.call.keywords if not term.is_default]
    if code.call.terms or keywords or "{" in code.call.target:
        return None
    return Function(code.call.target)


def function_named(word: Word, x: Shape) -> Function | None:
    """The plain function of the layer that a word names, with its defaults."""
    layer = LAYERS.get(word)
    if layer is None or any(parameter.required for parameter in layer.parameters):
        return None
    return function_of(layer(**{p.name: p.default for p in layer.parameters}), x)
