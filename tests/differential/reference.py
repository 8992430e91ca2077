"""A random network built and run by PyTorch, step by step, from its structure."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from . import sequences, windows
from . import structure as s
from .maps import MEANINGS
from .merging import combine, share_out
from .scope import Body, Frame, Parts, Scope, Shared, by_default, evaluate
from .values import Flow, OtherWeights, Refused, Stricter

__all__ = ["Reference", "example", "sequences"]

BATCH = 2
LARGEST = 20_000
"""Numbers that a value may hold, all examples together."""

_TORCH_REFUSES = (
    RuntimeError, ValueError, IndexError, AssertionError, NotImplementedError, ZeroDivisionError,
)  # fmt: skip


class TooLarge(Exception):
    """The network is no use as a test."""


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
        if word != "pool" and y.t is not x.t:
            y = y._replace(pool=None)  # The value is right behind a pool no more.
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

    def share(self, shared: Shared, x: Flow, frame: Frame, scope: Scope, parts: Parts) -> Flow:
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
        frame.shares[step.name] = Shared(step.steps, scope, None)
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
