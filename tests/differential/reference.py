"""A random network built and run by PyTorch, step by step, from its structure."""

from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import torch
from torch import Tensor, nn
from torchvision.models._utils import _make_divisible

from archc.layers.values import Ref

from . import sequences, windows
from . import structure as s
from .maps import MEANINGS
from .values import Flow, OtherWeights, Refused, Stricter

__all__ = ["Reference", "example", "sequences"]

BATCH = 2
LARGEST = 20_000
"""Numbers that a value may hold, all examples together."""

Parts: TypeAlias = "list[nn.Module | Parts]"
Names = Mapping[str, Any]

_TORCH_REFUSES = (
    RuntimeError, ValueError, IndexError, AssertionError, NotImplementedError, ZeroDivisionError,
)  # fmt: skip
_FUNCTIONS = {"__builtins__": {}, "min": min, "max": max, "divisible": _make_divisible}


class TooLarge(Exception):
    """The network is no use as a test."""


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
        self.shares: dict[str, _Shared] = {}

    def copy(self) -> "Frame":
        """The same, for a trial that leaves no trace."""
        other = Frame(self.c, [], self.body)
        other.taps = dict(self.taps)
        other.shares = {
            name: _Shared(shared.steps, shared.scope, None) for name, shared in self.shares.items()
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


class _Shared:
    def __init__(
        self, steps: tuple[s.Step, ...], scope: Scope, made: list[nn.Module] | None
    ) -> None:
        self.steps = steps
        self.scope = scope
        self.made = made


class Reference:
    """A run of the network. `log` has each layer's word and the sizes behind it, in order; `done`
    the steps that ran; `outputs` what is returned besides, by name."""

    def __init__(self, network: s.Network, seed: int = 0) -> None:
        self.defaults = network.defaults
        self.blocks = {block.name: block for block in network.blocks}
        self.log: list[tuple[str, tuple[int, ...]]] = []
        self.done: set[int] = set()
        self.parts: Parts = []
        self.outputs: dict[str, Flow] = {}
        self.numbers = torch.Generator().manual_seed(seed)
        self.window: windows.Cut | None = None
        self.made: list[nn.Module] | None = None
        self.shared: Iterator[nn.Module] | None = None
        self.depth = 0

    def run(self, network: s.Network, x: Flow) -> Flow:
        """Raises Refused."""
        frame = Frame(None if x.layout == "ids" else x.c, self.parts)
        return self.steps(network.steps, x, frame, Scope(), self.parts)

    def modules(self) -> list[nn.Module]:
        """Everything built, in the order of the state dict."""
        return list(_flat(self.parts))

    def steps(
        self, steps: tuple[s.Step, ...], x: Flow, frame: Frame, scope: Scope, parts: Parts
    ) -> Flow:
        for step in steps:
            try:
                if isinstance(step, s.Let):
                    value = evaluate(s.Expr(step.value), x, frame, scope)
                    scope = scope.let(step, value)
                else:
                    x = _RUN[type(step)](self, step, x, frame, scope, parts)
            except Stricter as stricter:
                raise Refused(step, str(stricter), str(stricter)) from None
            except _TORCH_REFUSES as error:
                raise Refused(step, f"{type(error).__name__}: {error}") from None
            self.done.add(id(step))
        return x

    def maker(self, parts: Parts) -> Callable[[Callable[[], nn.Module]], Any]:
        def make(build: Callable[[], nn.Module]) -> nn.Module:
            if self.shared is not None:
                module = next(self.shared, None)
                if module is None:
                    raise TooLarge  # a share whose `if` builds other parts at its next use
                if not _alike(build(), module):
                    raise OtherWeights
                return module
            module = build()
            with torch.no_grad():
                for parameter in module.parameters():
                    parameter.uniform_(-0.7, 0.7, generator=self.numbers)
            parts.append(module)
            if self.made is not None:
                self.made.append(module)
            return module

        return make

    # --- steps ------------------------------------------------------------------------------

    def use(self, step: s.Use, x: Flow, frame: Frame, scope: Scope, parts: Parts) -> Flow:
        word = scope.names.get(step.word, step.word)
        if word in frame.shares:
            try:
                return self.share(frame.shares[word], x, frame, scope, parts)
            except OtherWeights:
                raise Refused(step, "the share has other weights", "layout") from None
        if word in self.blocks:
            return self.call(self.blocks[word], step, x, frame, scope, parts)
        args = self.arguments(word, step, x, frame, scope)
        if word == "attn":
            args["window"] = self.window
        y = bounded(MEANINGS[word](self.maker(parts), x, **args))
        self.log.append((word, y.dims))
        return y

    def arguments(
        self, word: str, step: s.Use, x: Flow, frame: Frame, scope: Scope
    ) -> dict[str, Any]:
        given = list(step.args)
        for named, args in (*scope.withs, *self.defaults):
            if named == word:
                given += [arg for arg in args if arg.name not in {own.name for own in given}]
        keywords = {"from": "from_", "in": "in_"}
        return {
            keywords.get(arg.name, arg.name): evaluate(arg.value, x, frame, scope) for arg in given
        }

    def call(
        self, block: s.Block, step: s.Use, x: Flow, frame: Frame, scope: Scope, parts: Parts
    ) -> Flow:
        given = {arg.name: evaluate(arg.value, x, frame, scope) for arg in step.args}
        own: Parts = []
        parts.append(own)
        body = None if step.body is None else Body(step.body, frame, scope, parts)
        inner = Frame(None if x.layout == "ids" else x.c, own, body)
        names = scope.of_block()
        for name, default in block.defaults:
            value = given[name] if name in given else by_default(default, x, inner, names)
            names = names.bind(**{name: value})
        self.depth += 1
        if self.depth > 20:
            raise TooLarge
        y = self.steps(block.steps, x, inner, names, own)
        self.depth -= 1
        return y._replace(pool=None)

    def share(self, shared: _Shared, x: Flow, frame: Frame, scope: Scope, parts: Parts) -> Flow:
        inner = shared.scope._replace(withs=scope.withs, top=scope.top)
        if shared.made is not None:
            outer, self.shared = self.shared, iter(shared.made)
            try:
                return self.steps(shared.steps, x, frame, inner, parts)
            finally:
                self.shared = outer
        own: Parts = []
        # In front of the part of the declaring text that uses it first.
        frame.parts.insert(len(frame.parts) - (parts is not frame.parts), own)
        outer_made, self.made = self.made, []
        try:
            y = self.steps(shared.steps, x, frame, inner, own)
            shared.made = self.made
            return y
        finally:
            self.made = outer_made

    def merge(self, step: s.Merge, x: Flow, frame: Frame, scope: Scope, parts: Parts) -> Flow:
        there = [branch for branch in step.branches if self.stands(branch, x, frame, scope)]
        starts = share_out(step, x, len(there))
        values = [
            self.steps(branch.steps, start, frame, scope, parts)
            for branch, start in zip(there, starts, strict=True)
        ]
        if len(values) < 2:
            return values[0] if values else x
        return bounded(combine(step.kind, values))

    def stands(self, branch: s.Branch, x: Flow, frame: Frame, scope: Scope) -> bool:
        try:
            return not branch.guard or bool(evaluate(s.Expr(branch.guard), x, frame, scope))
        except Stricter as stricter:
            raise Refused(branch, str(stricter), str(stricter)) from None

    def repeat(self, step: s.Repeat, x: Flow, frame: Frame, scope: Scope, parts: Parts) -> Flow:
        turns: Parts = []
        parts.append(turns)
        count = evaluate(s.Expr(step.count), x, frame, scope)
        if count < 0:
            raise Stricter("value")
        for _ in range(count):
            turns.append([])
            x = self.steps(step.steps, x, frame, scope, turns[-1])  # type: ignore[arg-type]
        return x

    def loop(self, step: s.Loop, x: Flow, frame: Frame, scope: Scope, parts: Parts) -> Flow:
        turns: Parts = []
        parts.append(turns)
        for row in step.turns:
            turns.append([])
            inner = scope.bind(**dict(zip(step.names, row, strict=True)))
            x = self.steps(step.steps, x, frame, inner, turns[-1])  # type: ignore[arg-type]
        return x

    def condition(self, step: s.If, x: Flow, frame: Frame, scope: Scope, parts: Parts) -> Flow:
        holds = evaluate(s.Expr(step.test), x, frame, scope)
        return self.steps(step.then if holds else step.otherwise, x, frame, scope, parts)

    def group(self, step: s.Group, x: Flow, frame: Frame, scope: Scope, parts: Parts) -> Flow:
        own: Parts = [] if step.label else parts
        if step.label:
            parts.append(own)
        return self.steps(step.steps, x, frame, scope, own)

    def with_(self, step: s.With, x: Flow, frame: Frame, scope: Scope, parts: Parts) -> Flow:
        inner = scope._replace(withs=((step.word, step.args), *scope.withs))
        return self.steps(step.steps, x, frame, inner, parts)

    def in_windows(
        self, step: s.Windows, x: Flow, frame: Frame, scope: Scope, parts: Parts
    ) -> Flow:
        if x.layout not in ("first", "last") or x.rank != 2:
            raise Stricter("layout")
        outer, self.window = self.window, windows.cut(x.positions, *step[:3])
        inner = windows.into(x, self.window)
        y = self.steps(step.steps, inner, frame, scope, parts)
        if y.layout != "last" or y.dims[:-1] != inner.dims[:-1]:
            raise Stricter("window tokens")
        y = windows.back(y.t, x, self.window)
        self.window = outer
        return y

    def tap(self, step: s.Tap, x: Flow, frame: Frame, scope: Scope, parts: Parts) -> Flow:
        frame.taps[step.name] = x
        return x

    def recall(self, step: s.Recall, x: Flow, frame: Frame, scope: Scope, parts: Parts) -> Flow:
        value = scope.names.get(step.name)
        return value if isinstance(value, Flow) else frame.taps[step.name]

    def output(self, step: s.Output, x: Flow, frame: Frame, scope: Scope, parts: Parts) -> Flow:
        self.outputs[step.name] = x
        return x

    def declare(self, step: s.Share, x: Flow, frame: Frame, scope: Scope, parts: Parts) -> Flow:
        frame.shares[step.name] = _Shared(step.steps, scope, None)
        return x

    def body(self, step: s.Body, x: Flow, frame: Frame, scope: Scope, parts: Parts) -> Flow:
        assert frame.body is not None
        return self.steps(frame.body.steps, x, frame.body.frame, frame.body.scope, frame.body.parts)


_RUN: dict[type, Callable[..., Flow]] = {
    s.Use: Reference.use,
    s.Merge: Reference.merge,
    s.Repeat: Reference.repeat,
    s.Loop: Reference.loop,
    s.If: Reference.condition,
    s.Group: Reference.group,
    s.With: Reference.with_,
    s.Windows: Reference.in_windows,
    s.Tap: Reference.tap,
    s.Recall: Reference.recall,
    s.Output: Reference.output,
    s.Share: Reference.declare,
    s.Body: Reference.body,
}


def bounded(y: Flow) -> Flow:
    """Refuses an empty value."""
    if y.t.numel() == 0:
        raise Stricter("empty")
    if y.t.numel() > LARGEST:
        raise TooLarge
    return y


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


def share_out(step: s.Merge, x: Flow, count: int) -> list[Flow]:
    """What each branch gets."""
    if step.kind != "split":
        return [x] * count
    if x.layout == "ids":
        raise Stricter("layout")
    if x.c % count:
        raise Stricter("uneven halves")
    return [x._replace(t=t, pool=None) for t in x.t.chunk(count, x.axis)]


def combine(kind: str, values: list[Flow]) -> Flow:
    """At least two branches' values as one."""
    first, tensors = values[0], [value.t for value in values]
    one_layout = all(v.layout == first.layout and v.rank == first.rank for v in values)
    if kind in ("sub", "matmul"):
        _, _ = values  # torch's functions take two, and a ValueError is a refusal.
    if kind in ("add", "sub"):
        y = reduce(torch.add if kind == "add" else torch.sub, tensors)
        if not one_layout or any(t.shape != first.t.shape for t in tensors):
            raise Stricter("broadcast")
        return first._replace(t=y, pool=None)
    if kind == "mul":
        y = reduce(torch.mul, tensors)
        if not one_layout:
            raise Stricter("broadcast")
        return first._replace(t=y, pool=None)
    if kind == "stack":
        y = torch.stack(tensors, 1)
        if not one_layout:
            raise Stricter("broadcast")
        return Flow(y, "last" if first.layout == "vector" else first.layout)
    if kind == "matmul":
        return _product(*values)
    if kind == "join" and (first.layout not in ("first", "last") or first.rank != 1):
        raise Stricter("layout")
    if first.layout == "ids":
        raise Stricter("layout")
    axis = first.axis if kind != "join" else 3 - first.axis % 3
    y = torch.cat(tensors, axis)
    if not one_layout:
        raise Stricter("layout")
    return first._replace(t=y, pool=None)


def _product(first: Flow, second: Flow) -> Flow:
    y = torch.matmul(first.t, second.t)
    ranks = first.t.dim() == second.t.dim() >= 3
    if not ranks or first.dims[:-2] != second.dims[:-2]:
        raise Stricter("broadcast")
    return first._replace(t=y, pool=None)


def example(network: s.Network, seed: int) -> Flow:
    """A batch for the network; ids 0 and 1, the first one 1, so that a mask leaves some."""
    generator = torch.Generator().manual_seed(seed)
    if network.layout == "ids":
        ids = torch.randint(2, (BATCH, *network.dims), generator=generator)
        ids[:, 0] = 1
        return Flow(ids, "ids")
    numbers = torch.rand(BATCH, *network.dims, generator=generator) + 0.1
    return Flow(numbers.requires_grad_(), network.layout)


def _alike(one: nn.Module, other: nn.Module) -> bool:
    """Whether one module can do the other's work: tensors of the same shapes, equal settings."""
    shapes = ([t.shape for t in module.state_dict().values()] for module in (one, other))
    return repr(one) == repr(other) and next(shapes) == next(shapes)


def _flat(parts: Parts) -> Iterator[nn.Module]:
    for part in parts:
        if isinstance(part, list):
            yield from _flat(part)
        else:
            yield part


def tensors(modules: list[nn.Module]) -> list[Tensor]:
    return [tensor for module in modules for tensor in module.state_dict().values()]
