"""Every layer at open sizes: it runs at each size that it is checked for with numbers, and gives
the shape that its symbols say."""

import random

import pytest
import torch
from draws import draw_case
from oracle import BATCH, Case, Ruling, at_port, bind, build, example, rule, stricter
from symbols import filled, opened

from archc.layers import LAYERS, Layer
from archc.layers.base import Mismatch
from archc.layers.settled import refuse_open, settled
from archc.layers.values import written
from archc.module import build_module
from archc.pipeline import analyse, network
from archc.shape import Shape
from archc.spec import from_text

pytestmark = [
    pytest.mark.filterwarnings("ignore:Using padding=.same. with even kernel"),
    pytest.mark.filterwarnings("ignore:dropout option adds dropout after all but last recurrent"),
]

DRAWS = 120
NEEDS_NUMBER = "E0320"
HOLD_POSITIONS = ("pos", "attn", "unpool", "softmax")
"""What is built from the positions that arrive: learned ones, biases of pairs, sizes to bring back.
"""


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> None:
    torch.set_num_threads(1)


def open_rule(declared: type[Layer], case: Case, x: Shape) -> Ruling:
    """What archc says of a case whose piped value has open sizes."""
    try:
        declared.accept(x)
        layer = bind(declared, case.values, x.rank).with_ports(**case.ports)
        out = settled(layer.word, x, lambda: layer.shape(x))
        refuse_open(layer, x)
    except Mismatch as mismatch:
        return Ruling(None, None, mismatch.code)
    return Ruling(layer, out)


@pytest.mark.parametrize("word", LAYERS)
def test_layers_run_at_the_sizes_that_were_open(word: str) -> None:
    declared, rng = LAYERS[word], random.Random(word)
    accepted = 0
    for _ in range(DRAWS):
        case = draw_case(declared, rng)
        axes = {axis for axis in range(len(case.x.dims)) if rng.random() < 0.6}
        x, numbers = opened(case.x, axes)
        text = " ".join(f"{name}={written(value)}" for name, value in case.values.items())
        said = f"{word} {text} on {case.x} ({x.layout}) as {x}, ports {case.ports}"
        fixed, ruling = rule(declared, case), open_rule(declared, case, x)
        if fixed.out is None:
            continue
        channels_open = x.layout != "ids" and x.channels != case.x.channels
        if ruling.code == NEEDS_NUMBER and (channels_open or word in HOLD_POSITIONS):
            continue
        assert not ruling.code, f"{said}: {ruling.code}"
        assert ruling.out is not None
        assert ruling.layer is not None
        assert filled(ruling.out, numbers) == fixed.out, said
        if not x.open or stricter(fixed, case.x):
            continue
        accepted += 1
        net = build(ruling.layer, x, case.ports)
        given = [example(case.x, getattr(ruling.layer, "n", 9)), *map(at_port, case.ports.values())]
        assert tuple(net(*given).shape) == (BATCH, *fixed.out.dims), said
    assert accepted or word in HOLD_POSITIONS, f"{word}: no draw was accepted at an open size"


EXAMPLES = [
    (step, x) for layer in LAYERS.values() for step, x, _ in layer.examples if "x" in x or " " in x
]


@pytest.mark.parametrize(("step", "x"), EXAMPLES)
def test_examples_run_at_the_sizes_that_were_open(step: str, x: str) -> None:
    sizes, _, kind = x.partition(" ")
    first, *others = sizes.split("x")
    spec = "x".join([first, *"?" * len(others)]) if others else "?"
    made = analyse(from_text(f"input {spec} {kind}\n{step}"))
    if not made.ok:
        assert {d.code for d in made.diagnostics} == {NEEDS_NUMBER}
        assert step.split("|")[-1].split()[0] in (*HOLD_POSITIONS, "expect")
        return
    net = build_module(made.graph)
    fixed = network(from_text(f"input {x}\n{step}"))
    dims = (BATCH, *map(int, sizes.split("x")))
    given = torch.randint(9, dims) if kind else torch.rand(dims)
    assert tuple(net(given).shape[1:]) == fixed.output.dims
