"""PyTorch's own samples of its modules (`torch.testing._internal.common_modules`) as specs.

A sample is what a module is made with and what it is called with. Which layer stands for a module
is told by the layers' aliases, and which argument for which parameter by the PyTorch text of their
examples. All other modules are `nn.NAME`.
"""

import inspect
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple, get_overloads

import torch
from torch import Tensor, nn
from torch.testing._internal.common_modules import (
    FunctionInput,
    ModuleErrorEnum,
    ModuleInfo,
    ModuleInput,
    module_db,
)

from archc.layers import ALIASES, LAYERS
from archc.layers.values import Word, written
from archc.pipeline import network
from archc.probe import CONTAINERS, LOSSES
from archc.spec import from_text

# The import forbids to set flags of backends, which archc does before a training.
torch.backends.flags_frozen.__globals__["__allow_nonbracketed_mutation_flag"] = True

PAD_MODES = {
    "Constant": "constant",
    "Zero": "constant",
    "Reflection": "reflect",
    "Replication": "replicate",
    "Circular": "circular",
}
"""How the name of a module that pads begins, and the mode that `pad` has for it."""

SEQUENCES = ("RNN", "GRU", "LSTM", "MultiheadAttention")
"""Modules that take tokens."""

OVER_LAST = ("LayerNorm", "RMSNorm")
"""Modules that work on the last axis, where layers in either layout work on the channels."""


SIZES = {3: "L", 4: "HW", 5: "DHW"}
"""The names of a map's sizes, by the number of its dimensions with the batch."""


class Inexpressible(Exception):
    """The language has nothing for a sample."""


class Sample(NamedTuple):
    """A module's class, what it is made with, and what it is called with, if it can be made."""

    cls: type[nn.Module]
    made: inspect.BoundArguments
    called: inspect.BoundArguments | None

    def __str__(self) -> str:
        called = {} if self.called is None else self.called.arguments
        return f"{self.cls.__name__}({_shown(self.made.arguments)})({_shown(called)})"

    def build(self) -> nn.Module:
        """The module."""
        return self.cls(*self.made.args, **self.made.kwargs)


class Translation(NamedTuple):
    """A sample as a text, and what its network gets. `alone` says that this is a batch of one,
    where the module gets an example without a batch."""

    text: str
    given: tuple[Tensor, ...]
    alone: bool
    instead: Mapping[str, Any] = MappingProxyType({})
    """What the module gets instead of the sample's own."""


def word_of(cls: type[nn.Module]) -> str | None:
    """The step that stands for a module: a layer, or `nn.NAME`; None for what is no step."""
    name = cls.__name__.removeprefix("Lazy")
    word = ALIASES.get(name.lower(), name.lower())
    if word in LAYERS:
        return word
    return None if name in (*CONTAINERS, *LOSSES) else f"nn.{name}"


def samples(info: ModuleInfo, training: bool) -> Iterator[Sample]:
    """The samples of a module."""
    for sample in info.module_inputs_func(info, **_options(training)):
        yield _sample(info.module_cls, sample, sample.forward_input)


def mistakes(info: ModuleInfo) -> Iterator[Sample]:
    """The samples that a module refuses."""
    if info.module_error_inputs_func is None:
        return
    for error in info.module_error_inputs_func(info, **_options(True)):
        sample = error.module_error_input
        made = error.error_on is ModuleErrorEnum.FORWARD_ERROR
        yield _sample(info.module_cls, sample, sample.forward_input if made else None)


def _options(training: bool) -> dict[str, Any]:
    return {
        "device": "cpu",
        "dtype": torch.float32,
        "requires_grad": True,
        "training": training,
    }


def _sample(cls: type[nn.Module], sample: ModuleInput, called: FunctionInput | None) -> Sample:
    made = sample.constructor_input
    overloads = get_overloads(cls.__init__)
    own = inspect.signature(overloads[0] if overloads else cls.__init__)
    forward = inspect.signature(cls.forward)
    return Sample(
        cls,
        _without_self(own).bind(*made.args, **made.kwargs),
        called and _without_self(forward).bind(*called.args, **called.kwargs),
    )


def _without_self(signature: inspect.Signature) -> inspect.Signature:
    return signature.replace(parameters=[*signature.parameters.values()][1:])


def _shown(arguments: Mapping[str, Any]) -> str:
    shown = (
        f"{name}={tuple(value.shape) if isinstance(value, Tensor) else value}"
        for name, value in arguments.items()
    )
    return ", ".join(shown)


