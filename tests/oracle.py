"""PyTorch as the judge of the layers' rules: arguments and shapes drawn from their declarations,
and each layer's own PyTorch text run on tiny tensors, forward and backward.

The verdict is for a batch of 2 in training mode, on the CPU: the meta device takes layers that are
refused when they run.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from archc.emit.pytorch import applied_text, call_text
from archc.layers import LAYERS
from archc.layers.base import Layer, Mismatch, Pooled, Tensor, attribute
from archc.layers.values import Ref, Value
from archc.shape import Shape

BATCH = 2

STRICTER = {
    "E0301": "layouts are archc's: torch takes any tensor and works on the wrong axis",
    "E0302": "`in=` and `expect` exist only here",
    "E0310": "torch gives -inf, or writes outside of its memory in 3d",
    "E0211": "arguments that exclude each other have no PyTorch text",
    "E0311": "lists of one number a channel, or of a number for each side, exist only here",
    "E0315": "torch takes a vector for a sequence without its batch",
    "E0318": "torch knows no windows: it takes any number of tokens of the bias's table",
    "E0316": "ports are archc's: torch takes any tensor and broadcasts it",
}
"""Refusals that torch does not share, by code, with the reason."""


def stricter(ruling: "Ruling", x: Shape) -> bool:
    """Whether archc refuses by its own policy what torch may take."""
    # Axes count from 1: torch also works over its axis 0, which mixes the examples of a batch.
    batch = (0, -len(x.dims) - 1)
    axes = [getattr(ruling.layer, name, None) for name in ("axis", "from_", "to")]
    axes += getattr(ruling.layer, "axes", ())
    word = "" if ruling.layer is None else ruling.layer.word
    return (
        ruling.code in STRICTER
        or (ruling.code == "E0309" and any(axis in batch for axis in axes))
        # Halves of an odd number of channels are broadcast where one of them is 1.
        or (ruling.code == "E0309" and word == "sample")
        # A circle of positions that were cut off holds what lay in the memory.
        or (ruling.code == "E0304" and word == "pad" and min(vars(ruling.layer)["sides"]) < 0)
    )


class Case(NamedTuple):
    """What a layer is tried with: a shape, arguments by name and what arrives at its ports."""

    x: Shape
    values: dict[str, Value]
    ports: "Ports"


Ports = Mapping[str, Shape | Pooled]
NO_PORTS: Ports = {}


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


# --- archc's ruling ------------------------------------------------------------------------------


def rule(declared: type[Layer], case: Case) -> Ruling:
    """What archc says."""
    try:
        declared.accept(case.x)
    except Mismatch as mismatch:
        return Ruling(None, None, mismatch.code)
    layer = bind(declared, case.values, case.x.rank).with_ports(**case.ports)
    try:
        return Ruling(layer, layer.shape(case.x))
    except Mismatch as mismatch:
        return Ruling(layer, None, mismatch.code)


def bind(declared: type[Layer], values: Mapping[str, Value], rank: int) -> Layer:
    """A layer from drawn values, all others as declared."""
    read: dict[str, object] = {}
    for parameter in declared.parameters:
        source = parameter.default_from
        if source is not None and parameter.name not in values:
            read[attribute(parameter.name)] = read[attribute(source)]
            continue
        value = values.get(parameter.name, parameter.default)
        read[attribute(parameter.name)] = parameter.kind.read(value, rank)
    return declared(**read)


def made(word: str, x: Shape, ports: Ports = NO_PORTS, **values: Value) -> Layer:
    """A layer with its arguments by name."""
    given = {name.rstrip("_"): value for name, value in values.items()}
    named: dict[str, Value] = {port: Ref(port) for port in ports}
    layer = bind(LAYERS[word], {**given, **named}, x.rank).with_ports(**ports)
    layer.shape(x)
    return layer


# --- torch's ruling ------------------------------------------------------------------------------


def source(layer: Layer, x: Shape, ports: Ports) -> str:
    """A module of one layer, from the layer's own text."""
    code = layer.code(x)
    made = f"\n        self.layer = {call_text(code.init)}" if code.init else ""
    result = applied_text(code, "x", "self.layer", {port: port for port in ports})
    helpers = "\n".join(text for _, text in code.helpers)
    return f"""
{helpers}
class Net(nn.Module):
    def __init__(self):
        super().__init__(){made}

    def forward(self, {", ".join(["x", *ports])}):
        return {result}
"""


def build(layer: Layer, x: Shape, ports: Ports) -> nn.Module:
    """A module of one layer."""
    names: dict[str, Any] = {"torch": torch, "nn": nn, "F": F}
    exec(source(layer, x, ports), names)
    net: nn.Module = names["Net"]()
    return net


def run(layer: Layer, x: Shape, ports: Ports) -> Run:
    """A layer's text on PyTorch: built, called and differentiated."""
    try:
        net = build(layer, x, ports)
        given = [example(x, getattr(layer, "n", 9)), *map(at_port, ports.values())]
        # The fused kernels of attention are not counted.
        with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as flops:
            out = net(*given)
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


def example(x: Shape, ids: int = 9) -> torch.Tensor:
    """A batch of small numbers, none below 0, where the square root has no value; or of ids."""
    if x.layout == "ids":
        return torch.randint(ids, (BATCH, *x.dims))
    return (torch.rand(BATCH, *x.dims) + 0.1).requires_grad_()


def at_port(arriving: Shape | Pooled) -> torch.Tensor:
    """What arrives at a port: a value, a mask of ids that ends in one 0 unless it is all there is,
    or the places of a pool's maxima."""
    if isinstance(arriving, Shape):
        if arriving.layout != "ids":
            return example(arriving)
        ids = torch.arange(arriving.dims[0]).flip(0).expand(BATCH, -1)
        return ids if arriving.dims[0] > 1 else ids + 1
    call = arriving.pool.indices(arriving.x)
    assert call is not None
    names = {"F": F, "x": example(arriving.x)}
    places: torch.Tensor = eval(call_text(call, "x"), names)[1]
    return places
