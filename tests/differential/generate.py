"""Random networks: each step is drawn for the value that PyTorch has there, so that most go on."""

import random

import torch

from . import blocks, composites
from .drawer import Composite, Drawer, Place
from .reference import Reference, example
from .scope import Frame, Scope
from .structure import Arg, Network

_COMPOSITES: tuple[Composite, ...] = (
    *(composites.merge,) * 6,
    *(blocks.call,) * 5,
    *(composites.loop,) * 3,
    *(composites.share,) * 3,
    *(composites.tap,) * 3,
    *(composites.repeat,) * 2,
    *(composites.condition,) * 2,
    *(composites.recall,) * 2,
    *(composites.windows,) * 2,
    *(composites.port,) * 2,
    composites.group,
    composites.with_,
    composites.let,
    composites.unpool,
)


def draw_network(seed: str) -> Network:
    """The network of a seed."""
    rng = random.Random(seed)
    drawer = Drawer(rng, _COMPOSITES)
    layout = rng.choice(["first"] * 7 + ["vector", "ids"])
    rank = rng.choice([1, 2, 2, 2, 3])
    dims = (
        (rng.randint(1, 12),)
        if layout != "first"
        else (
            rng.choice([1, 2, 3, 4, 6, 8]),
            *(rng.randint(1, 12 - 2 * rank) for _ in range(rank)),
        )
    )
    defaults: tuple[tuple[str, tuple[Arg, ...]], ...] = ()
    if rng.random() < 0.15:
        defaults = (drawer.given(),)
    bare = Network(dims, layout, 2 if layout == "ids" else 0, defaults, (), ())
    drawer.reference = Reference(bare)
    x = example(bare, 0)
    x = x._replace(t=x.t.detach())
    place = Place(x, Frame(None if layout == "ids" else x.c, []), Scope(), 0)
    with torch.no_grad():
        first = composites.let(drawer, place) if rng.random() < 0.2 else None
        named = (first,) if first and drawer.runs(first, place) else ()
        steps = (*named, *drawer.chain(place, rng.choice([1, 1, 2, 3, 4, 6, 8])))
    return bare._replace(blocks=tuple(drawer.blocks), steps=steps)