# --- names ---------------------------------------------------------------------------------------


@cache
def argument_names(word: str) -> dict[str, str]:
    """A layer's argument for each parameter of its modules; `C` is the channels that arrive."""
    if word == "pad":
        # The amounts are worked out from what arrives: the text does not name `sides` in them.
        return {"padding": "sides", "value": "v"}
    names: dict[str, str] = {}
    for step, x, _ in LAYERS[word].examples:
        layer = [*network(from_text(f"input {x}\n{step}")).layers()][-1]
        code = layer.layer.code(layer.input_shape)
        call = code.init or code.call
        assert call is not None
        terms = dict(call.keywords)
        if call.terms:
            terms |= dict(zip(_parameters(call.target), call.terms, strict=False))
        names |= {name: term.origin for name, term in terms.items() if term.origin}
    return names


def _parameters(target: str) -> list[str]:
    """The parameters of a module, or of the module that does what a function does."""
    modules = {name.lower(): value for name, value in vars(nn).items()}
    made = modules.get(target.partition(".")[2].replace("_", "").lower())
    if made is None:
        return []
    overloads = get_overloads(made.__init__)
    return [*inspect.signature(overloads[0] if overloads else made.__init__).parameters][1:]


# --- translation ---------------------------------------------------------------------------------


def translate(sample: Sample) -> Translation:
    """A sample as a text. Raises Inexpressible."""
    word = word_of(sample.cls)
    assert word is not None
    if word == "mha":
        return _attention(sample)
    x, alone = _batched(sample, _value(sample, word))
    layout = _layout(word, sample.cls, x)
    step = " ".join([word, *_arguments(sample, word, x, layout)])
    lines = [_input("", x), *_as_last("", x, layout), step]
    return Translation("\n".join(lines), (x,), alone)


def _value(sample: Sample, word: str) -> Tensor:
    """What the module is called with, or might be called with."""
    if sample.called is None:
        return _fitting(sample, word)
    (_, x), *others = sample.called.arguments.items()
    for name, value in others:
        if value is not None:
            raise Inexpressible(f"`{name}` has no place in the pipe")
    assert isinstance(x, Tensor)
    ids = sample.made.arguments.get("num_embeddings")
    if ids and not x.is_floating_point() and x.max() >= ids:
        raise Inexpressible("ids are known when it runs")
    return x


def _fitting(sample: Sample, word: str) -> Tensor:
    """What a module would take that cannot be made."""
    if LAYERS[word].accepts == ("ids",):
        return torch.zeros(2, 6, dtype=torch.long)
    own = {own: name for name, own in argument_names(word).items()}
    channels = sample.made.arguments.get(own.get("C", ""), 4)
    if type(channels) is not int or channels < 1:
        raise Inexpressible("the channels that arrive are no argument")
    tokens = sample.cls.__name__ in SEQUENCES
    return torch.zeros(2, 6, channels) if tokens else torch.zeros(2, channels, 6)


def _positions(cls: type[nn.Module]) -> int | None:
    """The positions of what a module takes, None for any number."""
    ending = re.search(r"(\d)d$", cls.__name__)
    return int(ending[1]) if ending else 1 if cls.__name__ in SEQUENCES else None


def _batched(sample: Sample, x: Tensor) -> tuple[Tensor, bool]:
    """What arrives with its batch, and whether it had none."""
    rank = _positions(sample.cls)
    vectors = sample.cls.__name__ == "BatchNorm1d"
    if x.ndim == 0:
        raise Inexpressible("a number alone")
    if x.ndim == (2 if rank is None else rank + 2) - 1 and not vectors:
        return x.unsqueeze(0), True
    if rank is not None and x.ndim != rank + 2 and not vectors:
        raise Inexpressible("the dimensions that arrive choose the module")
    return x, False


def _layout(word: str, cls: type[nn.Module], x: Tensor) -> str:
    accepts = LAYERS[word].accepts if word in LAYERS else ("first",)
    if x.ndim == 2:
        return "vector"
    return "last" if cls.__name__ in OVER_LAST or "first" not in accepts else "first"


def _input(name: str, x: Tensor) -> str:
    if x.is_floating_point():
        return f"input {name}{_sizes(x)}"
    return f"input {name}{_sizes(x)} int"


def _sizes(x: Tensor) -> str:
    return "x".join(map(str, x.shape[1:]))


