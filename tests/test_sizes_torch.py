"""What `archc sizes` says, held against the compiled modules themselves."""

import random

import pytest
import torch
from conftest import ROOT
from size_nets import BLOCKS, ONE_INPUT_TOKENS, SAID

from archc.module import build_module
from archc.pipeline import analyse_each, network
from archc.shape import Shape
from archc.sizing.replay import Replay
from archc.sizing.runs import holds
from archc.sizing.search import Found, search
from archc.spec import from_command_line, from_text

SPECS = ROOT / "specs"


def fails(module: torch.nn.Module, shapes: list[Shape]) -> bool:
    """Whether a module stumbles over a batch of 2 in training."""
    values = [
        torch.ones(2, *s.dims, dtype=torch.long) if s.layout == "ids" else torch.ones(2, *s.dims)
        for s in shapes
    ]
    try:
        with torch.no_grad():
            module.train()(*values)
    except (RuntimeError, ValueError, IndexError, AssertionError):
        return True
    return False


def shapes_at(graph, found: Found, point) -> list[Shape]:
    dims = [list(put.value.shape.dims) for put in graph.inputs]
    for axis, size in zip(found.axes, point, strict=True):
        dims[axis.place[0]][axis.place[1]] = size
    return [Shape(tuple(d), p.value.shape.layout) for d, p in zip(dims, graph.inputs, strict=True)]


def points(found: Found, count: int, largest: int) -> list[tuple[int, ...]]:
    """The points that were spoken of, and drawn ones."""
    draw = random.Random(1)
    base = [axis.size for axis in found.axes]
    told = [found.besides or base, found.but_not[0] if found.but_not else base]
    for group in found.groups:
        near = [size for size, _ in group.refusals]
        near += [run.start + k * run.step for run in group.runs for k in (0, 1)]
        for size in near:
            told.append([size if axis in group.axes else axis.size for axis in found.axes])
            told.append([size] * len(base))
    for _ in range(count):
        sizes = [draw.randint(1, 2 * size + 9) for size in base]
        told += [sizes, [sizes[0]] * len(base)]
    return sorted({tuple(sizes) for sizes in told if max(sizes) <= largest})


def in_words(found: Found, point) -> bool:
    """Whether a point is in the sets that are told."""
    sizes = dict(zip(found.axes, point, strict=True))
    told = [({sizes[axis] for axis in group.axes}, group.runs) for group in found.groups]
    return all(len(own) == 1 and holds(found, min(own)) for own, found in told)


def compare(graph, count: int, largest: int) -> None:
    module, replay, found = build_module(graph), Replay(graph), search(graph)
    verdicts = set()
    for point in points(found, count, largest):
        shapes = shapes_at(graph, found, point)
        refusal = replay.refusal(tuple(shapes))
        assert (refusal is not None) == fails(module, shapes), (point, refusal)
        if (refusal is None) != in_words(found, point):
            assert found.but_not if refusal else found.besides, point
        verdicts.add(refusal is None)
    assert True in verdicts


TRUE_OF = {
    name: text
    for name, (text, _) in SAID.items()
    if name not in ("equal", "ids", "one", "unpool", "vector")
} | {
    "blocks": BLOCKS,
    "like": "input 2x9x9\nconv 3 k3 p1 -> a\npool 2 | up like=@a | add(id, @a)",
    "ceil": "input 2x9x9\npool 3 s2 ceil=yes | conv 2 k3 | pool 2 ceil=yes",
    "modes": "input 2x9x9\npad 3 mode=reflect | conv 2 k3 s2 | conv 3 k5 p2 mode=circular",
    "adaptive": "input 2x9x9\nconv 4 k3 | avgpool to=3 | flatten | fc 2",
    "vit": "input 2x8x8\nconv 8 k4 s4 | tokens | cls | pos | mha 2 | take 0 | fc 3",
    "map": "input 2x8x8\ntokens | fc 4 | map 8x8 | conv 2 k3",
    "open map": "input 2x8x8\ntokens | fc 4 | map 8x?",
    "reshape": "input 2x8x8\npool 2 | reshape [C ? 4] | conv 2 k3",
    "shifted": "input 4x9x8\nwindows 4 s=2 { add(id, ln | attn 2) } | conv 2",
    "grid": "input 4x8x8\nwindows 4 grid=yes { ln | attn 2 | fc 8 } | conv 2",
    "attn": "input 4x7x7\nconv 4 k3 s2 | tokens | attn 2 v2=yes",
    "s2d": "input 4x7x7\nhwc | s2d | fc 4 | chw | gap",
    "shuffles": "input 4x8x8\npixelunshuffle 2 | shuffle 2 | pixelshuffle 2 | conv 2 k3",
    "slices": "input 3x9x9\nslice 2 -2 axis=2 | slice axis=3 step=2 | conv 2 k2",
    "halves": "input 3x8x9\nglu axis=2 | split(id) | conv 2 k2",
    "products": "input 3x8x8\nmatmul(id, id)",
    "mixer": "input 6x8\npermute [2 1] | conv 3",
    "repeat": "input 4x20x20\n5 * { conv 4 k3 | relu } | pool 2",
    "kv": "input a 9 int\ninput b 6x7\n@b | transpose | fc 4 -> m\n@a | embed 5 4 | mha 2 kv=@m",
    "deconv": "input 3x4x4\ndeconv 4 k3 s2 p1 outpad=1 | deconv 4 k2 p3 | conv 2 k3",
    "up": "input 2x5x7\nup 1.5 | conv 2 k3 | up to=4x4 | flatten | fc 3",
    "norms": "input 4x6x6\nlrn 3 | scale | gn 2 | rms | ln | pool 3 | instnorm",
}


@pytest.mark.parametrize("text", TRUE_OF.values(), ids=TRUE_OF)
def test_accepts_what_the_module_takes(text):
    compare(network(from_text(text)), 30, 64)


SHIPPED = sorted(
    path.relative_to(SPECS).as_posix()
    for path in (*SPECS.glob("*.arch"), *SPECS.glob("nets/*.arch"), *SPECS.glob("warmups/*.arch"))
)
MODELS = ("squeezenet:squeezenet1_1", "shufflenetv2:shufflenet_v2_x0_5", "mnasnet:mnasnet0_5")


def of_size(name: str, parameters: int) -> list:
    analyses = analyse_each(from_command_line(f"specs/{name}"))
    return [a.graph for a in analyses if a.ok and a.graph.parameters < parameters]


@pytest.mark.parametrize("name", SHIPPED)
def test_accepts_what_a_shipped_net_takes(name):
    for graph in of_size(name, 3_000_000):
        if search(graph).axes:
            compare(graph, 3, 120)


@pytest.mark.parametrize("name", MODELS)
def test_accepts_what_a_known_net_takes(name):
    for graph in of_size(f"torchvision/{name}", 3_000_000):
        compare(graph, 2, 70)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(p.name for p in (SPECS / "torchvision").glob("*.arch")))
def test_accepts_what_each_known_net_takes(name):
    for graph in of_size(f"torchvision/{name}", 20_000_000):
        compare(graph, 2, 300 if name in ("inception.arch", "vit.arch") else 130)


def test_refuses_what_pytorch_would_silently_broadcast():
    for text, point in (
        ("input 3x6x6\nadd(id, permute [1 3 2])", (6, 1)),
        (ONE_INPUT_TOKENS, (1,)),
    ):
        graph = network(from_text(text))
        shapes = shapes_at(graph, search(graph), point)
        assert not fails(build_module(graph), shapes)
        assert Replay(graph).refusal(tuple(shapes)) is not None
