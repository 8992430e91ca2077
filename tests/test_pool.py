"""Pools that are faster than torch's: other code, the same numbers and gradients."""

import pytest
import torch
import torch.nn.functional as F

from archc.pipeline import network
from archc.spec import from_python
from archc.training import pool, quick
from archc.training.pool import max_pool2d

CHANNELS_LAST = torch.channels_last


def drawn(shape, type=torch.float32, memory=CHANNELS_LAST):
    """Maps of few different numbers: windows are full of ties."""
    return torch.randint(-2, 3, shape).to(type).contiguous(memory_format=memory)


def trained(function, images):
    """The result and the gradient of the input."""
    images = images.clone().requires_grad_()
    out = function(images, 2)
    weights = torch.arange(out.numel(), dtype=out.dtype).view_as(out)
    return out, torch.autograd.grad((out * weights).sum(), images)[0]


@pytest.mark.parametrize("shape", [(2, 1, 4, 4), (2, 6, 7, 9), (3, 15, 2, 3), (3, 40, 4, 5)])
@pytest.mark.parametrize("type", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("memory", [CHANNELS_LAST, torch.contiguous_format])
def test_numbers_are_torchs(shape, type, memory):
    images = drawn(shape, type, memory)
    found, expected = max_pool2d(images, 2), F.max_pool2d(images, 2)
    assert torch.equal(found, expected)
    assert found.stride() == expected.stride()


@pytest.mark.parametrize("shape", [(2, 2, 4, 4), (2, 6, 7, 9), (1, 7, 5, 254), (1, 7, 5, 255)])
@pytest.mark.parametrize("type", [torch.float32, torch.bfloat16])
def test_gradients_are_torchs(shape, type):
    images = drawn(shape, type)
    for found, expected in zip(
        trained(max_pool2d, images), trained(F.max_pool2d, images), strict=True
    ):
        assert torch.equal(found, expected)
        assert found.stride() == expected.stride()


@pytest.mark.parametrize("type", [torch.float32, torch.bfloat16, torch.float16])
def test_gradients_of_extreme_numbers_are_torchs(type):
    """Zeros of both signs, and the smallest and largest numbers."""
    least = torch.finfo(type).smallest_normal
    numbers = [0.0, -0.0, least, -least, least / 2, torch.finfo(type).max, torch.finfo(type).min]
    images = windows_of(torch.tensor(numbers, dtype=type))
    for found, expected in zip(
        trained(max_pool2d, images), trained(F.max_pool2d, images), strict=True
    ):
        assert torch.equal(found, expected)


@pytest.mark.parametrize("type", [torch.float32, torch.bfloat16])
def test_of_infinities_one_gets_the_gradient(type):
    images = windows_of(torch.tensor([torch.inf, -torch.inf, 0.0, torch.nan], dtype=type))
    found = images.clone().requires_grad_()
    max_pool2d(found, 2).backward(torch.ones_like(F.max_pool2d(images, 2)))
    assert torch.equal(
        F.avg_pool2d(found.grad, 2), torch.full_like(found.grad[..., ::2, ::2], 0.25)
    )


def windows_of(numbers):
    """Maps of all windows that there are of some numbers."""
    windows = torch.cartesian_prod(*[numbers] * 4).view(-1, len(numbers) ** 2, 2, 2)
    maps = windows.permute(0, 2, 1, 3).reshape(1, 1, 2 * len(windows), 2 * len(numbers) ** 2)
    return maps.repeat(2, 3, 1, 1).contiguous(memory_format=CHANNELS_LAST)


@pytest.mark.parametrize(("channels", "ours"), [(1, False), (2, True), (7, True), (8, False)])
def test_few_channels_are_trained_by_our_code(channels, ours):
    images = drawn((2, channels, 8, 8)).requires_grad_()
    node = F.max_pool2d(images, 2).grad_fn.name()
    assert (max_pool2d(images, 2).grad_fn.name() != node) is ours


def test_other_pools_are_torchs():
    images = torch.randn(2, 3, 9, 9).contiguous(memory_format=CHANNELS_LAST)
    for keys in ({"stride": 1}, {"ceil_mode": True}, {"padding": 1}):
        assert torch.equal(max_pool2d(images, 2, **keys), F.max_pool2d(images, 2, **keys))
    assert torch.equal(max_pool2d(images, 3), F.max_pool2d(images, 3))


def test_no_number_in_a_window_stays_none():
    images = drawn((1, 2, 4, 4))
    images[0, 0, 1, 0] = torch.nan
    assert torch.equal(max_pool2d(images, 2).isnan(), F.max_pool2d(images, 2).isnan())


def test_a_trained_module_pools_quickly(monkeypatch):
    asked = []
    monkeypatch.setattr(pool, "_suits", lambda x: bool(asked.append(x.shape)))
    module = quick.build_quick(network(from_python("specs/lenet.arch")))
    assert module(torch.randn(2, 3, 32, 32)).shape == (2, 10)
    assert asked == [(2, 6, 28, 28), (2, 16, 10, 10)]
