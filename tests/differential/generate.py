"""Random networks: each step is drawn for the value that PyTorch has there, so that most go on."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from archc.layers.values import Ref, Value, Word, written

from . import drawing
from .reference import Frame, Reference, Scope, TooLarge, by_default, evaluate, example, sizes
from .structure import (
    Arg,
    Block,
    Body,
    Branch,
    Expr,
    Group,
    If,
    Let,
    Loop,
    Merge,
    Network,
    Output,
    Recall,
    Repeat,
    Share,
    Step,
    Tap,
    Use,
    Windows,
    With,
)
from .values import Flow, Refused, Stricter

MERGES = ("add", "add", "add", "concat", "concat", "mul", "sub", "join", "stack", "matmul", "split")
LARGEST = 1500
"""Numbers an example that a drawn value may hold."""
_GIVEN: list[tuple[str, str, Value]] = [
    ("conv", "bias", False),
    ("conv", "k", 1),
    ("bn", "eps", 0.001),
    ("ln", "eps", 0.01),
    ("dropout", "p", 0.125),
    ("fc", "bias", False),
]
"""What `with` and `default` give."""


def draw_network(seed: str) -> Network:
    """The network of a seed."""
    return _Drawer(random.Random(seed)).network()


class _Place:
    """Where steps are drawn: the value there, and what words mean. The value is None behind a step
    that is refused."""

    def __init__(self, x: Flow | None, frame: Frame, scope: Scope, depth: int) -> None:
        self.x = x
        self.frame = frame
        self.scope = scope
        self.depth = depth

    def inner(self, x: Flow | None = None, **names: object) -> "_Place":
        """A trial that leaves no trace here."""
        x = self.x if x is None else x
        return _Place(x, self.frame.copy(), self.scope.bind(**names), self.depth + 1)

    @property
    def numbers(self) -> dict[str, int]:
        assert self.x is not None
        named = {name: v for name, v in self.scope.names.items() if type(v) is int}
        return {**named, **sizes(self.x, self.frame)}

    @property
    def taps(self) -> dict[str, str]:
        """How each named value is written as an argument."""
        passed = {name: name for name, v in self.scope.names.items() if isinstance(v, Flow)}
        return {**{name: f"@{name}" for name in self.frame.taps}, **passed}


class _Drawer:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.names = 0
        self.blocks: list[Block] = []
        self.open = 0  # blocks that are being drawn: they cannot be called yet
        self.maybe = 0  # places that may not be built: what they name is not known behind them
        self.broken = False
        self.may_break = rng.random() < 0.7

    def network(self) -> Network:
        rng = self.rng
        layout = rng.choice(["first"] * 7 + ["vector", "ids"])
        rank = rng.choice([1, 2, 2, 2, 3])
        dims = (
            (rng.randint(1, 12),)
            if layout != "first"
            else (
                rng.choice([1, 2, 3, 4, 6, 8]),
                *(rng.randint(1, 12 - 2 * rank) for _ in range(rank)),
            )
        )
        defaults: tuple[tuple[str, tuple[Arg, ...]], ...] = ()
        if rng.random() < 0.15:
            defaults = (self.given(),)
        bare = Network(dims, layout, 2 if layout == "ids" else 0, defaults, (), ())
        self.reference = Reference(bare)
        x = example(bare, 0)
        x = x._replace(t=x.t.detach())
        place = _Place(x, Frame(None if layout == "ids" else x.c, []), Scope(), 0)
        with torch.no_grad():
            first = self.let(place) if rng.random() < 0.2 else None
            named = (first,) if first and self.runs(first, place) else ()
            steps = (*named, *self.chain(place, rng.choice([1, 1, 2, 3, 4, 6, 8])))
        return bare._replace(blocks=tuple(self.blocks), steps=steps)

    def name(self) -> str:
        self.names += 1
        return f"{self.rng.choice('uvwxyz')}{self.names}"

    def given(self) -> tuple[str, tuple[Arg, ...]]:
        word, name, value = self.rng.choice(_GIVEN)
        return word, (Arg(name, value, f"{name}={written(value)}"),)

    # --- chains -----------------------------------------------------------------------------

    def chain(self, place: _Place, count: int, keeping: float = 0.0) -> tuple[Step, ...]:
        """Steps that follow each other; `keeping` is how likely they leave sizes alone."""
        steps: list[Step] = []
        for _ in range(count):
            step = None if place.x is None else self.step(place, keeping)
            if step is not None:
                steps.append(step)
        behind = place.x is None and self.rng.random() < 0.3
        if behind or all(isinstance(step, Let | Share) for step in steps):
            steps.append(Use(self.rng.choice(drawing.ACTIVATIONS) if behind else "id"))
        return tuple(steps)

    def step(self, place: _Place, keeping: float) -> Step | None:
        """A step that runs, or the network's one mistake; None where nothing was found."""
        rng, x = self.rng, place.x
        assert x is not None
        for _ in range(5):
            if place.depth < 3 and rng.random() < 0.4:
                step = rng.choice(_COMPOSITES)(self, place)
                if step is None:
                    continue
                if self.broken:
                    place.x = None
                    return step
            elif rng.random() < keeping:
                step = drawing.keeping(x, place.numbers, rng)
            else:
                step = drawing.layer(x, place.taps, place.numbers, rng)
            if self.runs(step, place):
                return step
        return None

    def runs(self, step: Step, place: _Place) -> bool:
        """Runs a step; one that is refused is kept at times, as the network's only mistake."""
        assert place.x is not None
        trial = place.frame.copy()
        self.reference.blocks = {block.name: block for block in self.blocks}
        self.reference.depth = 0
        try:
            y = self.reference.steps((step,), place.x, trial, place.scope, trial.parts)
        except TooLarge:
            return False
        except Refused:
            keep = self.may_break and self.rng.random() < (0.5 if isinstance(step, Use) else 0.7)
            if keep:
                self.broken, place.x = True, None
            return keep
        if y.t[0].numel() > LARGEST:
            return False
        if isinstance(step, Let):
            value = evaluate(Expr(step.value), place.x, trial, place.scope)
            place.scope = place.scope.let(step, value)
        place.x, place.frame.taps = y, trial.taps
        place.frame.shares = trial.shares
        return True

    @contextmanager
    def perhaps(self) -> Iterator[None]:
        self.maybe += 1
        yield
        self.maybe -= 1

    # --- what holds other steps -----------------------------------------------------------

    def merge(self, place: _Place) -> Step | None:
        rng, x = self.rng, place.x
        assert x is not None
        if x.layout == "ids":
            return None
        kind = rng.choice(MERGES)
        of_two = kind in ("sub", "matmul") and rng.random() < 0.95
        count = 2 if of_two else rng.choice([2, 2, 3])
        if kind == "split" and (x.layout == "ids" or x.c % count):
            return Merge(kind, (Branch((Use("id"),)),) * 0 + tuple(
                Branch((Use("id"),)) for _ in range(count)))  # fmt: skip
        branches = []
        for i in range(count):
            start = x
            if kind == "split":
                start = x._replace(t=x.t.chunk(count, x.axis)[i])
            branches.append(self.branch(kind, i, place.inner(start)))
        return Merge(kind, tuple(branches))

    def branch(self, kind: str, index: int, place: _Place) -> Branch:
        rng, x = self.rng, place.x
        assert x is not None
        if self.broken or (index == 0 and rng.random() < 0.4):
            return Branch((Use("id"),))
        if kind == "matmul" and index == 1 and len(x.dims) > 1 and rng.random() < 0.9:
            axes = [*range(1, len(x.dims) - 1), len(x.dims), len(x.dims) - 1]
            return Branch((drawing.use("permute", {"axes": tuple(axes)}, {}, {}, rng),))
        guard = ""
        if kind in ("add", "concat", "mul", "join") and rng.random() < 0.15:
            guard = drawing.condition(place.numbers, rng)
        with self.perhaps():
            steps = self.chain(place, rng.choice([1, 1, 2, 3]), keeping=0.93)
        wider = rng.choice([1, 2, 3])
        if kind == "concat" and place.x is not None and rng.random() < 0.6:
            word = {"first": "conv", "ids": "id"}.get(place.x.layout, "fc")
            last = Use(word, (Arg("c", wider, str(wider)),) if word != "id" else ())
            steps = (*steps, last) if self.runs(last, place) else steps
        # The condition of a branch would be that of the `let` in front of it.
        return Branch(steps or (Use("id"),), "" if isinstance(steps[-1], Let) else guard)

    def repeat(self, place: _Place) -> Step | None:
        times = self.rng.choice([0, 1, 2, 2, 3])
        text = str(times)
        if self.rng.random() < 0.4:
            text = drawing.expression(times, place.numbers, self.rng) if place.numbers else text
            text = text if text.isidentifier() else f"({text})"
        with self.perhaps():
            return Repeat(text, self.chain(place.inner(), self.rng.choice([1, 2]), keeping=0.8))

    def loop(self, place: _Place) -> Step | None:
        rng = self.rng
        a, b = self.name(), self.name()
        values = [rng.choice([1, 2, 3, 4, 6, 8]) for _ in range(rng.choice([1, 2, 3]))]
        shown = " ".join(map(str, values))
        kind = rng.randrange(5)
        if kind == 0:
            names, rows, turns = (a,), f"0..{len(values)}", [(i,) for i in range(len(values))]
        elif kind == 1:
            names, rows, turns = (a,), f"[{shown}]", [(v,) for v in values]
        elif kind == 2:
            names, rows, turns = (a, b), f"enum([{shown}])", list(enumerate(values))
        elif kind == 3:
            others = [rng.choice([1, 2, 3]) for _ in values]
            rows = f"zip([{shown}], [{' '.join(map(str, others))}])"
            names, turns = (a, b), list(zip(values, others, strict=True))
        else:
            others = [rng.choice([1, 2, 3]) for _ in values]
            turns = list(zip(values, others, strict=True))
            rows = f"[{'; '.join(f'{p} {q}' for p, q in turns)};]"
            names = (a, b)
        inner = place.inner(**dict(zip(names, turns[0], strict=True)))
        steps = self.chain(inner, rng.choice([1, 2, 3]), keeping=0.7)
        return Loop(names, rows, tuple(turns), steps)

    def condition(self, place: _Place) -> Step | None:
        rng = self.rng
        with self.perhaps():
            then = self.chain(place.inner(), rng.choice([1, 2]), keeping=0.5)
            otherwise: tuple[Step, ...] = ()
            if rng.random() < 0.4 and not self.broken:
                otherwise = self.chain(place.inner(), rng.choice([1, 2]), keeping=0.5)
        test = drawing.condition(place.numbers, rng)
        if self.broken and not evaluate(Expr(test), place.x, place.frame, place.scope):  # type: ignore[arg-type]
            # The mistake is in what is built.
            test = f"not ({test})"
        if self.broken and otherwise:
            then, otherwise = otherwise, then
        return If(test, then, otherwise) if then else None

    def group(self, place: _Place) -> Step | None:
        label = self.name() if self.rng.random() < 0.7 else ""
        steps = self.chain(place.inner(), self.rng.choice([1, 2, 3]))
        return Group(label, steps) if steps else None

    def with_(self, place: _Place) -> Step | None:
        word, args = self.given()
        inner = place.inner()
        inner.scope = inner.scope._replace(withs=((word, args), *inner.scope.withs))
        steps = self.chain(inner, self.rng.choice([1, 2, 3]), keeping=0.4)
        return With(word, args, steps) if steps else None

    def windows(self, place: _Place) -> Step | None:
        rng, x = self.rng, place.x
        assert x is not None
        if (x.rank != 2 or x.layout == "ids") and rng.random() < 0.9:
            return None
        sides = (rng.randint(1, 4), rng.randint(1, 4))
        shift = (0, 0) if rng.random() < 0.5 else (rng.randint(0, 3), rng.randint(0, 3))
        shift = (shift[0] % sides[0], shift[1] % sides[1])
        tokens = Flow(torch.rand(2, sides[0] * sides[1], x.c), "last")
        heads = rng.choice([1, 2, x.c])
        attn = drawing.use("attn", {"heads": heads, "v2": rng.random() < 0.3}, {}, {}, rng)
        inner = place.inner(tokens)
        inner.depth = 3
        steps = self.chain(inner, rng.choice([0, 1, 2]), keeping=0.95)
        steps = steps if self.broken or rng.random() < 0.3 else (*steps, attn)
        grid = rng.random() < 0.2
        return Windows(sides, shift if not grid else (0, 0), grid, steps) if steps else None

    def let(self, place: _Place) -> Step | None:
        if not place.numbers:
            return None
        value = drawing.expression(self.rng.randint(1, 8), place.numbers, self.rng)
        return Let(self.name(), value, top=place.depth == 0)

    def tap(self, place: _Place) -> Step | None:
        if self.maybe:
            return None
        if self.rng.random() < 0.4 and place.depth == 0 and not self.open:
            return Output(self.name(), self.rng.random() < 0.3)
        return Tap(self.rng.choice([*place.frame.taps, self.name(), self.name()]))

    def recall(self, place: _Place) -> Step | None:
        return Recall(self.rng.choice(sorted(place.taps))) if place.taps else None

    def unpool(self, place: _Place) -> Step | None:
        """A pool and its opposite, with something between them."""
        rng, x = self.rng, place.x
        assert x is not None
        if x.layout != "first" or x.rank > 3 or self.maybe:
            return None
        window: dict[str, Value] = {"k": rng.choice([1, 2, 2, 3])}
        if rng.random() < 0.4:
            window |= {"s": rng.choice([1, 2, 3]), "p": rng.choice([0, 0, 1])}
        name = self.name()
        back = {**window, "at": Ref(name)}
        if rng.random() < 0.2:
            back["k"] = 2
        if rng.random() < 0.4:
            window["ceil"] = True
        return Group(
            "",
            (
                drawing.use("pool", window, {}, {}, rng),
                Tap(name),
                drawing.keeping(x, {}, rng),
                drawing.use("unpool", back, {name: f"@{name}"}, {}, rng),
            ),
        )

    def port(self, place: _Place) -> Step | None:
        """A step that reads a named value, behind others that change what flows."""
        rng, x = self.rng, place.x
        assert x is not None
        if self.maybe or x.layout not in ("first", "last"):
            return None
        name, inner = self.name(), place.inner()
        steps = self.chain(inner, rng.choice([1, 2]), keeping=0.6)
        if inner.x is None or inner.x.layout not in ("first", "last"):
            return Group("", (Tap(name), *steps))
        word, values = "up", {"like": Ref(name)}
        if inner.x.layout == "last":
            word = rng.choice(["mha", "mha", "map"])
            key = "kv" if word == "mha" else "like"
            values = {key: Ref(name), **({"heads": 1} if word == "mha" else {})}
        reads = drawing.use(word, values, {name: f"@{name}"}, {}, rng)
        return Group("", (Tap(name), *steps, reads))

    def share(self, place: _Place) -> Step | None:
        rng = self.rng
        if place.frame.shares and rng.random() < 0.7:
            return Use(rng.choice(sorted(place.frame.shares)))
        if place.depth or self.maybe:
            return None
        inner = place.inner()
        inner.depth = 3
        steps = tuple(
            step for step in self.chain(inner, rng.choice([1, 2]), keeping=0.9)
            if not isinstance(step, Tap)
        )  # fmt: skip
        if self.broken or not steps:
            # A mistake in a share that is not used is not built.
            self.broken = False
            return None
        return Share(self.name(), steps)

    # --- blocks --------------------------------------------------------------------------

    def call(self, place: _Place) -> Step | None:
        rng = self.rng
        known = [
            block
            for block in self.blocks
            if block.steps and not _has_body(block) and (place.taps or not _reads_values(block))
        ]
        if known and rng.random() < 0.45:
            return self.use(rng.choice(known), place)
        if len(self.blocks) > 3 or self.open > 1:
            return None
        way = rng.random()
        if way < 0.2:
            return self.recursion(place)
        return self.call_with_body(place) if way < 0.4 else self.new_block(place)

    def use(self, block: Block, place: _Place) -> Use:
        """A call of a block: values for parameters without a default, and for some others."""
        rng = self.rng
        values: dict[str, Value] = {}
        for name, default in block.defaults:
            if not default or rng.random() < 0.5:
                values[name] = self.value(name, place)
        order = [name for name, _ in block.defaults]
        args = drawing.spelled(order, values, place.taps, place.numbers, rng, short=False)
        return Use(block.name, args)

    def given_by(self, call: Use, place: _Place) -> dict[str, Any] | None:
        """The arguments of a call; None where one has no value."""
        assert place.x is not None
        try:
            return {a.name: evaluate(a.value, place.x, place.frame, place.scope) for a in call.args}
        except Stricter:
            return None

    def value(self, name: str, place: _Place) -> Value:
        """An argument for a parameter, whose name tells its kind."""
        if name.startswith("act"):
            return Word(self.rng.choice([*drawing.ACTIVATIONS, "id"]))
        if name.startswith("memory"):
            return Ref(self.rng.choice(sorted(place.taps)))
        return self.rng.choice([1, 2, 3, 4, 6, 8])

    def new_block(self, place: _Place) -> Step | None:
        rng, x = self.rng, place.x
        assert x is not None
        parameters: list[tuple[str, str]] = []
        if rng.random() < 0.3 and place.taps:
            parameters.append((f"memory{self.name()}", ""))
        parameters += [(self.name(), "") for _ in range(rng.choice([0, 1, 2]))]
        if rng.random() < 0.4:
            parameters.append((f"act{self.name()}", "relu"))
        if rng.random() < 0.4:
            default = "C" if x.layout != "ids" and rng.random() < 0.5 else str(rng.randint(1, 4))
            parameters.append((self.name(), default))
        block = Block(f"block{len(self.blocks)}", tuple(parameters), ())
        call = self.use(block, place)
        given = self.given_by(call, place)
        if given is None:
            return None
        self.blocks.append(block)
        number = len(self.blocks) - 1
        frame = Frame(None if x.layout == "ids" else x.c, [])
        scope = place.scope.of_block()
        for name, default in parameters:
            value = given[name] if name in given else by_default(default, x, frame, scope)
            scope = scope.bind(**{name: value})
        inner = _Place(x, frame, scope, place.depth + 1)
        self.open += 1
        outer, self.maybe = self.maybe, 0
        steps = self.chain(inner, rng.choice([1, 2, 3, 4]), keeping=0.3)
        self.maybe = outer
        self.open -= 1
        acts = [name for name, _ in parameters if name.startswith("act")]
        steps = (*steps, *(Use(name) for name in acts)) if inner.x is not None else steps
        self.blocks[number] = block._replace(steps=steps or (Use("id"),))
        return call

    def recursion(self, place: _Place) -> Step | None:
        """A block that calls itself, in front of something that narrows and widens again."""
        rng, x = self.rng, place.x
        assert x is not None
        if x.layout == "ids":
            return None
        name, n = f"block{len(self.blocks)}", self.name()
        again = Use(name, (Arg(n, Expr(f"{n}-1"), f"{n}-1"),))
        inside: list[Step] = [drawing.keeping(x, {}, rng), again]
        if rng.random() < 0.5:
            inside.append(drawing.keeping(x, {}, rng))
        if rng.random() < 0.5:
            inside = [Merge("add", (Branch((Use("id"),)), Branch(tuple(inside))))]
        steps = (drawing.keeping(x, {}, rng), If(f"{n} > 0", tuple(inside)))
        self.blocks.append(Block(name, ((n, ""),), steps))
        depth = rng.choice([0, 1, 2, 3])
        return Use(name, (Arg(n, depth, str(depth)),))

    def call_with_body(self, place: _Place) -> Step | None:
        rng, x = self.rng, place.x
        assert x is not None
        if x.layout == "ids":
            return None
        before = drawing.keeping(x, {}, rng)
        inner = place.inner()
        inner.depth = 2
        with self.perhaps():
            body = self.chain(inner, rng.choice([1, 2, 3]), keeping=0.85)
        if not body:
            return None
        inside: Step = Body()
        if rng.random() < 0.7:
            inside = Merge("add", (Branch((Use("id"),)), Branch((inside,))))
        steps: list[Step] = [inside]
        if rng.random() < 0.5:
            steps.insert(0, before)
        if rng.random() < 0.5:
            steps.append(drawing.keeping(x, {}, rng))
        block = Block(f"block{len(self.blocks)}", (), tuple(steps))
        self.blocks.append(block)
        return Use(block.name, (), body)


_COMPOSITES = (
    *(_Drawer.merge,) * 6,
    *(_Drawer.call,) * 5,
    *(_Drawer.loop,) * 3,
    *(_Drawer.share,) * 3,
    *(_Drawer.tap,) * 3,
    *(_Drawer.repeat,) * 2,
    *(_Drawer.condition,) * 2,
    *(_Drawer.recall,) * 2,
    *(_Drawer.windows,) * 2,
    *(_Drawer.port,) * 2,
    _Drawer.group,
    _Drawer.with_,
    _Drawer.let,
    _Drawer.unpool,
)


def _reads_values(block: Block) -> bool:
    return any(name.startswith("memory") for name, _ in block.defaults)


def _has_body(block: Block) -> bool:
    return any(
        isinstance(step, Body)
        or (isinstance(step, Merge) and any(isinstance(b.steps[0], Body) for b in step.branches))
        for step in block.steps
    )
