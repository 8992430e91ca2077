"""How weights start: one loop over the modules where all of a kind start alike, as an expert writes
it; lines of their own for the others."""

from collections.abc import Iterator
from typing import NamedTuple

from archc.emit.expression import Make, of_init
from archc.graph import Graph, LayerItem
from archc.layers.values import Init


class Start(NamedTuple):
    """A tensor of a layer and how it starts."""

    tensor: str
    init: Init


def starts_of(item: LayerItem) -> tuple[Start, ...]:
    """The initialisations that a layer's arguments ask for, in the order of its tensors."""
    asked = {
        tensor: value
        for argument, tensors in item.layer.initials.items()
        if isinstance(value := getattr(item.layer, argument, None), Init)
        for tensor in tensors
    }
    own = [tensor.name for tensor in item.layer.tensors(item.input_shape, **item.ports)]
    return tuple(Start(tensor, asked[tensor]) for tensor in own if tensor in asked)


def module_of(item: LayerItem) -> str | None:
    """The class of a layer's module."""
    init = item.layer.code(item.input_shape, **item.ports).init
    return init.target if init else None


def alike(graph: Graph) -> dict[str, tuple[Start, ...]]:
    """The kinds of modules of which all start in the same way, with that way."""
    found: dict[str, set[tuple[Start, ...]]] = {}
    for item in graph.distinct_layers():
        kind = module_of(item)
        if kind is not None:
            found.setdefault(kind, set()).add(starts_of(item))
    return {
        kind: ways.pop()
        for kind, ways in found.items()
        if len(ways) == 1 and any(ways) and _is_exact(kind, found)
    }


def _is_exact(kind: str, kinds: dict[str, set[tuple[Start, ...]]]) -> bool:
    """Whether `isinstance` tells this kind from the others: helper classes derive from torch's."""
    return not any("." not in other for other in kinds) or "." not in kind


def loop_lines(ways: dict[str, tuple[Start, ...]]) -> Iterator[tuple[int, str | Make]]:
    """The lines of the loop, each with its indentation; calls are left to be laid out."""
    yield 0, "for module in self.modules():"
    kinds: dict[tuple[Start, ...], list[str]] = {}
    for kind, starts in ways.items():
        kinds.setdefault(starts, []).append(kind)
    word = "if"
    for starts, equal in kinds.items():
        yield 1, f"{word} isinstance(module, {' | '.join(equal)}):"
        for start in starts:
            yield 2, of_init(start.init, f"module.{start.tensor}")
        word = "elif"
