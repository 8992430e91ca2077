"""The emitted source as a living module."""

import linecache
import os
from collections.abc import Mapping
from itertools import count
from types import ModuleType
from typing import TYPE_CHECKING

from archc.emit import class_name, network_source
from archc.graph import Graph

if TYPE_CHECKING:
    import torch
    from torch import nn

_numbers = count(1)


def build_module(graph: Graph) -> "nn.Module":
    """A network without mistakes as a module, initialised as its spec says."""
    name = class_name(graph.name)
    module: nn.Module = getattr(_run(network_source(graph, name), name), name)()
    return module


def load_weights(
    module: "nn.Module", weights: "str | os.PathLike[str] | Mapping[str, torch.Tensor]"
) -> None:
    """Fills a module from a state dict or a `.pt` file of one. Raises ValueError, which names every
    tensor that is missing, unknown or of another shape; the module is unchanged then."""
    import torch

    if isinstance(weights, str | os.PathLike):
        weights = torch.load(weights, map_location="cpu", weights_only=True)
    if not isinstance(weights, Mapping) or not all(
        isinstance(tensor, torch.Tensor) for tensor in weights.values()
    ):
        raise ValueError("expected a state dict: names of tensors and the tensors")
    own = module.state_dict()
    problems = [f"{name} is missing" for name in own if name not in weights]
    problems += [f"{name} is not a tensor of this network" for name in weights if name not in own]
    problems += [
        f"{name} has the shape {tuple(weights[name].shape)}, not {tuple(tensor.shape)}"
        for name, tensor in own.items()
        if name in weights and weights[name].shape != tensor.shape
    ]
    if problems:
        raise ValueError("the weights do not fit: " + "; ".join(problems))
    module.load_state_dict(weights)


def _run(source: str, name: str) -> ModuleType:
    """The source as a Python module. Its lines are kept for tracebacks."""
    module = ModuleType(f"archc.built.{name}{next(_numbers)}")
    file = f"<{module.__name__}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), module.__dict__)
    return module
