"""Parameters and MACs against what PyTorch counts in the network that is built, and against
formulas worked out by hand.

PyTorch counts on the meta device: there recurrent layers fall apart into the products of their
gates, while on a CPU they count as nothing.
"""

from collections import Counter
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

import archc
from archc.cost import Summary, summarize
from archc.elaborate import library_networks
from archc.graph import Graph
from archc.module import build_module
from archc.pipeline import network
from archc.shape import Shape
from archc.spec import from_command_line, from_text, shipped_names
from archc.syntax.parse import parse

OPEN = {"nets/deeplab": "image=3x65x80", "nets/fcn": "image=3x43x70"}
"""Sizes for inputs that leave them open."""

FAST = (
    "alexnet densenet121 googlenet inception_v3 mnasnet0_5 maxvit_t mobilenet_v3_small resnet50"
    " resnet152 resnext50_32x4d shufflenet_v2_x0_5 swin_t swin_v2_t vit_b_32"
)
"""The networks of torchvision's that are not slow."""


def shipped() -> Iterator[object]:
    """Every network that ships: its spec, and its block where the file has several."""
    for name in shipped_names():
        file = parse(from_command_line(name).source).file
        for block in library_networks(file) or [None]:
            spec = f"{name}:{block}" if block else name
            slow = name.startswith("torchvision/") and block not in FAST.split()
            yield pytest.param(spec, marks=[pytest.mark.slow] if slow else [], id=spec)


def counted(graph: Graph) -> tuple[nn.Module, FlopCounterMode]:
    """What PyTorch counts in an evaluation of one example."""
    with torch.device("meta"):
        module = build_module(graph).eval()
        given = [example(put.value.shape) for put in graph.inputs]
    # The fused kernels of attention are not counted.
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        module(*given)
    return module, counter


def example(shape: Shape) -> Tensor:
    return torch.zeros(1, *shape.dims, dtype=torch.long if shape.layout == "ids" else None)


def assert_counts_as_torch(graph: Graph) -> Summary:
    summary = summarize(graph)
    module, counter = counted(graph)
    assert summary.parameters == graph.parameters == sum(p.numel() for p in module.parameters())
    assert 2 * summary.macs == 2 * graph.macs == summary.flops == counter.get_total_flops()
    parts = counter.get_flop_counts()
    steps = Counter[str]()
    for row in summary.rows:
        if row.macs and not row.merge and not row.train:
            steps[f"{type(module).__name__}.{row.path}"] += 2 * row.macs
    assert steps == {path: sum(parts[path].values()) for path in steps}
    return summary


@pytest.mark.parametrize("name", [*shipped()])
def test_networks_that_ship(name: str) -> None:
    spec = from_command_line(name)
    sizes = OPEN.get(name.partition(":")[0])
    graph = network(spec._replace(inputs=(sizes,)) if sizes else spec)
    assert_counts_as_torch(graph)


def test_all_of_torchvision_is_there() -> None:
    assert sum(param.id.startswith("torchvision/") for param in shipped()) == 80


def test_resnet50() -> None:
    assert archc.summary("torchvision/resnet.arch:resnet50").macs == 4_089_184_256


