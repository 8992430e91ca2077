"""Steps that hold others, and those of named values, drawn at random."""

import torch

from archc.layers.values import Ref, Value

from . import drawing
from .drawer import Drawer, Place
from .scope import evaluate
from .structure import (
    Arg,
    Branch,
    Expr,
    Group,
    If,
    Let,
    Loop,
    Merge,
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
from .values import Flow

MERGES = ("add", "add", "add", "concat", "concat", "mul", "sub", "join", "stack", "matmul", "split")


def merge(drawer: Drawer, place: Place) -> Step | None:
    rng, x = drawer.rng, place.x
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
        branches.append(_branch(drawer, kind, i, place.inner(start)))
    return Merge(kind, tuple(branches))


def _branch(drawer: Drawer, kind: str, index: int, place: Place) -> Branch:
    rng, x = drawer.rng, place.x
    assert x is not None
    if drawer.broken or (index == 0 and rng.random() < 0.4):
        return Branch((Use("id"),))
    if kind == "matmul" and index == 1 and len(x.dims) > 1 and rng.random() < 0.9:
        axes = [*range(1, len(x.dims) - 1), len(x.dims), len(x.dims) - 1]
        return Branch((drawing.use("permute", {"axes": tuple(axes)}, {}, {}, rng),))
    guard = ""
    if kind in ("add", "concat", "mul", "join") and rng.random() < 0.15:
        guard = drawing.condition(place.numbers, rng)
    with drawer.perhaps():
        steps = drawer.chain(place, rng.choice([1, 1, 2, 3]), keeping=0.93)
    wider = rng.choice([1, 2, 3])
    if kind == "concat" and place.x is not None and rng.random() < 0.6:
        word = {"first": "conv", "ids": "id"}.get(place.x.layout, "fc")
        last = Use(word, (Arg("c", wider, str(wider)),) if word != "id" else ())
        steps = (*steps, last) if drawer.runs(last, place) else steps
    # The condition of a branch would be that of the `let` in front of it.
    return Branch(steps or (Use("id"),), "" if isinstance(steps[-1], Let) else guard)


def repeat(drawer: Drawer, place: Place) -> Step | None:
    times = drawer.rng.choice([0, 1, 2, 2, 3])
    text = str(times)
    if drawer.rng.random() < 0.4:
        text = drawing.expression(times, place.numbers, drawer.rng) if place.numbers else text
        text = text if text.isidentifier() else f"({text})"
    with drawer.perhaps():
        return Repeat(text, drawer.chain(place.inner(), drawer.rng.choice([1, 2]), keeping=0.8))


def loop(drawer: Drawer, place: Place) -> Step | None:
    rng = drawer.rng
    a, b = drawer.name(), drawer.name()
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
    steps = drawer.chain(inner, rng.choice([1, 2, 3]), keeping=0.7)
    return Loop(names, rows, tuple(turns), steps)


def condition(drawer: Drawer, place: Place) -> Step | None:
    rng = drawer.rng
    with drawer.perhaps():
        then = drawer.chain(place.inner(), rng.choice([1, 2]), keeping=0.5)
        otherwise: tuple[Step, ...] = ()
        if rng.random() < 0.4 and not drawer.broken:
            otherwise = drawer.chain(place.inner(), rng.choice([1, 2]), keeping=0.5)
    test = drawing.condition(place.numbers, rng)
    if drawer.broken and not evaluate(Expr(test), place.x, place.frame, place.scope):  # type: ignore[arg-type]
        # The mistake is in what is built.
        test = f"not ({test})"
    if drawer.broken and otherwise:
        then, otherwise = otherwise, then
    return If(test, then, otherwise) if then else None


def group(drawer: Drawer, place: Place) -> Step | None:
    label = drawer.name() if drawer.rng.random() < 0.7 else ""
    steps = drawer.chain(place.inner(), drawer.rng.choice([1, 2, 3]))
    return Group(label, steps) if steps else None


def with_(drawer: Drawer, place: Place) -> Step | None:
    word, args = drawer.given()
    inner = place.inner()
    inner.scope = inner.scope._replace(withs=((word, args), *inner.scope.withs))
    steps = drawer.chain(inner, drawer.rng.choice([1, 2, 3]), keeping=0.4)
    return With(word, args, steps) if steps else None


def windows(drawer: Drawer, place: Place) -> Step | None:
    rng, x = drawer.rng, place.x
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
    steps = drawer.chain(inner, rng.choice([0, 1, 2]), keeping=0.95)
    steps = steps if drawer.broken or rng.random() < 0.3 else (*steps, attn)
    grid = rng.random() < 0.2
    return Windows(sides, shift if not grid else (0, 0), grid, steps) if steps else None


def let(drawer: Drawer, place: Place) -> Step | None:
    if not place.numbers:
        return None
    value = drawing.expression(drawer.rng.randint(1, 8), place.numbers, drawer.rng)
    return Let(drawer.name(), value, top=place.depth == 0)


def tap(drawer: Drawer, place: Place) -> Step | None:
    if drawer.maybe:
        return None
    if drawer.rng.random() < 0.4 and place.depth == 0 and not drawer.open:
        return Output(drawer.name(), drawer.rng.random() < 0.3)
    return Tap(drawer.rng.choice([*place.frame.taps, drawer.name(), drawer.name()]))


def recall(drawer: Drawer, place: Place) -> Step | None:
    return Recall(drawer.rng.choice(sorted(place.taps))) if place.taps else None


def unpool(drawer: Drawer, place: Place) -> Step | None:
    """A pool and its opposite, with something between them."""
    rng, x = drawer.rng, place.x
    assert x is not None
    if x.layout != "first" or x.rank > 3 or drawer.maybe:
        return None
    window: dict[str, Value] = {"k": rng.choice([1, 2, 2, 3])}
    if rng.random() < 0.4:
        window |= {"s": rng.choice([1, 2, 3]), "p": rng.choice([0, 0, 1])}
    name = drawer.name()
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


def port(drawer: Drawer, place: Place) -> Step | None:
    """A step that reads a named value, behind others that change what flows."""
    rng, x = drawer.rng, place.x
    assert x is not None
    if drawer.maybe or x.layout not in ("first", "last"):
        return None
    name, inner = drawer.name(), place.inner()
    steps = drawer.chain(inner, rng.choice([1, 2]), keeping=0.6)
    if inner.x is None or inner.x.layout not in ("first", "last"):
        return Group("", (Tap(name), *steps))
    word, values = "up", {"like": Ref(name)}
    if inner.x.layout == "last":
        word = rng.choice(["mha", "mha", "map"])
        key = "kv" if word == "mha" else "like"
        values = {key: Ref(name), **({"heads": 1} if word == "mha" else {})}
    reads = drawing.use(word, values, {name: f"@{name}"}, {}, rng)
    return Group("", (Tap(name), *steps, reads))


def share(drawer: Drawer, place: Place) -> Step | None:
    rng = drawer.rng
    if place.frame.shares and rng.random() < 0.7:
        return Use(rng.choice(sorted(place.frame.shares)))
    if place.depth or drawer.maybe:
        return None
    inner = place.inner()
    inner.depth = 3
    steps = tuple(
        step for step in drawer.chain(inner, rng.choice([1, 2]), keeping=0.9)
        if not isinstance(step, Tap)
    )  # fmt: skip
    if drawer.broken or not steps:
        # A mistake in a share that is not used is not built.
        drawer.broken = False
        return None
    return Share(drawer.name(), steps)
