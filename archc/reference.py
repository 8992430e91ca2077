"""The layers' pages: all that they say comes from the layers' own declarations."""

import sys
from collections.abc import Iterator, Sequence
from inspect import cleandoc

from archc.emit.pytorch import applied_text, call_text
from archc.layers import LAYERS, Layer
from archc.layers.base import Parameter
from archc.layers.foreign import Foreign
from archc.layers.values import written
from archc.pipeline import network
from archc.spec import from_text

_LAYOUTS = {
    "vector": "vectors `C`",
    "first": "channels-first maps `CxHxW`, sequences `CxL` and volumes `CxDxHxW`",
    "last": "channels-last values `HxWxC` and `LxC`",
    "ids": "token ids `L`",
}

_OF_ONE_RANK: dict[tuple[str, int, int | None], str] = {
    ("first", 1, 1): "channels-first sequences `CxL`",
    ("first", 2, 2): "channels-first maps `CxHxW`",
    ("last", 1, 1): "tokens `LxC`",
    ("last", 2, 2): "channels-last maps `HxWxC`",
}


def families() -> dict[str, list[type[Layer]]]:
    """The layers by the title of the file that holds them."""
    found: dict[str, list[type[Layer]]] = {}
    for layer in (*LAYERS.values(), Foreign):
        lines = (sys.modules[layer.__module__].__doc__ or layer.__module__).split("\n")
        title = lines[0].partition(":")[0].rstrip(".")
        found.setdefault(title, []).append(layer)
    return found


def summary(layer: type[Layer]) -> str:
    """The first sentence of a layer's description, on one line."""
    text = " ".join(_description(layer).split("\n\n")[0].split())
    return text.partition(". ")[0].rstrip(".")


def signature(layer: type[Layer]) -> str:
    """A step with all its arguments in order; those in brackets are not set unless given."""
    if layer is Foreign:
        return f"{layer.word} value... key=value..."
    return " ".join([layer.word, *map(_in_signature, layer.parameters)])


def page(layer: type[Layer]) -> str:
    """A layer's page in Markdown."""
    return "\n".join(_page(layer))


def document() -> str:
    """All pages, by family, in Markdown."""
    lines = [
        "# Layers",
        "",
        "Made from the layers' own declarations by `python tools/make_docs.py`;",
        "`archc layers NAME` shows one of these pages.",
        "",
    ]
    for title, layers in families().items():
        lines += [f"## {title}", ""]
        for layer in layers:
            lines += [f"##{line}" if line.startswith("# ") else line for line in _page(layer)]
    return "\n".join(lines)


def _page(layer: type[Layer]) -> Iterator[str]:
    yield f"# `{layer.word}`"
    yield ""
    yield _description(layer)
    yield ""
    yield f"    {signature(layer)}"
    yield ""
    if layer.parameters:
        rows = [(f"`{p.name}`", p.kind.describe(), _default(p), p.doc) for p in layer.parameters]
        yield from _table(("argument", "takes", "default", "meaning"), rows)
    yield f"Takes {_accepted(layer)}."
    yield ""
    examples = [(f"`{step}`", f"`{x}`", f"`{out}`") for step, x, out in layer.examples]
    yield from _table(("step", "from", "to"), examples)
    if layer is not Foreign:
        yield from _pytorch(layer)
    if layer.aliases:
        yield f"Known elsewhere as {', '.join(f'`{name}`' for name in layer.aliases)}."
        yield ""


def _description(layer: type[Layer]) -> str:
    return cleandoc(layer.__doc__ or "")


def _in_signature(parameter: Parameter) -> str:
    if parameter.required:
        return parameter.name
    if parameter.default_from is not None:
        return f"{parameter.name}={parameter.default_from}"
    if parameter.default is None:
        return f"[{parameter.name}]"
    return f"{parameter.name}={written(parameter.default)}"


def _default(parameter: Parameter) -> str:
    if parameter.required:
        return "must be given"
    if parameter.default_from is not None:
        return f"as `{parameter.default_from}`"
    return "" if parameter.default is None else f"`{written(parameter.default)}`"


def _accepted(layer: type[Layer]) -> str:
    if layer.max_rank is None and layer.accepts == tuple(_LAYOUTS):
        return "any value"
    if layer.max_rank is None and layer.accepts == ("vector", "first", "last"):
        return "any value but token ids"
    ranks = (layer.min_rank, layer.max_rank)
    names = (_OF_ONE_RANK.get((layout, *ranks), _LAYOUTS[layout]) for layout in layer.accepts)
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _pytorch(layer: type[Layer]) -> Iterator[str]:
    """The last step of the first example as PyTorch text."""
    steps, x, _ = layer.examples[0]
    *_, item = network(from_text(f"input {x}\n{steps}")).layers()
    code = item.code
    ports = {name: name for name in item.inputs}
    text = applied_text(code, "x", call_text(code.init) if code.init else "", ports)
    if code.init and code.call is None:
        text = call_text(code.init)
    step = steps.rpartition("|")[2].strip()
    if text == "x":
        yield "It leaves nothing in the PyTorch code."
    else:
        yield f"`{step}` on `{item.input_shape}` is `{text}` in PyTorch."
    yield ""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
    yield ""