SMALL = {
    "borders are dense": ("input 3x8x8\nconv 5 k3 s2 p1", 5 * 4 * 4 * 3 * 9),
    "grouped": ("input 8x9x11\nconv 12 k3 g4", 12 * 7 * 9 * 2 * 9),
    "each channel alone": ("input 8x9x11\nconv 8 k3 p1 g=C", 8 * 9 * 11 * 9),
    "dilated": ("input 3x15x17\nconv 5 k3 d2", 5 * 11 * 13 * 3 * 9),
    "1-d": ("input 4x30\nconv 6 k5 s2 d3", 6 * 9 * 4 * 5),
    "3-d": ("input 2x6x7x8\nconv 3 k2x3x1", 3 * 5 * 5 * 8 * 2 * 6),
    "transposed": ("input 6x5x7\ndeconv 4 k3 s2", 6 * 5 * 7 * 4 * 9),
    "transposed in groups": ("input 6x5x7\ndeconv 4 k3 s2 p1 outpad=1 g2", 6 * 5 * 7 * 2 * 9),
    "transposed 1-d": ("input 6x9\ndeconv 4 k4 s2 d2", 6 * 9 * 4 * 4),
    "transposed 3-d": ("input 2x3x4x5\ndeconv 3 k2 s2", 2 * 3 * 4 * 5 * 3 * 8),
    "fc of tokens": ("input 7x11\ntranspose | fc 5", 11 * 7 * 5),
    "matmul": ("input 6x4\nflatten from=2 | matmul(id, transpose)", 6 * 4 * 6),
    "attention": ("input 12x10\ntranspose | mha 3", 4 * 10 * 12 * 12 + 2 * 10 * 10 * 12),
    "causal attention is full": (
        "input 12x10\ntranspose | mha 3 causal=yes",
        4 * 10 * 12 * 12 + 2 * 10 * 10 * 12,
    ),
    "attention to others": (
        "input x 12x10\ninput y 5x9\n@y | transpose -> keys\n@x | transpose | mha 3 kv=@keys",
        2 * 10 * 12 * 12 + 2 * 9 * 5 * 12 + 2 * 10 * 9 * 12,
    ),
    "masked attention": (
        "input x 12x10\ninput ids 10 int\n@x | transpose | mha 3 mask=@ids",
        4 * 10 * 12 * 12 + 2 * 10 * 10 * 12,
    ),
    "windows": (
        "input 8x12x12\nwindows 6 { attn 2 }",
        4 * (4 * 36 * 8 * 8 + 2 * 36 * 36 * 8),
    ),
    "shifted windows that do not fit": (
        "input 8x10x15\nwindows 6 s=3 { attn 2 }",
        6 * (4 * 36 * 8 * 8 + 2 * 36 * 36 * 8),
    ),
    "windows on a grid": (
        "input 8x12x12\nwindows 6 grid=yes { attn 2 | fc 8 }",
        4 * (4 * 36 * 8 * 8 + 2 * 36 * 36 * 8 + 36 * 8 * 8),
    ),
    "the table of a bias, once": (
        "input 8x12x12\nwindows 6 { attn 2 v2=yes }",
        4 * (4 * 36 * 8 * 8 + 2 * 36 * 36 * 8) + 11 * 11 * 512 * (2 + 2),
    ),
    "shared": ("input 3x9x9\nshare s = conv 3 k3 p1\ns | bn | 2 * s | s", 4 * 3 * 9 * 9 * 3 * 9),
    "tied": ("input 9 int\nwords: embed 50 6 | fc 50 tie=words", 9 * 6 * 50),
    "look-ups, norms, pools and the like": (
        "input 64 int\nembed 9 4 | transpose | ln | bn | gelu | pool 2 | up 2 | softmax | gap",
        0,
    ),
}  # fmt: skip
"""Texts, and their MACs by hand."""


@pytest.mark.parametrize(("text", "macs"), SMALL.values(), ids=SMALL)
def test_small_networks(text: str, macs: int) -> None:
    assert assert_counts_as_torch(network(from_text(text))).macs == macs


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
    assert assert_counts_as_torch(network(from_text(text))).macs == wanted


def test_what_only_training_outputs_need_is_no_part_of_the_macs() -> None:
    text = (
        "input 3x8x8\nconv 4 k3 -> x\nconv 8 k3 | gap | flatten | fc 2 | output aux train\n@x | gap"
    )
    summary = assert_counts_as_torch(network(from_text(text)))
    assert summary.macs == 3 * 4 * 9 * 6 * 6
    assert summary.parameters == sum((4 * 3 * 9 + 4, 8 * 4 * 9 + 8, 8 * 2 + 2))
