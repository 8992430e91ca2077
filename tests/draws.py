"""What the layers are tried with: arguments and small shapes, drawn from their declarations."""

import random
from collections.abc import Callable, Mapping
from functools import singledispatch
from math import prod
from typing import Any

from oracle import Case, rule

from archc.layers import LAYERS, initial, kinds
from archc.layers.base import Layer, Pooled
from archc.layers.values import OPEN, Init, Ref, Value, Word
from archc.shape import Shape
from archc.symbolic import Open  # noqa: F401 - what `Value` names is looked up here


def draw_case(declared: type[Layer], rng: random.Random) -> Case:
    """A case of a layer, more often than not on a shape that it takes."""
    x = draw_shape(rng)
    if declared.accepts and rng.random() < 0.8:
        ranks = range(declared.min_rank, (declared.max_rank or 4) + 1)
        x = _shape_of(rng.choice(declared.accepts), rng.choice(ranks), rng)
    values = draw_values(declared, x, rng)
    given = [port for port in declared.ports if values.get(port) is not None]
    return Case(x, values, {port: _PORTS[port](x, values, rng) for port in given})


def draw_shape(rng: random.Random) -> Shape:
    """A small shape of any layout: 1d, 2d, 3d and beyond."""
    layout = rng.choice(["vector", "first", "first", "first", "first", "last", "ids"])
    return _shape_of(layout, rng.choice([1, 2, 2, 3, 4]), rng)


def _shape_of(layout: Any, rank: int, rng: random.Random) -> Shape:
    channels = rng.choice([1, 2, 3, 4, 6, 8])
    positions = tuple(rng.choice([1, 2, 3, 4, 5, 6, 7]) for _ in range(rank))
    if layout == "vector":
        return Shape((channels,), "vector")
    if layout == "ids":
        return Shape(positions[:1], "ids")
    return Shape((channels, *positions) if layout == "first" else (*positions, channels), layout)


def draw_values(layer: type[Layer], x: Shape, rng: random.Random) -> dict[str, Value]:
    """Arguments of a layer by name, each of its kind: those that are required and some others."""
    return {
        parameter.name: _OWN.get((layer.word, parameter.name), draw_kind)(parameter.kind, x, rng)
        for parameter in layer.parameters
        if parameter.required or rng.random() < 0.4
    }


def draw_kind(kind: Any, x: Shape, rng: random.Random) -> Value:
    return draw(kind, x, rng)


