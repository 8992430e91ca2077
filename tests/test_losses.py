"""The functions that losses mean, where torch's alone would not do."""

import warnings

import pytest
import torch
from torch.nn import functional as F

from archc.recipe.choice import Choice
from archc.training.losses import make_loss

CPU = torch.device("cpu")


def trained(output, loss, target):
    """A loss and its gradient."""
    output = output.clone(memory_format=torch.preserve_format).requires_grad_()
    found = loss(output, target)
    return found, torch.autograd.grad(found, output)[0]


def maps(*shape):
    made = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    return made.contiguous(memory_format=torch.channels_last) if len(shape) == 4 else made


@pytest.mark.parametrize("name", ["nll", "cross_entropy", "multi_margin"])
@pytest.mark.parametrize("options", [(), (("weight", (1.0, 2.0, 0.5)),)])
def test_every_position_of_a_map_counts_alike(name, options):
    """Channels first, in the memory of a CPU, channels last, and one position after another."""
    output, target = maps(4, 3, 5, 6), torch.arange(4 * 5 * 6).view(4, 5, 6) % 3
    rows, classes = output.movedim(1, -1).reshape(-1, 3), target.flatten()
    choice = Choice(name, options)
    expected, gradient = trained(rows, make_loss(choice, CPU), classes)
    gradient = gradient.view(4, 5, 6, 3)
    found = trained(output, make_loss(choice, CPU), target)
    last = trained(output.movedim(1, -1), make_loss(choice, CPU, channels_last=True), target)
    torch.testing.assert_close(found, (expected, gradient.movedim(-1, 1)))
    torch.testing.assert_close(last, (expected, gradient))


@pytest.mark.parametrize("shape", [(4, 3), (4, 3, 5), (4, 3, 5, 6)])
def test_weights_of_labels_lie_along_the_channels(shape):
    output, target = maps(*shape), (maps(*shape) > 0.3).to(torch.uint8)
    weights = torch.tensor([1.0, 2.0, 0.5])
    choice = Choice("bce_with_logits", (("pos_weight", tuple(weights.tolist())),))
    rows = [each.movedim(1, -1).reshape(-1, 3) for each in (output, target.float())]
    expected = F.binary_cross_entropy_with_logits(*rows, pos_weight=weights)
    torch.testing.assert_close(make_loss(choice, CPU)(output, target), expected)
    if len(shape) > 2:
        last = make_loss(choice, CPU, channels_last=True)
        found = last(output.movedim(1, -1), target.movedim(1, -1))
        torch.testing.assert_close(found, expected)


def test_the_mean_of_divergences_is_taken_without_a_warning():
    output, target = maps(4, 3).log_softmax(1), maps(4, 3).softmax(1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = make_loss(Choice("kl_div", (("reduction", "mean"),)), CPU)(output, target)
    torch.testing.assert_close(found, F.kl_div(output, target, reduction="none").mean())
