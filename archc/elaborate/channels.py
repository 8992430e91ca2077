"""Inputs whose channels look last, as Keras and numpy have them."""

import re
from collections.abc import Iterator

from archc.diagnostic import Diagnostic, Edit, Fix
from archc.errors.warnings import channels_look_last
from archc.graph import Graph
from archc.shape import Shape
from archc.source import Span

_COLOURS = (1, 3, 4)
_OF_IMAGES = ("conv", "pool", "avgpool", "bn")
_SMALLEST = 8
"""The side of the smallest images of data sets."""


def channels_last(site: Span, graph: Graph) -> Iterator[Diagnostic]:
    """The warning for an input, said at `site`, that a step of images reads first."""
    shape = graph.region.entry.shape
    if shape is None or not _look_last(shape):
        return
    first = next(graph.layers(), None)
    if first is None or first.word not in _OF_IMAGES or first.input_shape != shape:
        return
    meant = "x".join(map(str, (shape.dims[2], *shape.dims[:2])))
    fix = channels_first(site, shape)
    yield channels_look_last(fix.edits[0].span if fix else site, str(shape), meant, fix)


def channels_first(site: Span, shape: Shape) -> Fix | None:
    """The edit of an `input` line that puts the channels in front; None where they are not as
    those of an image in channels-last order, or where the line computes its shape."""
    if not _look_last(shape) or not site.text.startswith("input"):
        return None
    found = re.search(r"\b(\d+x\d+)x(\d+)\b", site.text)
    if found is None:
        return None
    place = site._replace(start=site.start + found.start(), end=site.start + found.end())
    return Fix((Edit(place, f"{found[2]}x{found[1]}"),), "unsafe")


def _look_last(shape: Shape | None) -> bool:
    """Whether a shape is that of a square image with its colours at the end."""
    if shape is None or shape.layout != "first" or shape.rank != 2 or shape.open:
        return False
    height, width, colours = shape.dims
    return colours in _COLOURS and height == width >= _SMALLEST
