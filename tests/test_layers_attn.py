"""Attention in windows, against torchvision's."""

import pytest
import torch
from oracle import build, made
from torch import nn
from torchvision.models.maxvit import RelativePositionalMultiHeadAttention
from torchvision.models.swin_transformer import ShiftedWindowAttention, ShiftedWindowAttentionV2

from archc.layers.windowed import Attn, Placed
from archc.shape import Shape, vector

SIDE, HEADS, CHANNELS = 4, 2, 8
WINDOW = Shape((SIDE * SIDE, CHANNELS), "last")


def windows(x: torch.Tensor) -> torch.Tensor:
    """[B, H, W, C] in windows: [B * n, SIDE * SIDE, C]."""
    rows = x.unflatten(2, (-1, SIDE)).unflatten(1, (-1, SIDE))
    return rows.transpose(2, 3).flatten(3, 4).flatten(0, 2).reshape(-1, *WINDOW.dims)


def shift_mask(sides: tuple[int, int], shift: int) -> torch.Tensor:
    """-100 between tokens that were no neighbours before the roll: [n, tokens, tokens]."""
    parts = [
        torch.bucketize(torch.arange(side), torch.tensor([side - SIDE, side - shift]), right=True)
        for side in sides
    ]
    labels = (3 * parts[0][:, None] + parts[1]).float()[None, :, :, None]
    tokens = windows(labels.expand(-1, -1, -1, CHANNELS))[:, :, 0]
    return -100.0 * (tokens[:, None] != tokens[:, :, None])


@pytest.mark.parametrize("v2", [False, True])
@pytest.mark.parametrize("shift", [0, 2])
@pytest.mark.parametrize("bias", [False, True])
def test_attn_is_swins(v2: bool, shift: int, bias: bool) -> None:
    kind = ShiftedWindowAttentionV2 if v2 else ShiftedWindowAttention
    torch.manual_seed(0)
    theirs = kind(CHANNELS, [SIDE, SIDE], [shift, shift], HEADS, qkv_bias=bias, proj_bias=bias)
    layer = made("attn", WINDOW, heads=HEADS, v2=v2, bias=bias)
    assert isinstance(layer, Attn)
    layer = layer.inside(Placed((SIDE, SIDE), masked=shift > 0))
    ports = {"mask": vector(1)} if shift else {}
    torch.manual_seed(0)
    ours = build(layer, WINDOW, ports)
    state = {name.removeprefix("layer."): value for name, value in ours.state_dict().items()}
    assert list(state) == list(theirs.state_dict())
    for name, value in theirs.state_dict().items():
        assert torch.equal(state[name], value), name

    randomise(theirs)
    ours.layer.load_state_dict(theirs.state_dict())
    ours.double()
    theirs.double()
    given = torch.randn(3, 2 * SIDE, 3 * SIDE, CHANNELS).double()
    rolled = given.roll((-shift, -shift), (1, 2))
    masks = [shift_mask((2 * SIDE, 3 * SIDE), shift).double()] if shift else []
    expected = windows(theirs(given).roll((-shift, -shift), (1, 2)))
    torch.testing.assert_close(ours(windows(rolled), *masks), expected)

    expected.square().sum().backward()
    ours(windows(rolled), *masks).square().sum().backward()
    gradients = dict(ours.layer.named_parameters())
    for name, parameter in theirs.named_parameters():
        torch.testing.assert_close(gradients[name].grad, parameter.grad)


def test_attn_is_maxvits_with_another_scale() -> None:
    theirs = RelativePositionalMultiHeadAttention(CHANNELS, CHANNELS // HEADS, SIDE * SIDE)
    randomise(theirs)
    ours = build(made("attn", WINDOW, heads=HEADS, scale=CHANNELS**-0.5), WINDOW, {})
    pairs = zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True)
    for mine, its in pairs:
        mine.copy_(its.reshape(mine.shape))
    given = torch.randn(3, 5, SIDE * SIDE, CHANNELS)
    torch.testing.assert_close(ours(given.flatten(0, 1)), theirs(given).flatten(0, 1))


def randomise(module: nn.Module) -> None:
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.5)
