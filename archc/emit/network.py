"""The module's text: imports, helpers and the classes, the network's last."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from textwrap import shorten
from types import MappingProxyType

from archc.collection import without_collection
from archc.emit.arguments import Unsuitable
from archc.emit.class_text import class_lines
from archc.emit.classes import Classes
from archc.emit.imports import import_lines
from archc.emit.names import class_name
from archc.graph import Graph

_TITLE = 60

_ENOUGH = 3
"""Further values of a parameter that show that a text does not depend on it."""

NONE: Mapping[str, Iterator[Graph]] = MappingProxyType({})

_DIVISIBLE = '''\
def divisible(value: float, divisor: int) -> int:
    """The nearest multiple of the divisor, never more than a tenth below."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded'''


@without_collection()
def network_source(
    graph: Graph, name: str | None = None, variants: Mapping[str, Iterator[Graph]] = NONE
) -> str:
    """The PyTorch module of a network without mistakes, ending with its class. Raises ArchError
    where it would be too long to be read.

    `variants` are the network at other values of each parameter that its class might take as a
    keyword argument: it does where one text serves all of them.
    """
    name = name or class_name(graph.name)
    found = _classes(graph, name, variants)
    helpers = [text.strip("\n") for text in found.helpers.values()]
    *inner, network = found.classes
    texts = ["\n".join(class_lines(made, {}, found.room)) for made in inner]
    texts.append("\n".join(class_lines(network, found.alike, found.room)))
    if any("divisible(" in text for text in texts):
        helpers.append(_DIVISIBLE)
    text = "\n\n\n".join([*helpers, *texts])
    return f'"""{_title(graph)}"""\n\n{_imports(text, import_lines(found.imported))}\n\n\n{text}\n'


def _classes(graph: Graph, name: str, variants: Mapping[str, Iterator[Graph]]) -> Classes:
    """The classes with as many of the parameters as they stay right for."""
    suitable: dict[str, list[Graph]] = {}
    for parameter, graphs in variants.items():
        taken: list[Graph] = []
        for variant in islice(graphs, _ENOUGH):
            taken.append(variant)
            if _serves(graph, name, {parameter: taken}) is None:
                break
        else:
            if taken:
                suitable[parameter] = taken
    return _serves(graph, name, suitable) or Classes(graph, name)


def _serves(graph: Graph, name: str, variants: Mapping[str, list[Graph]]) -> Classes | None:
    others = [variant for graphs in variants.values() for variant in graphs]
    try:
        return Classes(graph, name, others, frozenset(variants))
    except Unsuitable:
        return None


def _title(graph: Graph) -> str:
    shapes = f"{graph.input} -> {graph.output}, {graph.parameters:,} parameters"
    kept = "".join(c for c in graph.title if c.isprintable() and c not in '"\\')
    title = shorten(kept.strip().rstrip("."), _TITLE, placeholder=" ...")
    return f"{title}: {shapes}." if title else f"{shapes}."


def _imports(text: str, python: list[str]) -> str:
    lines = ["import math"] if re.search(r"\bmath\.", text) else []
    if "Callable[" in text:
        lines.append("from collections.abc import Callable")
    lines += ["", "import torch"] if lines else ["import torch"]
    if re.search(r"\bF\.", text):
        lines.append("import torch.nn.functional as F")
    return "\n".join([*lines, "from torch import nn", *([""] if python else []), *python])
