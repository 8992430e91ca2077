"""Values and outputs of called blocks that other texts read."""

import pytest
import torch
from torch import nn

import archc

BACKBONE = """
block trunk(c) { conv c k3 p1 -> low | relu | deep: inner 2*c | relu }
block inner(c) { conv c k3 s2 p1 -> mid | bn }
"""


def test_a_value_of_a_labelled_block_is_read() -> None:
    steps = "b: trunk 4\n@b.low | conv 8 k3 s2 p1 -> side\nadd(id, @b.deep.mid)"
    text = f"input 3x8x8\n{BACKBONE}\n{steps}"
    net = archc.compile(text).double().eval()
    x = torch.randn(2, 3, 8, 8, dtype=torch.float64)
    low = net.b.conv1(x)
    mid = net.b.deep.conv1(torch.relu(low))
    assert torch.equal(net(x), net.conv1(low) + mid)


def test_a_value_of_a_block_is_an_argument() -> None:
    text = f"input 3x8x8\n{BACKBONE}\nb: trunk 4\nup like=@b.low | mean"
    assert archc.check(text).output == (8,)
    assert archc.compile(text)(torch.randn(2, 3, 8, 8)).shape == (2, 8)


def test_sizes_of_a_value_of_a_block_are_read() -> None:
    text = f"input 3x8x8\n{BACKBONE}\nb: trunk 4\nconv @b.low.C k1"
    assert archc.check(text).output == (4, 4, 4)


def test_the_same_block_twice_hands_out_its_own_values() -> None:
    steps = "a: trunk 4 | up 2 | b: trunk 4\nadd(@a.low, up like=@a.low | conv 4)"
    text = f"input 3x8x8\n{BACKBONE}\n{steps}"
    net = archc.compile(text).eval()
    x = torch.randn(2, 3, 8, 8)
    first, _ = net.a(x)
    second = net.b(nn.functional.interpolate(first, scale_factor=2))
    grown = nn.functional.interpolate(second, size=(8, 8))
    expected = net.a.conv1(x) + net.conv1(grown)
    assert torch.allclose(net(x), expected)


def test_an_unknown_value_of_a_block_is_an_error() -> None:
    report = archc.check(f"input 3x8x8\n{BACKBONE}\nb: trunk 4\n@b.lows | relu")
    assert [found.code for found in report.diagnostics if found.severity == "error"] == ["E0230"]


OUTPUTS = """
input 3x8x8
block head(c) { gap | flatten | fc c }
block net { conv 4 k3 -> a | relu | output map | side: { head 7 | output aux train } | @a | head 5 }
net
"""


def test_outputs_of_called_blocks_are_those_of_the_network() -> None:
    net = archc.compile(OUTPUTS)
    x = torch.randn(2, 3, 8, 8)
    assert {name: tuple(value.shape) for name, value in net(x).items()} == {
        "out": (2, 5),
        "map": (2, 4, 6, 6),
        "aux": (2, 7),
    }
    assert list(net.eval()(x)) == ["out", "map"]
    report = archc.check(OUTPUTS)
    assert report.output == {"out": (5,), "map": (4, 6, 6)}
    assert report.train_outputs == {"aux": (7,)}


def test_what_only_training_needs_is_not_computed_otherwise() -> None:
    net = archc.compile(OUTPUTS).eval()
    net.net1.side.head1.fc1 = None  # would fail if it was called
    assert list(net(torch.randn(2, 3, 8, 8))) == ["out", "map"]


@pytest.mark.parametrize(
    "steps",
    [
        "2 * { conv 3 k1 | output a }",
        "relu | output a | sigmoid | output a | relu",
        "for i in 0..2 { conv 3 k1 | output a }",
        "block b { conv 3 k1 | output a }\nb | b",
    ],
)
def test_an_output_is_built_once(steps: str) -> None:
    report = archc.check(f"input 3x8x8\n{steps} | flatten")
    assert [found.code for found in report.diagnostics] == ["E0252"]
