"""Modules of torch by name: their shapes, arguments and costs."""

import inspect

import pytest
import torch
from probing import checked, codes
from torch import nn

import archc
from archc.cost import summarize
from archc.layers.foreign import Foreign
from archc.probe import (
    CONTAINERS,
    TORCH_MODULES,
    Probe,
)


def test_the_table_has_torchs_own_names() -> None:
    names = {
        name
        for name, found in vars(nn).items()
        if inspect.isclass(found) and issubclass(found, nn.Module)
    }
    assert set(TORCH_MODULES) == names
    assert set(CONTAINERS) <= names


@pytest.mark.parametrize(("step", "x", "out"), Foreign.examples)
def test_examples_of_the_page(probe: Probe, step: str, x: str, out: str) -> None:
    before = f"input {x}\n" if "Transformer" not in step else "input 64x16\ntokens | "
    analysis = checked(probe, before + step)
    assert analysis.diagnostics == ()
    assert str(analysis.graph.output) == out


@pytest.mark.parametrize(
    ("steps", "layout", "out"),
    [
        ("nn.Hardshrink", "first", (3, 8, 8)),
        ("nn.Flatten", "vector", (192,)),
        ("nn.Flatten start_dim=2", "first", (3, 64)),
        ("hwc | nn.LayerNorm C", "last", (8, 8, 3)),
        ("tokens | nn.Linear C 5", "last", (64, 5)),
        ("tokens | nn.Unflatten 1 [8 8] | chw", "first", (3, 8, 8)),
        ("nn.Conv2d in_channels=C out_channels=4 kernel_size=[3 1]", "first", (4, 6, 8)),
        ("nn.Conv2d C 4 3 padding=same padding_mode=reflect", "first", (4, 8, 8)),
        ('nn.Conv2d C 4 3 padding="same" bias=no', "first", (4, 8, 8)),
        ("nn.AdaptiveAvgPool2d [4 none]", "first", (3, 4, 8)),
        ("nn.ReLU inplace=yes", "first", (3, 8, 8)),
    ],
)
def test_layouts_and_arguments(probe: Probe, steps: str, layout: str, out: object) -> None:
    analysis = checked(probe, f"input 3x8x8\n{steps}")
    assert analysis.diagnostics == ()
    assert (analysis.graph.output.layout, analysis.graph.output.dims) == (layout, out)


def test_token_ids(probe: Probe) -> None:
    words = checked(probe, "input 16 int\nnn.Embedding 100 8 | mha 2").graph
    assert (words.output.layout, words.output.dims) == ("last", (16, 8))
    bag = checked(probe, "input 16 int\nnn.EmbeddingBag 100 8 | fc 2").graph
    assert bag.output.dims == (2,)


def test_wherever_a_step_may_stand(probe: Probe) -> None:
    text = """
input 3x8x8
default nn.Conv2d bias=no padding=1
block unit(act, c=4) { add(nn.Conv2d C c 3 | act, conv c k1) | act }
block norm = nn.GroupNorm 2
block norms = norm
block shrink = nn.Hardshrink lambd=.1
share same = nn.PReLU
unit nn.Tanhshrink | unit relu | unit shrink 6 | same
with nn.Conv2d stride=2 { stem: nn.Conv2d C 6 3 }
2 * { nn.Softshrink | norms C affine=no } | same | for l in [.1 .2] { nn.Softshrink l }
if nn.ReLU == nn.ReLU { 2 * nn.CELU } else { nn.Hardshrink }
"""
    analysis = checked(probe, text)
    assert analysis.diagnostics == ()
    assert analysis.graph.output.dims == (6, 4, 4)
    names = [item.name for item in analysis.graph.layers()]
    assert names[:3] == ["unit1.nn_Conv2d1", "unit1.act1", "unit1.conv1"]
    assert "stem" in names
    assert "repeat1.1.norms1" in names
    module = archc.compile(text)
    assert module(torch.randn(2, 3, 8, 8)).shape == (2, 6, 4, 4)
    tensors = [
        (f"{item.name}.{tensor.name}", tensor.shape)
        for item in analysis.graph.layers()
        for tensor in item.layer.tensors(item.input_shape)
    ]
    # The share comes at each of its uses.
    distinct = list(dict.fromkeys(tensors))
    assert [(name, tuple(t.shape)) for name, t in module.state_dict().items()] == distinct
    assert analysis.graph.parameters == sum(p.numel() for p in module.parameters())


def test_a_loop_that_starts_weights_leaves_foreign_modules_alone() -> None:
    text = (
        "input 8x16\ntokens\ndefault fc w=zeros\n"
        "nn.TransformerEncoderLayer 8 2 batch_first=yes dim_feedforward=8\nfc 8 | fc 8 | fc 8"
    )
    started = archc.compile(text).state_dict()
    assert all(not started[f"fc{number}.weight"].any() for number in (1, 2, 3))
    assert started["nn_TransformerEncoderLayer1.linear1.weight"].any()


