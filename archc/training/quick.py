"""The module that is trained and evaluated: the network's own, with faster code that gives the same
numbers."""

from types import SimpleNamespace

from torch import nn
from torch.nn import functional as F  # noqa: N812

from archc.graph import Graph
from archc.module import build_module
from archc.rewrite import pools_first
from archc.training.pool import max_pool2d


def build_quick(graph: Graph) -> nn.Module:
    """A network without mistakes as a module for training and evaluation: with the state dict of
    `archc.module.build_module` and, up to the sign of zeros, the same results and gradients."""
    module = build_module(pools_first(graph))
    names = type(module).__init__.__globals__
    if "F" in names:
        names["F"] = _FUNCTIONS
    return module


_FUNCTIONS = SimpleNamespace(**{**vars(F), "max_pool2d": max_pool2d})
