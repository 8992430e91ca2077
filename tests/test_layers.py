"""Declarations: what a layer's class says holds, and one that says too little is refused."""

import pytest

from archc.layers import ALIASES, LAYERS, Layer
from archc.layers.base import Call, Code, Mismatch, arg
from archc.layers.kinds import Count, Sides
from archc.layers.values import Word
from archc.pipeline import network
from archc.shape import Shape, feature_map, vector
from archc.spec import from_text

EXAMPLES = [example for layer in LAYERS.values() for example in layer.examples]

ELSEWHERE = {
    "Linear": "fc",
    "Dense": "fc",
    "Conv2d": "conv",
    "MaxPool2d": "pool",
    "max_pool2d": "pool",
    "MaxPooling2D": "pool",
    "AvgPool1d": "avgpool",
    "AdaptiveAvgPool2d": "avgpool",
    "GlobalAveragePooling2D": "gap",
    "BatchNorm3d": "bn",
    "batch_norm": "bn",
    "LayerNorm": "ln",
    "LeakyReLU": "leaky",
    "Hardswish": "hswish",
    "swish": "silu",
    "log_softmax": "logsoftmax",
    "Identity": "id",
    "Dropout1d": "dropout2d",
    "ConvTranspose2d": "deconv",
    "GroupNorm": "gn",
    "RMSNorm": "rms",
    "StochasticDepth": "droppath",
    "Embedding": "embed",
    "MultiheadAttention": "mha",
    "Upsample": "up",
    "ZeroPad2d": "pad",
    "pixel_shuffle": "pixelshuffle",
}

FURTHER_WORDS = (  # noqa: SIM905 - one a line would be long
    "add sub mul concat join stack matmul split windows cbr se mlp residual input param block use"
    " train let share default with for in if else and or not output"
    " body yes no none"
).split()
"""Other words of the language, which no layer may take for itself."""


@pytest.mark.parametrize(("step", "x", "out"), EXAMPLES)
def test_examples_hold(step: str, x: str, out: str) -> None:
    assert str(network(from_text(f"input {x}\n{step}")).output) == out


@pytest.mark.parametrize(("elsewhere", "here"), ELSEWHERE.items())
def test_names_of_other_libraries_are_known(elsewhere: str, here: str) -> None:
    assert ALIASES[elsewhere.lower()] == here


def test_aliases_take_no_word_of_the_language() -> None:
    assert not ALIASES.keys() & {*LAYERS, *FURTHER_WORDS}
    assert not LAYERS.keys() & set(FURTHER_WORDS)


def complete() -> dict[str, object]:
    """The body of a class that is a layer; the tests take something away or add to it."""
    return {
        "__doc__": "Does nothing.",
        "examples": (("probe", "3", "3"),),
        "code": lambda self, x: Code(call=Call("F.relu")),
    }


INCOMPLETE = {
    "no docstring": {"__doc__": None},
    "no examples": {"examples": ()},
    "no `code`": {"code": Layer.code},
    "an example whose last step does not begin with `probe`": {"examples": (("prob 2", "3", "3"),)},
    "unknown names ['mac']": {"mac": lambda self, x, out: 0},
    "unknown names ['alias']": {"alias": ("prob",)},
    "unknown names ['c']": {"c": arg("without a kind")},
    "declares `c` without": {"__annotations__": {"c": Count}},
    "declares `c` without `arg": {"__annotations__": {"c": int}, "c": arg("a plain type")},
    "hide what it inherits: ['shape']": {
        "__annotations__": {"shape": Count},
        "shape": arg("a method's name"),
    },
    "`s` from `k`, not declared": {
        "__annotations__": {"s": Sides},
        "s": arg("stride", default_from="k"),
    },
    "a default for `c` that is not a whole number": {
        "__annotations__": {"c": Count},
        "c": arg("channels", 0),
    },
    "names that are taken: ['linear']": {"aliases": ("linear",)},
    "names that are taken: ['relu']": {"aliases": ("relu",)},
    "names an alias twice": {"aliases": ("probing", "probing")},
    "not in lower case": {"aliases": ("Probing",)},
}


@pytest.mark.parametrize(("problem", "changes"), INCOMPLETE.items())
def test_an_incomplete_declaration_is_refused(problem: str, changes: dict[str, object]) -> None:
    with pytest.raises(TypeError) as refusal:
        type("Probe", (Layer,), {**complete(), **changes})
    assert problem in str(refusal.value)
    assert "probe" not in LAYERS


def test_a_complete_declaration_registers_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LAYERS, "declared", dict(LAYERS.declared))
    made = type("Probe", (Layer,), complete())
    assert LAYERS["probe"] is made
    assert "probe" in LAYERS
    assert list(LAYERS)[-1] == "probe"


def test_a_layer_is_immutable() -> None:
    with pytest.raises(AttributeError):
        LAYERS["relu"]().p = 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("word", "x", "message"),
    [
        ("conv", vector(784), "takes a channels-first map or sequence such as 3x32x32, got the"),
        ("conv", Shape((8, 8, 3), "last"), "got the 8x8x3 channels-last map"),
        ("pool", feature_map(3, 2, 2, 2, 2), "at most 3 dimensions behind the channels"),
        ("bn", Shape((9, 8), "last"), "takes a channels-first map or a vector, got"),
        ("relu", Shape((9,), "ids"), "got 9 token ids"),
        ("fc", feature_map(3, 8, 8), "`fc` takes a vector, got the 3x8x8 map"),
    ],
)
def test_layouts_are_refused_in_words(word: str, x: Shape, message: str) -> None:
    with pytest.raises(Mismatch) as refusal:
        LAYERS[word].accept(x)
    assert refusal.value.code == "E0301"
    assert message in refusal.value.message
    assert refusal.value.help


def test_defaults_are_words_where_their_kind_wants_words() -> None:
    mode = next(p for p in LAYERS["conv"].parameters if p.name == "mode")
    assert isinstance(mode.default, Word)
