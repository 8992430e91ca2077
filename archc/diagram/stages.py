"""Graph to stages: what a picture shows as one node.

A stage is a layer with the norms, activations and dropouts behind it. Equal stages in a row are one
with a number; parts that are nested too deep are one stage as well.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Literal, NamedTuple

from archc.cost import built, short_path
from archc.diagram.text import by
from archc.graph import Graph, LayerItem
from archc.layers.values import written
from archc.shape import Shape

Family = Literal["conv", "pool", "fc", "norm", "activation", "view", "part", "other"]

MAX_STAGES = 100
"""Pictures with more are neither laid out nor read in reasonable time."""

# The families of layers, by the file that holds them.
_FAMILIES: dict[str, Family] = {
    "conv": "conv",
    "pools": "pool",
    "linear": "fc",
    "norms": "norm",
    "activations": "activation",
    "axes": "activation",
    "dropout": "activation",
}
_FOLLOWERS = ("norm", "activation")
# How a layer starts and keeps its numbers is not part of the picture.
_HIDDEN = ("w", "bias", "in", "eps", "momentum")


class Stage(NamedTuple):
    """A node: a head such as `conv 5x5, 6` and what is fused behind it, such as `relu`.

    `copies` equal stages follow each other. `parameters` and `macs` are those of all of them.
    """

    family: Family
    head: str
    behind: tuple[str, ...]
    input: Shape
    output: Shape
    parameters: int
    macs: int
    copies: int = 1


class Gap(NamedTuple):
    """The `stages` that a picture has no room for."""

    stages: int
    input: Shape
    output: Shape
    parameters: int
    macs: int


def stages(graph: Graph, depth: int | None = None) -> tuple[Stage | Gap, ...]:
    """The nodes of a network in order. Parts nested deeper than `depth` are folded."""
    items = [item for item in graph.layers() if built(item)]
    return tuple(_shortened(list(_counted(_fused(items, depth)))))


def _fused(items: Iterable[LayerItem], depth: int | None) -> Iterator[Stage]:
    stage: Stage | None = None
    for path, group in groupby(items, lambda item: short_path(item.name, depth or 10**6)):
        held = list(group)
        if held[0].name != path:
            if stage is not None:
                yield stage
            stage = _part(path, held)
            continue
        for item in held:
            if stage is not None and _follows(item, stage):
                stage = _with(stage, item)
                continue
            if stage is not None:
                yield stage
            stage = _stage(item)
    if stage is not None:
        yield stage


def _follows(item: LayerItem, stage: Stage) -> bool:
    return stage.family != "part" and family(item) in _FOLLOWERS


def _stage(item: LayerItem) -> Stage:
    shapes = item.input_shape, item.output_shape
    return Stage(family(item), describe(item), (), *shapes, item.parameters, item.macs)


def _with(stage: Stage, item: LayerItem) -> Stage:
    return stage._replace(
        behind=(*stage.behind, describe(item)),
        output=item.output_shape,
        parameters=stage.parameters + item.parameters,
        macs=stage.macs + item.macs,
    )


def _part(path: str, held: list[LayerItem]) -> Stage:
    steps = f"{len(held)} steps" if len(held) > 1 else describe(held[0])
    parameters, macs = sum(item.parameters for item in held), sum(item.macs for item in held)
    shapes = held[0].input_shape, held[-1].output_shape
    return Stage("part", path, (steps,), *shapes, parameters, macs)


def _counted(found: Iterable[Stage]) -> Iterator[Stage]:
    for stage, group in groupby(found):
        copies = sum(1 for _ in group)
        yield stage._replace(
            copies=copies, parameters=copies * stage.parameters, macs=copies * stage.macs
        )


def _shortened(found: list[Stage]) -> Iterator[Stage | Gap]:
    """The first and the last stages, where there are too many."""
    excess = len(found) - MAX_STAGES
    if excess <= 0:
        yield from found
        return
    first = MAX_STAGES * 3 // 4
    hidden = found[first : first + excess]
    yield from found[:first]
    yield Gap(
        sum(stage.copies for stage in hidden),
        hidden[0].input,
        hidden[-1].output,
        sum(stage.parameters for stage in hidden),
        sum(stage.macs for stage in hidden),
    )
    yield from found[first + excess :]


def family(item: LayerItem) -> Family:
    """What kind of layer an item is, for its colour."""
    if item.layer.view:
        return "view"
    return _FAMILIES.get(type(item.layer).__module__.rpartition(".")[2], "other")


def describe(item: LayerItem) -> str:
    """A layer in few words: `conv 3×3 /2, 64`, `maxpool 2×2`, `fc 10`, `dropout 0.2`."""
    return _WORDS.get(item.word, _given)(item)


def _given(item: LayerItem) -> str:
    """The word, and the arguments that the text gives; names of one letter would say nothing."""
    words = [item.word]
    for name, argument in item.args.items():
        if argument.source in ("step", "with") and name not in _HIDDEN:
            value = written(argument.value)
            words.append(value if len(name) == 1 else f"{name}={value}")
    return " ".join(words)


def _conv(item: LayerItem) -> str:
    window = item.layer.window(item.input_shape)
    assert window is not None
    words = ["conv", _side(window.kernel), *_stride(window.stride)]
    if any(d > 1 for d in window.dilation):
        words.append(f"d{_short(window.dilation)}")
    groups = item.args["g"].value
    if groups != 1:
        words.append("depthwise" if groups == item.input_shape.channels else f"g{groups}")
    return f"{' '.join(words)}, {item.output_shape.channels}"


def _pool(item: LayerItem) -> str:
    name = "avgpool" if item.word == "avgpool" else "maxpool"
    if item.args["to"].value is not None:
        return f"{name} to {by(item.output_shape.positions)}"
    window = item.layer.window(item.input_shape)
    assert window is not None
    return " ".join([name, _side(window.kernel), *_stride(window.stride)])


def _side(kernel: tuple[int, ...]) -> str:
    """One dimension alone would read as a number of channels."""
    return by(kernel) if len(kernel) > 1 else f"k{kernel[0]}"


def _stride(stride: tuple[int, ...]) -> tuple[str, ...]:
    return (f"/{_short(stride)}",) if any(s > 1 for s in stride) else ()


def _short(sizes: tuple[int, ...]) -> str:
    return str(sizes[0]) if len(set(sizes)) == 1 else by(sizes)


_WORDS: dict[str, Callable[[LayerItem], str]] = {
    "conv": _conv,
    "pool": _pool,
    "avgpool": _pool,
    "gap": lambda _: "global avgpool",
    "gmp": lambda _: "global maxpool",
    "fc": lambda item: f"fc {item.output_shape.channels}",
}
