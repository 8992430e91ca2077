"""Layers in few words. Where a picture shows several uses of one text at once, what differs between
them is said as the text says it: `conv 3×3 /s, 4*c`."""

import re
from collections.abc import Callable, Sequence
from typing import Literal

from archc.diagram.text import by
from archc.graph import Arg, LayerItem
from archc.layers.values import Ref, written

Family = Literal["conv", "pool", "fc", "norm", "activation", "view", "part", "merge", "other"]
Layers = Sequence[LayerItem]
"""The same step in all uses of its text."""

# The families of layers, by the file that holds them.
_FAMILIES: dict[str, Family] = {
    "conv": "conv",
    "pools": "pool",
    "linear": "fc",
    "norms": "norm",
    "activations": "activation",
    "axes": "activation",
    "dropout": "activation",
}
# How a layer starts and keeps its numbers is not part of the picture.
_HIDDEN = ("w", "bias", "in", "eps", "momentum")
_LONGEST = 14


def family(item: LayerItem) -> Family:
    """What kind of layer an item is, for its colour."""
    if item.layer.view:
        return "view"
    return _FAMILIES.get(type(item.layer).__module__.rpartition(".")[2], "other")


def describe(layers: Layers) -> str:
    """A layer in few words: `conv 3×3 /2, 64`, `maxpool 2×2`, `fc 10`, `dropout 0.2`."""
    word = _same(layers, lambda item: item.word)
    if word is None:
        return re.split(r"[^\w.]", layers[0].site.text, maxsplit=1)[0]
    return _WORDS.get(word, _given)(layers)


def argument_text(args: Sequence[Arg]) -> str:
    """The value of an argument; where it differs between uses, the text that computes it."""
    values = {written(arg.value) for arg in args}
    if len(values) == 1:
        return values.pop()
    texts = {" ".join(arg.expr.span.text.split()) for arg in args if arg.expr is not None}
    text = texts.pop() if len(texts) == 1 else "…"
    return text if len(text) <= _LONGEST else "…"


def _same(layers: Layers, text: Callable[[LayerItem], str]) -> str | None:
    texts = {text(item) for item in layers}
    return texts.pop() if len(texts) == 1 else None


def _argument(layers: Layers, name: str) -> str:
    return argument_text([item.args[name] for item in layers])


def _given(layers: Layers) -> str:
    """The word, and the arguments that the text gives; names of one letter would say nothing."""
    words = [layers[0].word]
    for name, argument in layers[0].args.items():
        given = argument.source in ("step", "with") and name not in _HIDDEN
        if given and not isinstance(argument.value, Ref):
            value = _argument(layers, name)
            words.append(value if len(name) == 1 else f"{name}={value}")
    return " ".join(words)


def _conv(layers: Layers) -> str:
    words = ["conv", _kernel(layers), *_stride(layers)]
    dilation = _same(layers, lambda item: _short(_window(item).dilation)) or _argument(layers, "d")
    if dilation != "1":
        words.append(f"d{dilation}")
    groups = _same(layers, _groups)
    if groups is None:
        groups = f"g={_argument(layers, 'g')}"
    if groups:
        words.append(groups)
    channels = _same(layers, lambda item: str(item.output_shape.channels))
    return f"{' '.join(words)}, {channels or _argument(layers, 'c')}"


def _groups(item: LayerItem) -> str:
    groups = item.args["g"].value
    if groups == 1:
        return ""
    return "depthwise" if groups == item.input_shape.channels else f"g{groups}"


def _pool(layers: Layers) -> str:
    name = "avgpool" if layers[0].word == "avgpool" else "maxpool"
    if layers[0].args["to"].value is not None:
        size = _same(layers, lambda item: by(item.output_shape.positions))
        return f"{name} to {size or _argument(layers, 'to')}"
    return " ".join([name, _kernel(layers), *_stride(layers)])


def _fc(layers: Layers) -> str:
    channels = _same(layers, lambda item: str(item.output_shape.channels))
    return f"fc {channels or _argument(layers, 'c')}"


def _window(item: LayerItem):  # type: ignore[no-untyped-def]
    window = item.layer.window(item.input_shape)
    assert window is not None
    return window


def _kernel(layers: Layers) -> str:
    side = _same(layers, lambda item: _side(_window(item).kernel))
    if side is not None:
        return side
    text = _argument(layers, "k")
    return by([text] * layers[0].input_shape.rank) if text != "…" else text


def _stride(layers: Layers) -> tuple[str, ...]:
    stride = _same(layers, lambda item: _short(_window(item).stride))
    if stride is None:
        stride = _argument(layers, "s")
    return (f"/{stride}",) if stride != "1" else ()


def _side(kernel: tuple[int, ...]) -> str:
    """One dimension alone would read as a number of channels."""
    return by(kernel) if len(kernel) > 1 else f"k{kernel[0]}"


def _short(sizes: tuple[int, ...]) -> str:
    return str(sizes[0]) if len(set(sizes)) == 1 else by(sizes)


_WORDS: dict[str, Callable[[Layers], str]] = {
    "conv": _conv,
    "pool": _pool,
    "avgpool": _pool,
    "gap": lambda _: "global avgpool",
    "gmp": lambda _: "global maxpool",
    "fc": _fc,
}
