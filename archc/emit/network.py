"""The module's text: imports, helpers and the classes, the network's last."""

import re
from textwrap import shorten

from archc.emit.class_text import class_lines
from archc.emit.classes import Classes
from archc.emit.names import class_name
from archc.graph import Graph

_TITLE = 60

_DIVISIBLE = '''\
def divisible(value: float, divisor: int) -> int:
    """The nearest multiple of the divisor, never more than a tenth below."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded'''


def network_source(graph: Graph, name: str | None = None) -> str:
    """The PyTorch module of a network without mistakes, ending with its class."""
    found = Classes(graph, name or class_name(graph.name))
    helpers = [text.strip("\n") for text in found.helpers.values()]
    *inner, network = found.classes
    texts = ["\n".join(class_lines(made, {})) for made in inner]
    texts.append("\n".join(class_lines(network, found.alike)))
    if any("divisible(" in text for text in texts):
        helpers.append(_DIVISIBLE)
    text = "\n\n\n".join([*helpers, *texts])
    return f'"""{_title(graph)}"""\n\n{_imports(text)}\n\n\n{text}\n'


def _title(graph: Graph) -> str:
    shapes = f"{graph.input} -> {graph.output}, {graph.parameters:,} parameters"
    kept = "".join(c for c in graph.title if c.isprintable() and c not in '"\\')
    title = shorten(kept.strip().rstrip("."), _TITLE, placeholder=" ...")
    return f"{title}: {shapes}." if title else f"{shapes}."


def _imports(text: str) -> str:
    lines = ["import math"] if re.search(r"\bmath\.", text) else []
    if "Callable[" in text:
        lines.append("from collections.abc import Callable")
    lines += ["", "import torch"] if lines else ["import torch"]
    if re.search(r"\bF\.", text):
        lines.append("import torch.nn.functional as F")
    return "\n".join([*lines, "from torch import nn"])