def _divided(total: int, rng: random.Random) -> tuple[int, ...]:
    """Sizes with a product."""
    divisor = rng.choice([n for n in range(1, total + 1) if total % n == 0])
    rest = (divisor, total // divisor)
    return rest if rng.random() < 0.6 else (*_divided(rest[0], rng), rest[1])


def _laid_out(total: int, rng: random.Random) -> Value:
    """Sizes with a product, one of them open, or sometimes others."""
    sizes: list[Value] = [*_divided(total, rng)]
    if rng.random() < 0.3:
        sizes[rng.randrange(len(sizes))] = OPEN
    if rng.random() < 0.2:
        sizes[rng.randrange(len(sizes))] = rng.choice([OPEN, 2, 5])
    return tuple(sizes)


def _order(kind: Any, x: Shape, rng: random.Random) -> Value:
    order = rng.sample(range(1, len(x.dims) + 1), len(x.dims))
    if rng.random() < 0.2:
        order[0] -= rng.choice([1, len(x.dims) + 1])
    return tuple(order)


_OWN: dict[tuple[str, str], Callable[[Any, Shape, random.Random], Value]] = {
    ("fc", "tie"): lambda kind, x, rng: None,
    ("reshape", "sizes"): lambda kind, x, rng: _laid_out(prod(x.dims), rng),
    ("map", "to"): lambda kind, x, rng: _laid_out(x.dims[0], rng),
    ("permute", "axes"): _order,
    ("gn", "groups"): lambda kind, x, rng: rng.choice([1, 2, 3, x.dims[0]]),
    ("shuffle", "g"): lambda kind, x, rng: rng.choice([1, 2, 3, x.dims[0]]),
    ("attn", "heads"): lambda kind, x, rng: rng.choice([1, 2, 3, x.dims[-1]]),
    ("mha", "heads"): lambda kind, x, rng: rng.choice([1, 2, 3, x.dims[-1]]),
}
"""What fits too seldom if it is drawn by its kind alone."""


def _like(x: Shape, values: Mapping[str, Value], rng: random.Random) -> Shape:
    rank = len(x.dims) - 1 if rng.random() < 0.8 else rng.choice([1, 2, 3])
    other = _shape_of(rng.choice(["first", "first", "last"]), max(rank, 1), rng)
    if x.layout != "last":
        return other
    return other.replace_positions(_divided(x.dims[0], rng))


def _kv(x: Shape, values: Mapping[str, Value], rng: random.Random) -> Shape:
    other = _shape_of("last", 1, rng)
    return other.replace_channels(x.dims[-1]) if rng.random() < 0.4 else other


def _mask(x: Shape, values: Mapping[str, Value], rng: random.Random) -> Shape:
    return Shape((x.dims[0],), "ids") if rng.random() < 0.7 else _shape_of("ids", 1, rng)


def _at(x: Shape, values: Mapping[str, Value], rng: random.Random) -> Shape | Pooled:
    """A pool that made the shape, most often with the unpooling's own window."""
    own = {name: values[name] for name in ("k", "s", "p") if name in values}
    while x.layout == "first" and x.rank < 4 and rng.random() < 0.95:
        before = x.replace_positions(tuple(rng.randint(n, 3 * n + 2) for n in x.positions))
        ruling = rule(LAYERS["pool"], Case(before, own, {}))
        if ruling.layer is not None and (ruling.out == x or rng.random() < 0.01):
            out = ruling.out or x
            return Pooled(ruling.layer, before, out) if not ruling.code else x
    return x


_PORTS: dict[str, Callable[[Shape, Mapping[str, Value], random.Random], Shape | Pooled]] = {
    "like": _like,
    "kv": _kv,
    "mask": _mask,
    "at": _at,
}


@singledispatch
def draw(kind: Any, x: Shape, rng: random.Random) -> Value:
    """A value of a kind; small ones more often than large ones."""
    raise NotImplementedError(f"draw a {type(kind).__name__} in tests/oracle.py")


@draw.register
def _(kind: kinds.Whole, x: Shape, rng: random.Random) -> Value:
    if kind.minimum < 0:
        return rng.randint(-len(x.dims) - 1, len(x.dims) + 1)
    near = x.dims[0] if rng.random() < 0.2 else 1
    return rng.choice([kind.minimum, 1, 2, 3, 4, 8, near])


@draw.register
def _(kind: kinds.PerPosition, x: Shape, rng: random.Random) -> Value:
    if kind.words and rng.random() < 0.3:
        return Word(rng.choice(kind.words))
    sides = [n for n in (0, 1, 1, 1, 2, 2, 3, 4, 5) if n >= kind.minimum]
    if rng.random() < 0.7:
        return rng.choice(sides)
    return tuple(rng.choice(sides) for _ in range(x.rank or 1))


@draw.register
def _(kind: kinds.Number, x: Shape, rng: random.Random) -> Value:
    least, most = max(kind.minimum, -3.0), min(kind.maximum, 3.0)
    value = rng.choice([least, most, round(rng.uniform(least, most), 3), 1])
    return value if value or kind.zero else 1e-3


@draw.register
def _(kind: kinds.Factors, x: Shape, rng: random.Random) -> Value:
    factors = [0.3, 0.5, 1, 1.1, 1.5, 2, 2, 2.7, 3]
    if rng.random() < 0.7:
        return rng.choice(factors)
    return tuple(rng.choice(factors) for _ in range(x.rank or 1))


@draw.register
def _(kind: kinds.Wholes, x: Shape, rng: random.Random) -> Value:
    count = rng.choice([1, 2, 2 * x.rank, 2 * x.rank, 2 * x.rank + 1, 2 * x.rank + 2])
    numbers = tuple(rng.choice([-2, -1, 0, 0, 1, 1, 2, 3]) for _ in range(max(count, 1)))
    return numbers if count > 1 else numbers[0]


@draw.register
def _(kind: kinds.Named, x: Shape, rng: random.Random) -> Value:
    return Ref("other")


@draw.register
def _(kind: kinds.NumberPerChannel, x: Shape, rng: random.Random) -> Value:
    number = kinds.Number()
    if rng.random() < 0.5 or x.layout == "ids":
        return draw(number, x, rng)
    return tuple(draw(number, x, rng) for _ in range(x.channels))


@draw.register
def _(kind: kinds.YesNo, x: Shape, rng: random.Random) -> Value:
    return rng.random() < 0.5


@draw.register
def _(kind: kinds.OneOf, x: Shape, rng: random.Random) -> Value:
    return Word(rng.choice(kind.words))


@draw.register
def _(kind: kinds.Sizes, x: Shape, rng: random.Random) -> Value:
    sizes: list[Value] = [n if rng.random() < 0.8 else OPEN for n in x.dims]
    if rng.random() < 0.2:
        sizes[rng.randrange(len(sizes))] = 9
    return tuple(sizes)


@draw.register
def _(kind: initial.Initial, x: Shape, rng: random.Random) -> Value:
    if kind.switch and rng.random() < 0.5:
        return rng.random() < 0.5
    ways = {name: way for name, way in initial.INITIALISATIONS.items() if kind.fans or not way.fans}
    name = rng.choice(list(ways))
    return Init(name, tuple(draw(a.kind, x, rng) for a in ways[name].arguments))


@draw.register
def _(kind: kinds.Optional, x: Shape, rng: random.Random) -> Value:
    return None if rng.random() < 0.2 else draw(kind.kind, x, rng)
