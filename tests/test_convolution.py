"""Convolutions that are faster than torch's: the same numbers and gradients within rounding."""

import pytest
import torch
from torch import nn

from archc.pipeline import network
from archc.spec import from_python
from archc.training import convolution, quick

FIRST = [
    {},
    {"kernel_size": 7, "padding": 4},
    {"kernel_size": (3, 5), "padding": (1, 2)},
    {"bias": False},
    {"out_channels": 8, "in_channels": 1},
]
"""A first layer of which two columns are computed at once."""
LATER = [{}, {"bias": False}, {"kernel_size": (3, 5)}, {"out_channels": 17, "in_channels": 7}]
"""A later one whose maps have their gradients computed in another layout."""
OTHERS = [
    {"kernel_size": 3},
    {"out_channels": 9, "in_channels": 8},
    {"stride": 2},
    {"dilation": 2},
    {"groups": 3},
    {"padding": 1},
    {"padding": "same"},
    {"padding": 2, "padding_mode": "reflect"},
    {"kernel_size": 6, "padding": 1},
    {"out_channels": 9, "in_channels": 1},
]


def two(options):
    """Our convolution and torch's, with the same weights."""
    options = {"in_channels": 3, "out_channels": 6, "kernel_size": 5, **options}
    made = convolution.Conv2d(**options), nn.Conv2d(**options)
    made[0].load_state_dict(made[1].state_dict())
    return made


def maps(layer, later, kind=torch.float64, width=14):
    drawn = torch.randn(2, layer.in_channels, 12, width, dtype=kind)
    return drawn.contiguous(memory_format=torch.channels_last).requires_grad_(later)


def results(layer, x):
    """Its result, and the gradients of its weights and, if there are, of its maps."""
    layer = layer.to(x.dtype)
    out = layer(x)
    of = [*layer.parameters(), *([x] if x.requires_grad else [])]
    weights = torch.arange(out.numel(), dtype=out.dtype).view_as(out).cos()
    return [out, *torch.autograd.grad((out * weights).sum(), of)]


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("options", [*FIRST, *LATER, *OTHERS], ids=str)
def test_numbers_are_torchs(options, later):
    ours, torchs = two(options)
    x = maps(ours, later)
    for found, expected in zip(results(ours, x), results(torchs, x), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-11, atol=1e-11)
    if ours.in_channels > 1:  # The layout of one channel is two at once.
        assert ours(x).stride() == torchs(x).stride()


@pytest.fixture
def asked(monkeypatch):
    """How often each of our two ways was gone."""
    ways = []
    for name in ("_twice", "_gradients"):
        way = getattr(convolution, name)
        note = lambda *given, name=name, way=way: (ways.append(name), way(*given))[1]  # noqa: E731
        monkeypatch.setattr(convolution, name, note)
    return ways


@pytest.mark.parametrize("options", FIRST, ids=str)
def test_first_layers_compute_two_columns_at_once(options, asked):
    layer, _ = two(options)
    results(layer, maps(layer, later=False))
    results(layer, maps(layer, later=False, width=15))  # columns that make no pairs
    assert asked == ["_twice"]


def test_maps_in_another_layout_are_torchs(asked):
    layer, _ = two({})
    for later in (False, True):
        results(layer, maps(layer, later).detach().contiguous().requires_grad_(later))
    assert not asked


@pytest.mark.parametrize("options", LATER, ids=str)
def test_later_layers_compute_gradients_in_another_layout(options, asked):
    layer, _ = two(options)
    results(layer, maps(layer, later=True))
    assert asked == ["_gradients", "_gradients"]


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("options", OTHERS, ids=str)
def test_other_layers_are_torchs(options, later, asked):
    layer, _ = two(options)
    results(layer, maps(layer, later))
    assert not asked


@pytest.mark.parametrize("later", [False, True])
def test_mixed_precision_computes_in_bf16(later):
    ours, torchs = two({})
    x = maps(ours, later, torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        found, expected = results(ours, x), results(torchs, x)
    assert found[0].dtype == torch.bfloat16
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        assert (one - other).norm() <= 0.02 * other.norm()


def test_frozen_weights_get_no_gradients():
    layer, _ = two({})
    layer.requires_grad_(False)
    x = maps(layer, later=True, kind=torch.float32)
    layer(x).sum().backward()
    assert x.grad is not None
    assert layer.weight.grad is None


def test_no_images_are_no_maps():
    layer, _ = two({})
    assert layer(maps(layer, later=False, kind=torch.float32)[:0]).shape == (0, 6, 8, 10)


def test_a_trained_module_has_quick_convolutions(asked):
    module = quick.build_quick(network(from_python("specs/lenet.arch")))
    module = module.to(memory_format=torch.channels_last)
    images = torch.randn(2, 3, 32, 32).contiguous(memory_format=torch.channels_last)
    module(images).sum().backward()
    assert asked == ["_twice", "_gradients", "_gradients"]
