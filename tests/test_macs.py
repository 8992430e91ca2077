"""MACs against formulas worked out by hand."""

import pytest

import archc
from archc.pipeline import network
from archc.spec import from_text

GATES = {"lstm": 4, "gru": 3, "rnn": 1}


@pytest.mark.parametrize("word", GATES)
@pytest.mark.parametrize(("layers", "both"), [(1, False), (3, False), (1, True), (3, True)])
@pytest.mark.parametrize("out", ["seq", "last"])
def test_a_recurrent_layer_multiplies_in_its_gates(
    word: str, layers: int, both: bool, out: str
) -> None:
    """Each gate of each direction and layer meets what arrives and the state, once a token."""
    tokens, arriving, hidden = 11, 7, 5
    text = (
        f"input 7x11\ntranspose | {word} 5 layers={layers} bi={'yes' if both else 'no'} out={out}"
    )
    wanted = 0
    for layer in range(layers):
        width = arriving if layer == 0 else hidden * (2 if both else 1)
        wanted += tokens * (2 if both else 1) * GATES[word] * (width * hidden + hidden * hidden)
    assert archc.summary(text).macs == wanted


def test_what_only_training_outputs_need_is_no_part_of_the_macs() -> None:
    text = (
        "input 3x8x8\nconv 4 k3 -> x\nconv 8 k3 | gap | flatten | fc 2 | output aux train\n@x | gap"
    )
    graph = network(from_text(text))
    assert graph.macs == archc.summary(text).macs == 3 * 4 * 9 * 6 * 6
    assert graph.parameters == sum((4 * 3 * 9 + 4, 8 * 4 * 9 + 8, 8 * 2 + 2))
