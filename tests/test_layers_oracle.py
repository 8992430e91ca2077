"""Every layer against PyTorch: verdict, shape, tensors and multiply-accumulates agree."""

import random
from math import prod

import pytest
import torch
from draws import draw_case
from oracle import BATCH, rule, run, source, stricter

from archc.layers import LAYERS, Layer
from archc.layers.values import written

# torch pads by a copy in one case and drops nothing in the other: nothing to the tests.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Using padding=.same. with even kernel"),
    pytest.mark.filterwarnings("ignore:dropout option adds dropout after all but last recurrent"),
]

UNCOUNTED = ("lstm", "gru", "rnn")
"""What torch's own counter leaves out."""

DRAWS = 300
MANY_DRAWS = 3000


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("word", LAYERS)
def test_layer_agrees_with_torch(word: str) -> None:
    assert_agrees(LAYERS[word], DRAWS, seed=0)


@pytest.mark.slow
@pytest.mark.parametrize("word", LAYERS)
def test_layer_agrees_with_torch_in_many_cases(word: str) -> None:
    assert_agrees(LAYERS[word], MANY_DRAWS, seed=1)


def assert_agrees(declared: type[Layer], draws: int, seed: int) -> None:
    """Draws until `draws` cases have come to torch, some legal; shapes of layouts that the layer
    does not take come on top."""
    rng = random.Random(f"{declared.word} {seed}")
    tried = legal = 0
    while tried < draws:
        case = draw_case(declared, rng)
        x = case.x
        ruling = rule(declared, case)
        if ruling.layer is None or stricter(ruling, x):
            continue
        tried += 1
        legal += not ruling.code
        text = " ".join(f"{name}={written(value)}" for name, value in case.values.items())
        said = f"{declared.word} {text} on {x} ({x.layout}), ports {case.ports}, seed {seed}"
        torch_run = run(ruling.layer, x, case.ports)
        if ruling.out is None:
            refused = torch_run.error or 0 in torch_run.out
            assert refused, f"{said}: refused with {ruling.code}, torch takes it"
            continue
        shown = f"{said}\n{source(ruling.layer, x, case.ports)}"
        assert not torch_run.error, f"{shown}: torch says {torch_run.error}"
        assert torch_run.out == (BATCH, *ruling.out.dims), shown
        assert torch_run.finite, shown
        tensors = ruling.layer.tensors(x)
        assert torch_run.tensors == tensors, shown
        assert torch_run.parameters == sum(prod(t.shape) for t in tensors if not t.buffer), shown
        if declared.word not in UNCOUNTED:
            macs = ruling.layer.macs(x, ruling.out) + ruling.layer.macs_once(x) / BATCH
            assert torch_run.macs == macs, shown
    assert legal > draws / 10, f"{declared.word}: only {legal} of {draws} draws are legal"
