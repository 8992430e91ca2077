"""Merges as PyTorch text."""

from collections.abc import Sequence

from archc.elaborate.merges import axis_of
from archc.graph import MergeItem, known

_OPERATORS = {"add": "+", "sub": "-", "mul": "*", "matmul": "@"}


def merge_text(item: MergeItem, texts: Sequence[str]) -> str:
    """The expression that combines the branches' expressions."""
    operator = _OPERATORS.get(item.kind)
    if operator is not None:
        return f" {operator} ".join(_grouped(text, item.kind) for text in texts)
    listed = ", ".join(texts)
    if item.kind == "stack":
        return f"torch.stack(({listed}), 1)"
    first = known(item.regions[0].exit)
    axis = axis_of(item.kind, first) + 1
    dim = -1 if first.layout == "last" and axis == len(first.dims) else axis
    return f"torch.cat(({listed}), {dim})"


def _grouped(text: str, kind: str) -> str:
    """In parentheses where another operator binds less tightly."""
    if kind == "add" or not any(f" {operator} " in text for operator in "+-*@"):
        return text
    return f"({text})"