def _as_last(name: str, x: Tensor, layout: str) -> list[str]:
    """A step that takes what arrives for channels last."""
    return [f"{name}reshape {_sizes(x)} last=yes"] if layout == "last" else []


def _arguments(sample: Sample, word: str, x: Tensor, layout: str) -> Iterator[str]:
    if word not in LAYERS:
        yield from (f"{key}={_written(key, v)}" for key, v in sample.made.arguments.items())
        return
    names = argument_names(word)
    defaults = {p.name: p.default for p in sample.made.signature.parameters.values()}
    for name, value in sample.made.arguments.items():
        own = names.get(name)
        if own == "C":
            yield from _arriving(word, name, value, x.shape[-1 if layout == "last" else 1])
        elif own is not None:
            sizes = SIZES.get(x.ndim, "")
            yield f"{own}={_written(name, value, sizes)}"
        elif value is not defaults[name] and not _idle(sample, name, value):
            raise Inexpressible(f"no argument for `{name}`")
    if word == "pad":
        yield f"mode={PAD_MODES[sample.cls.__name__.partition('Pad')[0]]}"


def _idle(sample: Sample, name: str, value: object) -> bool:
    """Whether it does not matter what a parameter says: without a batch, which axis would be its
    own."""
    return (
        name == "batch_first"
        and type(value) is bool
        and sample.called is not None
        and all(v is None or v.ndim < 3 for v in sample.called.arguments.values())
    )


def _arriving(word: str, name: str, value: object, channels: int) -> Iterator[str]:
    """A parameter that says what arrives: stated where the layer can, else it must hold."""
    if any(parameter.name == "in" for parameter in LAYERS[word].parameters):
        yield f"in={value}"
    elif isinstance(value, tuple | list) and len(value) > 1:
        raise Inexpressible(f"`{name}` of several axes")
    else:
        assert value in (channels, [channels], (channels,))


def _written(name: str, value: object, sizes: str = "") -> str:
    """A value as a spec writes it. In a list of sizes None stands for the one that arrives."""
    if isinstance(value, str):
        return written(Word(value))
    if isinstance(value, tuple | list):
        kept = (Word(sizes[i]) if v is None and sizes else v for i, v in enumerate(value))
        return written(tuple(kept))
    if value is not None and not isinstance(value, int | float):
        raise Inexpressible(f"`{name}` of Python's")
    return written(value)


def _attention(sample: Sample) -> Translation:
    """Attention takes two further values. What it attends to is keys and values at once, and True
    in PyTorch's mask of keys is 0 in ours."""
    assert sample.called is not None
    called = sample.called.arguments
    if called["attn_mask"] is not None:
        raise Inexpressible("`attn_mask` has no place in the pipe")
    query, key = (called[name].unsqueeze(0) for name in ("query", "key"))
    padding = called["key_padding_mask"]
    mask = () if padding is None else ((~padding).long().unsqueeze(0),)
    lines = [
        _input("query ", query),
        _input("key ", key),
        *(_input("mask ", ids) for ids in mask),
        *_as_last("@key | ", key, "last"),
        "-> keys",
        *_as_last("@query | ", query, "last"),
        " ".join(["mha", *_arguments(sample, "mha", query, "last"), "kv=@keys"]),
    ]
    text = "\n".join(lines) + " mask=@mask" * len(mask)
    return Translation(text, (query, key, *mask), True, {"value": called["key"]})


def main() -> None:
    """Prints how many samples there are a text for, and what the others have that is in none."""
    modules = {info: word_of(info.module_cls) for info in module_db}
    words = {word for word in modules.values() if word in LAYERS}
    layers = [info for info, word in modules.items() if word in LAYERS]
    others = [info for info, word in modules.items() if word and word not in LAYERS]
    print(f"modules that {len(words)} layers stand for:")
    _count(layers)
    print("`nn.NAME`:")
    _count(others)


def _count(modules: list[ModuleInfo]) -> None:
    kept, left = 0, Counter[str]()
    for info in modules:
        for sample in (sample for mode in (True, False) for sample in samples(info, mode)):
            try:
                translate(sample)
                kept += 1
            except Inexpressible as reason:
                left[str(reason)] += 1
    print(f"  {len(modules)} modules, {kept} samples; {left.total()} others have")
    for reason, count in left.most_common():
        print(f"  {count:5} {reason}")


if __name__ == "__main__":
    main()
