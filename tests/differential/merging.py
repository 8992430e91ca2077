"""Merges by torch's own functions."""

from functools import reduce

import torch

from . import structure as s
from .values import Flow, Stricter


def share_out(step: s.Merge, x: Flow, count: int) -> list[Flow]:
    """What each branch gets."""
    if step.kind != "split":
        return [x] * count
    if x.layout == "ids":
        raise Stricter("layout")
    if x.c % count:
        raise Stricter("uneven halves")
    return [x._replace(t=t, pool=None) for t in x.t.chunk(count, x.axis)]


def combine(kind: str, values: list[Flow]) -> Flow:
    """At least two branches' values as one."""
    first, tensors = values[0], [value.t for value in values]
    one_layout = all(v.layout == first.layout and v.rank == first.rank for v in values)
    if kind in ("sub", "matmul"):
        _, _ = values  # torch's functions take two, and a ValueError is a refusal.
    if kind in ("add", "sub"):
        y = reduce(torch.add if kind == "add" else torch.sub, tensors)
        if not one_layout or any(t.shape != first.t.shape for t in tensors):
            raise Stricter("broadcast")
        return first._replace(t=y, pool=None)
    if kind == "mul":
        y = reduce(torch.mul, tensors)
        if not one_layout:
            raise Stricter("broadcast")
        return first._replace(t=y, pool=None)
    if kind == "stack":
        y = torch.stack(tensors, 1)
        if not one_layout:
            raise Stricter("broadcast")
        return Flow(y, "last" if first.layout == "vector" else first.layout)
    if kind == "matmul":
        return _product(*values)
    if kind == "join" and (first.layout not in ("first", "last") or first.rank != 1):
        raise Stricter("layout")
    if first.layout == "ids":
        raise Stricter("layout")
    axis = first.axis if kind != "join" else 3 - first.axis % 3
    y = torch.cat(tensors, axis)
    if not one_layout:
        raise Stricter("layout")
    return first._replace(t=y, pool=None)


def _product(first: Flow, second: Flow) -> Flow:
    y = torch.matmul(first.t, second.t)
    ranks = first.t.dim() == second.t.dim() >= 3
    if not ranks or first.dims[:-2] != second.dims[:-2]:
        raise Stricter("broadcast")
    return first._replace(t=y, pool=None)
