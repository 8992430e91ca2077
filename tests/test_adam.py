"""Steps of Adam in one call: those of torch's optimizers, bit by bit."""

from copy import deepcopy

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR

from archc.pipeline import network
from archc.recipe import parse_options, read
from archc.spec import from_python
from archc.training.adam import quick_step
from archc.training.alone import ALONE
from archc.training.descent import Descent
from archc.training.hardware import choose
from archc.training.quick import build_quick

KINDS = [torch.optim.Adam, torch.optim.AdamW]
OPTIONS = [
    {},
    {"amsgrad": True, "eps": 1e-3},
    {"weight_decay": 0.1, "maximize": True},
    {"betas": (0.5, 0.7), "lr": 0.1},
]


def layers():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))


def optimizer_of(module, kind=torch.optim.Adam, **options):
    first, second = module
    groups = [{"params": first.parameters()}, {"params": second.parameters(), "lr": 1e-2}]
    return kind(groups, **{"lr": 1e-3, "fused": True, **options})


def differentiate(module, turn):
    """Gives the weights the gradients of a turn."""
    for place, weight in enumerate(module.parameters()):
        weight.grad = torch.randn(
            weight.shape, generator=torch.Generator().manual_seed(turn + place)
        )


def same(one, other):
    return str(one) == str(other) and all(
        torch.equal(found, expected)
        for states in zip(one["state"].values(), other["state"].values(), strict=True)
        for found, expected in zip(*(state.values() for state in states), strict=True)
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_steps_are_torchs(kind, options):
    """With a schedule that changes rates and momenta at every step."""
    modules = layers(), layers()
    optimizers = [optimizer_of(module, kind, **options) for module in modules]
    schedules = [OneCycleLR(optimizer, 0.1, 12) for optimizer in optimizers]
    step = None
    for turn in range(10):
        for module in modules:
            differentiate(module, turn)
        optimizers[1].step()
        if step is None:
            optimizers[0].step()
            step = quick_step(optimizers[0])
        else:
            assert step()
        for schedule in schedules:
            schedule.step()
    assert same(optimizers[0].state_dict(), optimizers[1].state_dict())
    for found, expected in zip(modules[0].parameters(), modules[1].parameters(), strict=True):
        assert torch.equal(found, expected)


def test_a_weight_without_a_gradient_leaves_the_step_to_torch():
    module = layers()
    optimizer = optimizer_of(module)
    differentiate(module, 0)
    optimizer.step()
    step = quick_step(optimizer)
    before = deepcopy(module.state_dict())
    module[1].bias.grad = None
    assert not step()
    assert all(torch.equal(weight, before[name]) for name, weight in module.state_dict().items())


def test_an_optimizer_that_has_made_no_step_has_no_states():
    optimizer = optimizer_of(layers())
    assert quick_step(optimizer) is None
    assert not optimizer.state


def test_other_optimizers_step_by_themselves():
    plain, sgd = optimizer_of(layers(), fused=False), optimizer_of(layers(), torch.optim.SGD)
    mixed = optimizer_of(nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2)))
    mixed.param_groups[0]["params"][0].data = mixed.param_groups[0]["params"][0].data.double()
    for optimizer in (plain, sgd, mixed):
        for group in optimizer.param_groups:
            for weight in group["params"]:
                weight.grad = torch.ones_like(weight)
        optimizer.step()
        assert quick_step(optimizer) is None


@pytest.mark.parametrize("line", ["adam", "adamw weight_decay=0.1"])
def test_a_descent_resumes_between_quick_steps(line):
    """Steps behind a restored state are those of an undisturbed descent."""
    recipe, _ = read(None, options=parse_options({"optimizer": line, "schedule": "cosine"}))

    def made():
        torch.manual_seed(0)
        module = build_quick(network(from_python("input 3\nfc 4 | relu | fc 2")))
        hardware = choose("cpu", "fp32", 0)
        return module, Descent(module, recipe, hardware, 10, ALONE.replica(module, None))

    def go(module, descent, turns):
        for turn in turns:
            images = torch.randn(5, 3, generator=torch.Generator().manual_seed(turn))
            descent.step(lambda images=images: _backward(module(images).square().mean()))

    whole, descent = made()
    go(whole, descent, range(4))
    middle = deepcopy((whole.state_dict(), descent.state()))
    go(whole, descent, range(4, 8))
    resumed, other = made()
    go(resumed, other, range(2))
    resumed.load_state_dict(middle[0])
    other.restore(middle[1], 4)
    go(resumed, other, range(4, 8))
    for found, expected in zip(resumed.parameters(), whole.parameters(), strict=True):
        assert torch.equal(found, expected)


def _backward(loss):
    loss.backward()
    return loss.detach()
