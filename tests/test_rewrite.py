"""Rewrites for speed: other code, the same bits."""

import pytest
import torch

import archc
from archc.emit import network_source
from archc.module import build_module
from archc.pipeline import network
from archc.rewrite import pools_first
from archc.spec import from_python

SWAPPED = {
    "plain": "input 3x8x8\nconv 4 k3 | relu | pool 2 | flatten | fc 3",
    "padded": "input 3x9x9\nconv 4 k3 | bn | relu | pool 3 s2 p1 | relu6 | pool 2 ceil=yes",
    "behind each other": "input 3x8x8\nconv 4 k3 | relu6 | pool 2 | pool 3",
    "in blocks": "input 3x9x9\nblock f(c) { conv c k3 p1 | relu | pool 2 s1 }\nf 4 | 2 * f 5",
    "in loops": "input 3x9x9\nfor c in [2 3] { conv c k3 p1 | relu | pool 2 s1 }",
    "in branches": "input 3x8x8\nconcat({ relu | pool 2 }, avgpool 2) | relu | pool 2",
    "in shares": "input 3x8x8\nshare f = { conv 3 k3 p1 | relu | pool 3 s1 p1 }\nf | f",
    "labelled": "input 3x8x8\nstem: { conv 4 k3 | act: relu | pool 2 }",
    "volumes": "input 2x6x6x6\nconv 3 k3 | relu | pool 2",
}

KEPT = {
    "a reader between": "input 3x8x8\nconv 4 | relu -> x | pool 2 | concat(id, { @x | avgpool 2 })",
    "places read": "input 3x8x8\nconv 4 | relu | pool 2 -> p | unpool 2 at=@p",
    "places read behind a group": "input 3x8x8\nconv 4 | { relu | pool 2 } -> p | unpool 2 at=@p",
    "another activation": "input 3x8x8\nconv 4 | leaky | pool 2 | silu | pool 2",
    "another pool": "input 3x8x8\nconv 4 | relu | avgpool 2",
    "an output between": "input 3x8x8\nconv 4 | relu\noutput a\npool 2",
}


def graphs(text: str):
    plain = network(from_python(text))
    return plain, pools_first(plain)


def run(module, images):
    """Output and gradients, those of the input first."""
    images = images.clone().requires_grad_()
    torch.manual_seed(1)
    out = module(images)
    (out * torch.arange(out.numel()).view_as(out)).sum().backward()
    return [out, images.grad, *(p.grad for p in module.parameters())]


@pytest.mark.parametrize("text", SWAPPED.values(), ids=SWAPPED)
def test_results_and_gradients_are_the_same_bits(text):
    plain, faster = graphs(text)
    assert network_source(faster) != network_source(plain)
    modules = [build_module(graph) for graph in (plain, faster)]
    assert list(modules[0].state_dict()) == list(modules[1].state_dict())
    modules[1].load_state_dict(modules[0].state_dict())
    # Few different numbers: windows are full of ties.
    images = torch.randint(-2, 3, (2, *plain.input.dims)).float()
    for found, expected in zip(*(run(module, images) for module in modules), strict=True):
        assert torch.equal(found, expected)


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_what_could_change_a_result_stays(text):
    plain, faster = graphs(text)
    assert network_source(faster) == network_source(plain)


@pytest.mark.parametrize(
    "spec", ["lenet", "torchvision/vgg:vgg11", "torchvision/googlenet:googlenet"]
)
def test_shipped_networks_keep_their_state_dicts(spec):
    from archc.spec import from_command_line

    plain = network(from_command_line(spec))
    faster = pools_first(plain)
    assert faster.parameters == plain.parameters
    with torch.device("meta"):
        names = [list(build_module(graph).state_dict()) for graph in (plain, faster)]
    assert names[0] == names[1]


def test_build_reads_as_the_spec_does():
    assert "F.max_pool2d(F.relu(" in archc.build("conv 4 k3 | relu | pool 2", input="3x8x8")
