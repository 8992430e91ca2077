"""PyTorch as the judge of the layers' rules: arguments and shapes drawn from their declarations,
and each layer's own PyTorch text run on tiny tensors, forward and backward.

The verdict is for a batch of 2 in training mode, on the CPU: the meta device takes layers that are
refused when they run.
"""

import random
from functools import singledispatch
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from archc.emit.pytorch import call_text
from archc.layers import initial, kinds
from archc.layers.base import Layer, Mismatch, Parameter, Tensor, attribute
from archc.layers.values import OPEN, Init, Value, Word
from archc.shape import Shape

BATCH = 2

STRICTER = {
    "E0301": "layouts are archc's: torch takes any tensor and works on the wrong axis",
    "E0302": "`in=` and `expect` exist only here",
    "E0310": "torch gives -inf, or writes outside of its memory in 3d",
    "E0211": "arguments that exclude each other have no PyTorch text",
    "E0311": "lists of one number a channel exist only here",
}
"""Refusals that torch does not share, by code, with the reason."""


def stricter(ruling: "Ruling", x: Shape) -> bool:
    """Whether archc refuses by its own policy what torch may take."""
    # Axes count from 1: torch also works over its axis 0, which mixes the examples of a batch.
    batch = (0, -len(x.dims) - 1)
    axes = (getattr(ruling.layer, name, None) for name in ("axis", "from_", "to"))
    return ruling.code in STRICTER or (ruling.code == "E0309" and any(a in batch for a in axes))


class Ruling(NamedTuple):
    """What archc says about a layer on a shape: the shape behind it, or the code of a refusal."""

    layer: Layer | None
    out: Shape | None
    code: str = ""


class Run(NamedTuple):
    """What PyTorch did with a layer's text, or what it said."""

    error: str = ""
    out: tuple[int, ...] = ()
    finite: bool = True
    parameters: int = 0
    tensors: tuple[Tensor, ...] = ()
    macs: float = 0


# --- what is drawn -------------------------------------------------------------------------------


def draw_shape(rng: random.Random) -> Shape:
    """A small shape of any layout: 1d, 2d, 3d and beyond."""
    layout = rng.choice(["vector", "first", "first", "first", "first", "last", "ids"])
    channels = rng.choice([1, 2, 3, 4, 6, 8])
    rank = {"vector": 0, "ids": 1}.get(layout) or rng.choice([1, 2, 2, 3, 4])
    if layout == "vector":
        return Shape((channels,), "vector")
    positions = tuple(rng.choice([1, 2, 3, 4, 5, 6, 7]) for _ in range(rank))
    if layout == "ids":
        return Shape(positions, "ids")
    return Shape((channels, *positions) if layout == "first" else (*positions, channels), layout)


def draw_values(layer: type[Layer], x: Shape, rng: random.Random) -> dict[str, Value]:
    """Arguments of a layer by name, each of its kind: those that are required and some others."""
    return {
        parameter.name: draw(parameter.kind, x, rng)
        for parameter in layer.parameters
        if parameter.required or rng.random() < 0.4
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


# --- archc's ruling ------------------------------------------------------------------------------


def rule(declared: type[Layer], x: Shape, values: dict[str, Value]) -> Ruling:
    """What archc says."""
    try:
        declared.accept(x)
    except Mismatch as mismatch:
        return Ruling(None, None, mismatch.code)
    layer = bind(declared.parameters, declared, values, x.rank)
    try:
        return Ruling(layer, layer.shape(x))
    except Mismatch as mismatch:
        return Ruling(layer, None, mismatch.code)


def bind(
    parameters: tuple[Parameter, ...], declared: type[Layer], values: dict[str, Value], rank: int
) -> Layer:
    """A layer from drawn values, all others as declared."""
    read: dict[str, object] = {}
    for parameter in parameters:
        source = parameter.default_from
        if source is not None and parameter.name not in values:
            read[attribute(parameter.name)] = read[attribute(source)]
            continue
        value = values.get(parameter.name, parameter.default)
        read[attribute(parameter.name)] = parameter.kind.read(value, rank)
    return declared(**read)


# --- torch's ruling ------------------------------------------------------------------------------


def source(layer: Layer, x: Shape) -> str:
    """A module of one layer, from the layer's own text."""
    code = layer.code(x)
    made = f"\n        self.layer = {call_text(code.init)}" if code.init else ""
    result = "self.layer(x)" if code.init else call_text(code.call, "x") if code.call else "x"
    helpers = "\n".join(text for _, text in code.helpers)
    return f"""
{helpers}
class Net(nn.Module):
    def __init__(self):
        super().__init__(){made}

    def forward(self, x):
        return {result}
"""


def build(layer: Layer, x: Shape) -> nn.Module:
    """A module of one layer."""
    names: dict[str, Any] = {"torch": torch, "nn": nn, "F": F}
    exec(source(layer, x), names)
    net: nn.Module = names["Net"]()
    return net


def run(layer: Layer, x: Shape) -> Run:
    """A layer's text on PyTorch: built, called and differentiated."""
    try:
        net = build(layer, x)
        given = example(x)
        with FlopCounterMode(display=False) as flops:
            out = net(given)
        if out.requires_grad:
            out.sum().backward()
    except Exception as error:
        return Run(error=f"{type(error).__name__}: {error}")
    parameters = dict(net.named_parameters())
    return Run(
        out=tuple(out.shape),
        finite=bool(torch.isfinite(out).all()),
        parameters=sum(p.numel() for p in parameters.values()),
        tensors=tuple(
            Tensor(name.removeprefix("layer."), tuple(tensor.shape), name not in parameters)
            for name, tensor in net.state_dict().items()
        ),
        macs=flops.get_total_flops() / 2 / BATCH,
    )


def example(x: Shape) -> torch.Tensor:
    """A batch of small numbers, none below 0, where the square root has no value."""
    if x.layout == "ids":
        return torch.randint(9, (BATCH, *x.dims))
    return (torch.rand(BATCH, *x.dims) + 0.1).requires_grad_()
