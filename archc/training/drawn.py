"""Random data of a network's own shapes, to try how it trains and how fast."""

import torch
from torch import Tensor

from archc.datasets import RANDOM
from archc.graph import Graph
from archc.recipe import Recipe
from archc.recipe.choice import Choice
from archc.recipe.losses import wanted
from archc.recipe.table import PYTHON
from archc.shape import Shape
from archc.symbolic import number
from archc.training.data import Loaded, Split


def drawn(graph: Graph, recipe: Recipe) -> Loaded:
    """Bytes for images, and what the loss compares the output with; the same each time."""
    generator = torch.Generator().manual_seed(0)
    words = min(vocabularies(graph), default=2)
    shapes = {**graph.outputs, **graph.train_outputs}

    def part(count: int) -> Split:
        first, *others = (
            _input(put.value.shape, count, words, generator)
            for put in graph.inputs
            if put.value.shape is not None
        )
        final = _target(graph.output, recipe.loss, count, generator)
        named = (
            (name, _target(shapes[name], loss, count, generator)) for name, loss in recipe.further
        )
        return Split(first, final, tuple(others), tuple(named))

    return Loaded(RANDOM, part(RANDOM.train), part(RANDOM.test))


def vocabularies(graph: Graph) -> list[int]:
    """The sizes of the tables that token ids are looked up in."""
    found = [item.args["n"].value for item in graph.layers() if item.word == "embed"]
    return [size for size in found if isinstance(size, int)]


def _input(shape: Shape, count: int, words: int, generator: torch.Generator) -> Tensor:
    if shape.layout == "ids":
        # Not 0, which a mask leaves out.
        sizes = (count, *map(number, shape.dims))
        return torch.randint(1, max(words, 2), sizes, generator=generator)
    sizes = (count, *map(number, shape.positions), number(shape.channels))
    return torch.randint(256, sizes, dtype=torch.uint8, generator=generator)


def _target(output: Shape, loss: Choice, count: int, generator: torch.Generator) -> Tensor:
    if loss.get("target") == "input":
        return torch.zeros(count, dtype=torch.int64)
    kind = "classes" if loss.name == PYTHON.name else wanted(loss.name)
    if kind == "classes":
        positions = tuple(map(number, output.positions))
        classes = number(output.channels)
        return torch.randint(classes, (count, *positions), generator=generator)
    sizes = (count, *map(number, output.dims))
    if kind == "labels":
        return torch.randint(2, sizes, dtype=torch.uint8, generator=generator)
    return torch.rand(sizes, generator=generator)
