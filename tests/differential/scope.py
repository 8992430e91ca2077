"""What the words of a text mean where it is run, and the arguments that they make."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from torch import nn
from torchvision.models._utils import _make_divisible

from archc.layers.values import Ref

from . import structure as s
from .maps import MEANINGS
from .values import Flow, Stricter

Parts: TypeAlias = "list[nn.Module | Parts]"
Names = Mapping[str, Any]

_FUNCTIONS = {"__builtins__": {}, "min": min, "max": max, "divisible": _make_divisible}


class Body(NamedTuple):
    """A body and the place where it is written."""

    steps: tuple[s.Step, ...]
    frame: "Frame"
    scope: "Scope"
    parts: Parts


class Frame:
    """One instance of a text: of the network's own or of a block's."""

    def __init__(self, c: int | None, parts: Parts, body: Body | None = None) -> None:
        self.c = c
        self.parts = parts
        self.body = body
        self.taps: dict[str, Flow] = {}
        self.shares: dict[str, Shared] = {}

    def copy(self) -> "Frame":
        """The same, for a trial that leaves no trace."""
        other = Frame(self.c, [], self.body)
        other.taps = dict(self.taps)
        other.shares = {
            name: Shared(shared.steps, shared.scope, None) for name, shared in self.shares.items()
        }
        return other


class Scope(NamedTuple):
    """What words mean, the arguments that `with` gives, innermost first, and what words mean in
    all blocks."""

    names: Names = MappingProxyType({})
    withs: tuple[tuple[str, tuple[s.Arg, ...]], ...] = ()
    top: Names = MappingProxyType({})

    def bind(self, **names: Any) -> "Scope":
        return self._replace(names={**self.names, **names})

    def let(self, step: s.Let, value: Any) -> "Scope":
        bound = self.bind(**{step.name: value})
        return bound._replace(top={**self.top, step.name: value}) if step.top else bound

    def of_block(self) -> "Scope":
        """Where a block's text starts that is called here."""
        return self._replace(names=self.top)


class Shared:
    def __init__(
        self, steps: tuple[s.Step, ...], scope: Scope, made: list[nn.Module] | None
    ) -> None:
        self.steps = steps
        self.scope = scope
        self.made = made


def sizes(x: Flow, frame: Frame) -> dict[str, int]:
    """The sizes that have names here."""
    found = {} if frame.c is None else {"Cin": frame.c}
    if x.layout == "ids":
        return {**found, "L": x.dims[0]}
    names = {0: "", 1: "L", 2: "HW", 3: "DHW"}.get(x.rank, "")
    return {**found, "C": x.c, **dict(zip(names, x.positions, strict=False))}


def evaluate(value: Any, x: Flow, frame: Frame, scope: Scope) -> Any:
    """An argument's value here."""
    if isinstance(value, s.Expr):
        try:
            return eval(value.text, _FUNCTIONS, {**scope.names, **sizes(x, frame)})
        except (NameError, ZeroDivisionError):
            raise Stricter("value") from None
    if isinstance(value, Ref):
        named = scope.names.get(value.name)
        return named if isinstance(named, Flow) else frame.taps[value.name]
    return value


def by_default(default: str, x: Flow, frame: Frame, scope: Scope) -> Any:
    """A parameter's default: a layer, or an expression."""
    return default if default in MEANINGS else evaluate(s.Expr(default), x, frame, scope)
