"""Inputs that look like images written otherwise: the channels last, as Keras and numpy have them,
or the batch in front."""

import re
from collections.abc import Callable, Iterator

from archc.diagnostic import Diagnostic, Edit, Fix
from archc.errors.warnings import channels_look_last, looks_like_batch
from archc.graph import Graph
from archc.shape import Shape
from archc.source import Span
from archc.tuples import NamedTuple

_COLOURS = (1, 3, 4)
_OF_IMAGES = ("conv", "pool", "avgpool", "bn")
_SMALLEST = 8
"""The side of the smallest images of data sets."""


class Meant(NamedTuple):
    """The shape that an input most likely means, why, and the edit of its line; None where that
    computes its shape."""

    shape: str
    why: str
    fix: Fix | None
    warn: Callable[..., Diagnostic]


def unusual_images(site: Span, graph: Graph) -> Iterator[Diagnostic]:
    """The warning for an input, said at `site`, that a step of images reads first."""
    shape = graph.region.entry.shape
    found = meant(site, shape) if shape is not None else None
    first = next(graph.layers(), None) if found else None
    if found and first and first.word in _OF_IMAGES and first.input_shape == shape:
        place = found.fix.edits[0].span if found.fix else site
        yield found.warn(place, str(shape), found.shape, found.fix)


def meant(site: Span, shape: Shape) -> Meant | None:
    """What an `input` line most likely means; None where its shape is as those of images are."""
    if shape.layout != "first" or shape.open or not site.text.startswith("input"):
        return None
    dims = shape.dims
    if shape.rank == 2 and dims[2] in _COLOURS and dims[0] == dims[1] >= _SMALLEST:
        dims, why, warn = (dims[2], *dims[:2]), "channels stand first", channels_look_last
    elif shape.rank == 3 and dims[1] in (1, 3) and dims[2] == dims[3] >= _SMALLEST:
        dims, why, warn = dims[1:], "the batch is never said", looks_like_batch
    else:
        return None
    text = "x".join(map(str, dims))
    found = re.search(rf"\b{shape}\b", site.text)
    if found is None:
        return Meant(text, why, None, warn)
    place = site._replace(start=site.start + found.start(), end=site.start + found.end())
    return Meant(text, why, Fix((Edit(place, text),), "unsafe"), warn)
