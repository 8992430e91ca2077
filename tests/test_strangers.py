"""Specs in many manners of the language against the same networks by hand: names and order of all
tensors, outputs in evaluation and in training, and what training changes."""

import pytest
import torch
from by_hand import ByHand
from compare import randomise, relative_error
from conftest import ROOT
from stranger_nets import CASES
from torch import Tensor

import archc

SPECS = ROOT / "tests" / "strangers"
BLOCKS = {"vgg": "vgg11_bn"}


def by_name(found: object) -> dict[str, Tensor]:
    return found if isinstance(found, dict) else {"out": found}


@pytest.mark.parametrize("name", CASES)
def test_a_network_is_what_the_language_says(name: str) -> None:
    spec = f"{SPECS / name}.arch" + (f":{BLOCKS[name]}" if name in BLOCKS else "")
    function, inputs = CASES[name]
    net, expected = archc.load(spec), ByHand(function)
    expected(*inputs)
    randomise(expected)
    weights = expected.state_dict()
    assert list(net.state_dict()) == list(weights)
    net.load_state_dict(weights)
    for training in (False, True):
        net.train(training)
        expected.train(training)
        with torch.no_grad():
            torch.manual_seed(0)
            found = by_name(net(*inputs))
            torch.manual_seed(0)
            wanted = by_name(expected(*inputs))
        assert list(found) == list(wanted)
        for output, value in wanted.items():
            assert relative_error(found[output], value) < 1e-5
    for buffer, value in expected.named_buffers():
        assert torch.allclose(net.get_buffer(buffer), value, atol=1e-5)
    assert archc.check(spec).parameters == sum(p.numel() for p in expected.parameters())


def test_every_spec_has_its_network() -> None:
    assert {path.stem for path in SPECS.iterdir()} == set(CASES)


BUILT = {
    "spaces in a function": ("input 5\nfc max(2, 5 - 1) w=normal(.1 * 2, mean=1 - 1)", 24),
    "a break behind an operator": ("input 5\nfc 3+\n  1", 24),
    "a negative value in a branch": ("input 3x5\ntranspose\nconcat(take -1, mean) | fc 1", 7),
    "no value in what is not built": (
        "input 2x8x8\nblock f(top=none) { if top { conv top k=top } | let n = top }\nf | f 1",
        3,
    ),
    "past the end in what is not built": (
        "input 2x8x8\nlet cs = [3 4]\nfor i c in enum(cs) { if i < 1 { conv cs[i+1] } }",
        12,
    ),
    "a share that something unbuilt uses": (
        "input 2x8x8\nshare s = conv 2\nif no { s }\ns | s",
        6,
    ),
    "a share of each copy": ("input 2x8x8\n3 * { share s = conv 2 | s | s }", 18),
    "a share of a turn, used further in": (
        "input 2x8x8\nfor c in [3 4] { conv c | share s = conv c | 2 * { s | bn } }",
        9 + 12 + 12 + 16 + 20 + 16,
    ),
    "a label like a numbered name": ("input 2x8x8\nconv1: conv 2 | conv 2", 12),
}


@pytest.mark.parametrize("name", BUILT)
def test_what_is_built(name: str) -> None:
    text, count = BUILT[name]
    report = archc.check(text)
    assert report.ok, report.diagnostics
    assert report.parameters == count
    assert sum(p.numel() for p in archc.compile(text).parameters()) == count