@pytest.mark.parametrize(
    ("step", "code", "place", "words"),
    [
        ("nn.Hardshirnk", "E0201", (1, 14), "did you mean `nn.Hardshrink`?"),
        ("nn.functional.relu", "E0201", (1, 19), ""),
        ("hardshrink", "E0201", (1, 11), "write `nn.Hardshrink`"),
        ("nn.Conv2d 3 8 3 strde=2", "E0202", (17, 22), "did you mean `stride`?"),
        ("nn.Conv2d 3 8 k3", "E0202", (15, 17), "`kernel_size`"),
        ("nn.Conv2d 3 8", "E0204", (1, 14), "kernel_size=..."),
        ("nn.Hardshrink 1 2", "E0205", (17, 18), ""),
        ("nn.Conv2d 3 8 3 in_channels=3", "E0206", (17, 30), ""),
        ("nn.Conv2d 3 8 3 padding=he(fan_in)", "E0203", (25, 35), ""),
        ("nn.ReLU tanh", "E0208", (9, 13), ""),
        ("nn.Conv2d 4 8 3", "E0251", (1, 16), "`conv` does this here"),
        ("nn.Conv2d 3 8 3 groups=2", "E0251", (1, 25), ""),
        ("nn.Sequential", "E0250", (1, 14), "`|`"),
        ("nn.MSELoss", "E0250", (1, 11), "loss"),
        ("nn.MultiheadAttention 3 1", "E0250", (1, 26), "`mha`"),
        ("tokens | nn.LSTM 3 3", "E0250", (10, 21), "`lstm`"),
        ("nn.MaxPool2d 2 return_indices=yes", "E0250", (1, 34), "`pool`"),
        ("nn.LazyConv2d 8 3", "E0250", (1, 18), "`conv`"),
        ("nn.Bilinear 8 8 8", "E0250", (1, 18), None),
        ("nn.Flatten 0", "E0250", (1, 13), "`flatten`"),
        ("nn.Flatten { relu }", "E0225", (12, 20), "`|`"),
    ],
)
def test_what_is_refused(
    probe: Probe, step: str, code: str, place: tuple[int, int], words: str | None
) -> None:
    (found,) = checked(probe, f"input 3x8x8\n{step}\nflatten | fc 10").diagnostics
    assert (found.code, found.line) == (code, 2)
    assert (found.column, found.end_column) == place
    assert (found.help is None) if words is None else (words in (found.help or ""))


def test_torchs_own_words_are_shown(probe: Probe) -> None:
    (found,) = checked(probe, "input 3x8x8\nnn.Conv2d 4 8 3").diagnostics
    assert "to have 4 channels, but got 3 channels instead" in found.message
    assert found.note == "called with a batch of 2, (2, 3, 8, 8)"
    assert [label.message for label in found.labels] == ["the input is 3x8x8"]


def test_what_is_not_built_is_checked_for_names_and_keys(probe: Probe) -> None:
    text = "input 3x8x8\nblock unused(c) { nn.Conv2d c c 3 strde=2 | nn.Hardshirnk }\nrelu"
    assert codes(checked(probe, text)) == ["E0202", "E0201"]


def test_sizes_beyond_memory_are_unknown(probe: Probe) -> None:
    analysis = checked(probe, "input 8\nnn.Linear 8 100000000000 | fc 3 | conv cc=3")
    assert codes(analysis) == ["W0105", "E0202"]


def test_costs(probe: Probe) -> None:
    graph = checked(probe, "input 3x8x8\nnn.Conv2d 3 4 3").graph
    assert (graph.parameters, graph.macs) == (112, 0)
    graph = checked(probe, "input 3x8x8\nconv 4 k3 | nn.Hardshrink | flatten").graph
    fields = [row.receptive_field for row in summarize(graph).rows]
    assert fields == [(3, 3), None, (8, 8)]


@pytest.mark.parametrize(
    ("step", "out"),
    [
        ("nn.Hardshrink", "3x?x?"),
        ("nn.Conv2d 3 8 3 padding=1", "8x?x?"),
        ("nn.AdaptiveAvgPool2d [2 none]", "3x2x?"),
        ("nn.AdaptiveAvgPool2d 2 | nn.Flatten", "12"),
    ],
)
def test_open_sizes(probe: Probe, step: str, out: str) -> None:
    analysis = checked(probe, f"input 3x?x?\n{step}")
    assert analysis.diagnostics == ()
    assert str(analysis.graph.output) == out


@pytest.mark.parametrize("step", ["nn.Flatten", "nn.Conv2d 3 8 3", "nn.Linear 8 8"])
def test_open_sizes_that_are_not_told(probe: Probe, step: str) -> None:
    assert codes(checked(probe, f"input 3x?x?\n{step} | fc 3")) == ["W0105"]
