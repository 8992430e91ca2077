"""Layers in few words. Where a picture shows several uses of one text at once, what differs between
them is said as the text says it: `conv 3×3 /s, 4*c`."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from archc.diagram.text import by
from archc.graph import Arg, LayerItem
from archc.layers.values import Ref, written

Family = Literal["conv", "pool", "fc", "norm", "activation", "view", "part", "merge", "other"]
Layers = Sequence[LayerItem]
"""The same step in all uses of its text."""
Texts = Mapping[str, str]
"""What a block's parameters are called where the block is called."""

# The families of layers, by the file that holds them.
_FAMILIES: dict[str, Family] = {
    "conv": "conv",
    "deconv": "conv",
    "pools": "pool",
    "unpool": "pool",
    "up": "pool",
    "shuffles": "pool",
    "linear": "fc",
    "tokens": "fc",
    "norms": "norm",
    "activations": "activation",
    "axes": "activation",
    "dropout": "activation",
    "layouts": "view",
    "reshape": "view",
    "parts": "view",
    "pad": "view",
}
# How a layer starts and keeps its numbers is not part of the picture.
_HIDDEN = ("w", "bias", "in", "eps", "momentum")
_LONGEST = 14
_NAME = re.compile(r"[^\W\d]\w*")


def family(item: LayerItem) -> Family:
    """What kind of layer an item is, for its colour."""
    if item.layer.view:
        return "view"
    return _FAMILIES.get(type(item.layer).__module__.rpartition(".")[2], "other")


def describe(layers: Layers, texts: Texts) -> str:
    """A layer in few words: `conv 3×3 /2, 64`, `maxpool 2×2`, `fc 10`, `dropout 0.2`; nothing for a
    dropout that drops nothing."""
    word = _same(layers, lambda item: item.word)
    if word is None:
        written_word = re.split(r"[^\w.]", layers[0].site.text, maxsplit=1)[0]
        return texts.get(written_word, written_word)
    return _WORDS.get(word, _given)(layers, texts)


def argument_text(args: Sequence[Arg], texts: Texts) -> str:
    """The value of an argument; where it differs between uses, the text that computes it."""
    values = {written(arg.value) for arg in args}
    if len(values) == 1:
        return values.pop()
    found = {" ".join(arg.expr.span.text.split()) for arg in args if arg.expr is not None}
    text = found.pop() if len(found) == 1 else "…"
    whole = text.isidentifier()
    text = _NAME.sub(lambda name: _inserted(name.group(), texts, whole), text)
    return text if len(text) <= _LONGEST else "…"


def _inserted(name: str, texts: Texts, whole: bool) -> str:
    text = texts.get(name, name)
    return text if whole or text.isalnum() else f"({text})"


def _same(layers: Layers, text: Callable[[LayerItem], str]) -> str | None:
    texts = {text(item) for item in layers}
    return texts.pop() if len(texts) == 1 else None


def _argument(layers: Layers, name: str, texts: Texts) -> str:
    return argument_text([item.args[name] for item in layers], texts)


def _given(layers: Layers, texts: Texts) -> str:
    """The word, and the arguments that the text gives; names of one letter would say nothing."""
    words = [layers[0].word]
    for name, argument in layers[0].args.items():
        given = argument.source in ("step", "with") and name not in _HIDDEN
        if given and not isinstance(argument.value, Ref):
            value = _argument(layers, name, texts)
            words.append(value if len(name) == 1 else f"{name}={value}")
    return " ".join(words)


def _dropout(layers: Layers, texts: Texts) -> str:
    idle = all(item.args["p"].value == 0 for item in layers)
    return "" if idle else _given(layers, texts)


def _conv(layers: Layers, texts: Texts) -> str:
    words = [layers[0].word, _kernel(layers, texts), *_stride(layers, texts)]
    dilation = _sizes(layers, "d", texts)
    if dilation != "1":
        words.append(f"d{dilation}")
    groups = _same(layers, _groups)
    if groups is None:
        groups = f"g={_argument(layers, 'g', texts)}"
    if groups:
        words.append(groups)
    return f"{' '.join(words)}, {_channels(layers, texts)}"


def _groups(item: LayerItem) -> str:
    groups = item.args["g"].value
    if groups == 1:
        return ""
    return "depthwise" if groups == item.input_shape.channels else f"g{groups}"


def _pool(layers: Layers, texts: Texts) -> str:
    name = "avgpool" if layers[0].word == "avgpool" else "maxpool"
    if layers[0].args["to"].value is not None:
        size = _same(layers, lambda item: by(item.output_shape.positions))
        return f"{name} to {size or _argument(layers, 'to', texts)}"
    return " ".join([name, _kernel(layers, texts), *_stride(layers, texts)])


def _fc(layers: Layers, texts: Texts) -> str:
    return f"fc {_channels(layers, texts)}"


def _channels(layers: Layers, texts: Texts) -> str:
    channels = _same(layers, lambda item: str(item.output_shape.channels))
    return channels or _argument(layers, "c", texts)


def _kernel(layers: Layers, texts: Texts) -> str:
    side = _same(layers, lambda item: _side(_numbers(item, "k")))
    if side is not None:
        return side
    text = _argument(layers, "k", texts)
    return by([text] * layers[0].input_shape.rank) if text != "…" else text


def _stride(layers: Layers, texts: Texts) -> tuple[str, ...]:
    stride = _sizes(layers, "s", texts)
    sign = "s" if layers[0].word == "deconv" else "/"
    return (f"{sign}{stride}",) if stride != "1" else ()


def _sizes(layers: Layers, name: str, texts: Texts) -> str:
    size = _same(layers, lambda item: _short(_numbers(item, name)))
    return size or _argument(layers, name, texts)


def _numbers(item: LayerItem, name: str) -> tuple[int, ...]:
    """An argument of windows, one number a dimension."""
    numbers = getattr(item.layer, name)
    assert type(numbers) is tuple
    return numbers


def _side(kernel: tuple[int, ...]) -> str:
    """One dimension alone would read as a number of channels."""
    return by(kernel) if len(kernel) > 1 else f"k{kernel[0]}"


def _short(sizes: tuple[int, ...]) -> str:
    return str(sizes[0]) if len(set(sizes)) == 1 else by(sizes)


_WORDS: dict[str, Callable[[Layers, Texts], str]] = {
    "conv": _conv,
    "deconv": _conv,
    "pool": _pool,
    "avgpool": _pool,
    "gap": lambda *_: "global avgpool",
    "gmp": lambda *_: "global maxpool",
    "fc": _fc,
    "dropout": _dropout,
    "dropout2d": _dropout,
    "droppath": _dropout,
}
