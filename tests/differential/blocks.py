"""Blocks and their calls, drawn at random."""

from typing import Any

from archc.layers.values import Ref, Value, Word

from . import drawing
from .drawer import Drawer, Place
from .scope import Frame, by_default, evaluate
from .structure import Arg, Block, Body, Branch, Expr, If, Merge, Step, Use
from .values import Stricter


def call(drawer: Drawer, place: Place) -> Step | None:
    rng = drawer.rng
    known = [
        block
        for block in drawer.blocks
        if block.steps and not _has_body(block) and (place.taps or not _reads_values(block))
    ]
    if known and rng.random() < 0.45:
        return _use(drawer, rng.choice(known), place)
    if len(drawer.blocks) > 3 or drawer.open > 1:
        return None
    way = rng.random()
    if way < 0.2:
        return _recursion(drawer, place)
    return _call_with_body(drawer, place) if way < 0.4 else _new_block(drawer, place)


def _use(drawer: Drawer, block: Block, place: Place) -> Use:
    """A call of a block: values for parameters without a default, and for some others."""
    rng = drawer.rng
    values: dict[str, Value] = {}
    for name, default in block.defaults:
        if not default or rng.random() < 0.5:
            values[name] = _value(drawer, name, place)
    order = [name for name, _ in block.defaults]
    args = drawing.spelled(order, values, place.taps, place.numbers, rng, short=False)
    return Use(block.name, args)


def _given_by(drawer: Drawer, call: Use, place: Place) -> dict[str, Any] | None:
    """The arguments of a call; None where one has no value."""
    assert place.x is not None
    try:
        return {a.name: evaluate(a.value, place.x, place.frame, place.scope) for a in call.args}
    except Stricter:
        return None


def _value(drawer: Drawer, name: str, place: Place) -> Value:
    """An argument for a parameter, whose name tells its kind."""
    if name.startswith("act"):
        return Word(drawer.rng.choice([*drawing.ACTIVATIONS, "id"]))
    if name.startswith("memory"):
        return Ref(drawer.rng.choice(sorted(place.taps)))
    return drawer.rng.choice([1, 2, 3, 4, 6, 8])


def _new_block(drawer: Drawer, place: Place) -> Step | None:
    rng, x = drawer.rng, place.x
    assert x is not None
    parameters: list[tuple[str, str]] = []
    if rng.random() < 0.3 and place.taps:
        parameters.append((f"memory{drawer.name()}", ""))
    parameters += [(drawer.name(), "") for _ in range(rng.choice([0, 1, 2]))]
    if rng.random() < 0.4:
        parameters.append((f"act{drawer.name()}", "relu"))
    if rng.random() < 0.4:
        default = "C" if x.layout != "ids" and rng.random() < 0.5 else str(rng.randint(1, 4))
        parameters.append((drawer.name(), default))
    block = Block(f"block{len(drawer.blocks)}", tuple(parameters), ())
    call = _use(drawer, block, place)
    given = _given_by(drawer, call, place)
    if given is None:
        return None
    drawer.blocks.append(block)
    number = len(drawer.blocks) - 1
    frame = Frame(None if x.layout == "ids" else x.c, [])
    scope = place.scope.of_block()
    for name, default in parameters:
        value = given[name] if name in given else by_default(default, x, frame, scope)
        scope = scope.bind(**{name: value})
    inner = Place(x, frame, scope, place.depth + 1)
    drawer.open += 1
    outer, drawer.maybe = drawer.maybe, 0
    steps = drawer.chain(inner, rng.choice([1, 2, 3, 4]), keeping=0.3)
    drawer.maybe = outer
    drawer.open -= 1
    acts = [name for name, _ in parameters if name.startswith("act")]
    steps = (*steps, *(Use(name) for name in acts)) if inner.x is not None else steps
    drawer.blocks[number] = block._replace(steps=steps or (Use("id"),))
    return call


def _recursion(drawer: Drawer, place: Place) -> Step | None:
    """A block that calls itself, in front of something that narrows and widens again."""
    rng, x = drawer.rng, place.x
    assert x is not None
    if x.layout == "ids":
        return None
    name, n = f"block{len(drawer.blocks)}", drawer.name()
    again = Use(name, (Arg(n, Expr(f"{n}-1"), f"{n}-1"),))
    inside: list[Step] = [drawing.keeping(x, {}, rng), again]
    if rng.random() < 0.5:
        inside.append(drawing.keeping(x, {}, rng))
    if rng.random() < 0.5:
        inside = [Merge("add", (Branch((Use("id"),)), Branch(tuple(inside))))]
    steps = (drawing.keeping(x, {}, rng), If(f"{n} > 0", tuple(inside)))
    drawer.blocks.append(Block(name, ((n, ""),), steps))
    depth = rng.choice([0, 1, 2, 3])
    return Use(name, (Arg(n, depth, str(depth)),))


def _call_with_body(drawer: Drawer, place: Place) -> Step | None:
    rng, x = drawer.rng, place.x
    assert x is not None
    if x.layout == "ids":
        return None
    before = drawing.keeping(x, {}, rng)
    inner = place.inner()
    inner.depth = 2
    with drawer.perhaps():
        body = drawer.chain(inner, rng.choice([1, 2, 3]), keeping=0.85)
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
    block = Block(f"block{len(drawer.blocks)}", (), tuple(steps))
    drawer.blocks.append(block)
    return Use(block.name, (), body)


def _reads_values(block: Block) -> bool:
    return any(name.startswith("memory") for name, _ in block.defaults)


def _has_body(block: Block) -> bool:
    return any(
        isinstance(step, Body)
        or (isinstance(step, Merge) and any(isinstance(b.steps[0], Body) for b in step.branches))
        for step in block.steps
    )
