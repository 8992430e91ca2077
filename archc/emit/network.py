"""The module's text: imports, helpers and the network's class."""

import re
from collections.abc import Iterable, Iterator
from keyword import iskeyword
from textwrap import shorten

from archc.emit.forward import forward_lines
from archc.emit.pytorch import call_lines
from archc.graph import Graph, LayerItem
from archc.layers.initial import init_call
from archc.layers.values import Init

_INDENT = " " * 8
_TITLE = 60

# What the imports bind: a class of such a name would hide it.
_TAKEN = ("F", "nn", "torch")

_TENSORS = {"w": "weight", "bias": "bias"}


def network_source(graph: Graph, name: str | None = None) -> str:
    """The PyTorch module of a network without mistakes, ending with its class."""
    body = list(_class_lines(graph, name or class_name(graph.name)))
    helpers = [text.strip("\n").split("\n") for text in _helpers(graph).values()]
    text = "\n\n\n".join("\n".join(lines) for lines in (*helpers, body))
    return f'"""{_title(graph)}"""\n\n{_imports(text)}\n\n\n{text}\n'


def class_name(name: str) -> str:
    """A Python class's name for a network's: `resnet50` is `Resnet50`, `my-net` is `MyNet`."""
    words = re.findall(r"[A-Za-z0-9]+", name.encode("ascii", "ignore").decode())
    camel = "".join(word[0].upper() + word[1:] for word in words)
    if not camel or camel[0].isdigit():
        camel = "Net" + camel
    return camel + "_" if iskeyword(camel) or camel in _TAKEN else camel


def _title(graph: Graph) -> str:
    shapes = f"{graph.input} -> {graph.output}, {graph.parameters:,} parameters"
    kept = "".join(c for c in graph.title if c.isprintable() and c not in '"\\')
    title = shorten(kept.strip().rstrip("."), _TITLE, placeholder=" ...")
    return f"{title}: {shapes}." if title else f"{shapes}."


def _imports(text: str) -> str:
    lines = ["import torch"]
    if re.search(r"\bF\.", text):
        lines.append("import torch.nn.functional as F")
    return "\n".join([*lines, "from torch import nn"])


def _helpers(graph: Graph) -> dict[str, str]:
    """Helper classes by name, each once, in the order of their first use."""
    found: dict[str, str] = {}
    for item in graph.layers():
        found.update(item.layer.code(item.input_shape).helpers)
    return found


def _class_lines(graph: Graph, name: str) -> Iterator[str]:
    yield f"class {name}(nn.Module):"
    constructor = [*_constructor(graph.layers()), *_initialisations(graph.layers())]
    if constructor:
        yield "    def __init__(self) -> None:"
        yield f"{_INDENT}super().__init__()"
        yield from constructor
        yield ""
    yield "    def forward(self, x: torch.Tensor) -> torch.Tensor:"
    yield from (_INDENT + line for line in forward_lines(graph.region))


def _constructor(items: Iterable[LayerItem]) -> Iterator[str]:
    for item in items:
        made = item.layer.code(item.input_shape).init
        if made is not None:
            yield from call_lines(f"{_INDENT}self.{item.name} = ", made)


def _initialisations(items: Iterable[LayerItem]) -> Iterator[str]:
    """Behind all layers: torch's own initial values come first, so that one seed gives the same
    ones with and without a spec's own initialisation."""
    for item in items:
        for argument, tensor in _TENSORS.items():
            value = getattr(item.layer, argument, None)
            if isinstance(value, Init):
                yield from call_lines(_INDENT, init_call(value), f"self.{item.name}.{tensor}")
