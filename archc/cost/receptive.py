"""Receptive fields: how far along the input a result can see."""

from collections.abc import Mapping
from typing import NamedTuple

from archc.graph import Graph, LayerItem
from archc.shape import Shape


class Seen(NamedTuple):
    """Along one dimension of the input: positions from the first to the last that a result depends
    on, and positions between what neighbouring results see."""

    size: int
    stride: int


Field = tuple[Seen, ...] | None
"""One a dimension of the input; None where the dimensions cannot be told apart any more."""


def receptive_fields(graph: Graph) -> Mapping[int, Field]:
    """The field of each value by its id.

    Each window of extent e adds (e - 1) * stride positions to what its input sees, where stride is
    the product of all strides before it (Araujo, Norris, Sim: Computing Receptive Fields of
    Convolutional Neural Networks, Distill 2019). Padding counts as positions.
    """
    start = tuple(Seen(1, 1) for _ in graph.input.positions)
    fields: dict[int, Field] = {graph.region.entry.id: start}
    for item in graph.layers():
        fields[item.out.id] = _behind(fields[item.inputs["x"].id], item, graph.input)
    return fields


def _behind(field: Field, item: LayerItem, entry: Shape) -> Field:
    x, out = item.input_shape, item.output_shape
    if x.rank == 0:
        return field
    if out.rank == 0:
        return tuple(Seen(size, size) for size in entry.positions)
    if field is None or out.rank != x.rank:
        return None
    window = item.layer.window(x)
    if window is None:
        return field
    sides = zip(field, x.positions, entry.positions, *window, strict=True)
    return tuple(_through(*side) for side in sides)


def _through(
    seen: Seen, positions: int, entry: int, kernel: int, stride: int, dilation: int
) -> Seen:
    spread = dilation * (kernel - 1)
    size = seen.size + spread * seen.stride
    # A window over all positions sees all of the input and none of what lies around it.
    return Seen(min(size, entry) if spread >= positions - 1 else size, seen.stride * stride)
