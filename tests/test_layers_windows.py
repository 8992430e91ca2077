"""Windows: how many a pool has, which hold only padding, and how far outputs see."""

import random
from itertools import product

import pytest
import torch
import torch.nn.functional as F
from draws import draw_case
from oracle import Ports, at_port, build, example, rule

import archc
from archc.layers import LAYERS, Layer
from archc.layers.windows import extent, pooled, sees_only_padding
from archc.shape import Shape

# torch pads by a copy in one case and drops nothing in the other: nothing to the tests.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Using padding=.same. with even kernel"),
    pytest.mark.filterwarnings("ignore:dropout option adds dropout after all but last recurrent"),
]

# A partial `flatten` moves positions, which no window describes.
WITH_POSITIONS = [word for word in LAYERS if word != "flatten"]


@pytest.mark.parametrize("ceil", [False, True])
def test_pools_have_the_windows_of_torch(ceil: bool) -> None:
    """In 1d, where windows that hold only padding do no harm."""
    only_padding = 0
    for n, k, s, d in product(range(1, 7), range(1, 5), range(1, 4), range(1, 6)):
        for p in range(k // 2 + 1):
            case = (n, k, s, p, d, ceil)
            try:
                out = F.max_pool1d(torch.zeros(1, 1, n), k, s, p, d, ceil)
            except RuntimeError:
                spare = s - 1 if ceil else 0
                assert extent(k, d) - spare > n + 2 * p, case
                continue
            assert out.shape[-1] == pooled(*case), case
            assert bool(torch.isinf(out).any()) == sees_only_padding(*case), case
            only_padding += sees_only_padding(*case)
    assert only_padding


@pytest.mark.parametrize("word", WITH_POSITIONS)
def test_outputs_see_no_further_than_their_window(word: str) -> None:
    """The gradient of one output reaches no further than the window's extent."""
    rng = random.Random(word)
    tried = 0
    for _ in range(150):
        case = draw_case(LAYERS[word], rng)
        x = case.x
        ruling = rule(LAYERS[word], case)
        if ruling.layer is None or ruling.out is None or x.layout in ("ids", "vector"):
            continue
        tried += 1
        window = ruling.layer.window(x)
        kernel, _, dilation = window or ((1,) * x.rank,) * 3
        limit = tuple(extent(k, d) for k, d in zip(kernel, dilation, strict=True))
        seen = seen_by_one_output(ruling.layer, x, case.ports, ruling.out, rng)
        assert all(a <= b for a, b in zip(seen, limit, strict=True)), (x, vars(ruling.layer))
    assert tried or LAYERS[word].accepts in (("vector",), ("ids",))


def test_a_convolution_sees_all_of_its_window() -> None:
    x = Shape((2, 15, 15), "first")
    layer = LAYERS["conv"](
        c=2, k=(3, 5), s=(1, 1), p=(0, 0), d=(2, 1), g=1, bias=True, mode="zeros", w=None, in_=None
    )
    seen = seen_by_one_output(layer, x, {}, layer.shape(x), random.Random(0))
    assert seen == (5, 5)


def seen_by_one_output(
    layer: Layer, x: Shape, ports: Ports, out: Shape, rng: random.Random
) -> tuple[int, ...]:
    """The span of input positions that the output at one position depends on."""
    net = build(layer, x, ports)
    net.eval()
    given = example(x)
    result = net(given, *map(at_port, ports.values()))
    place = [rng.randrange(n) for n in out.positions]
    at = (0, ..., *place, slice(None)) if out.layout == "last" else (0, slice(None), *place)
    result[at].square().sum().backward()
    reached = (given.grad[0] != 0).any(dim=-1 if x.layout == "last" else 0).nonzero()
    if not len(reached):
        return (0,) * x.rank
    return tuple((reached.amax(0) - reached.amin(0) + 1).tolist())


def test_attention_in_a_block_that_is_called_in_shifted_windows() -> None:
    called = "block inner { ln | attn 4 }\nwindows 4 s=2 { inner }"
    written = "windows 4 s=2 { ln | attn 4 }"
    first, second = (archc.compile(text, input="8x8x8").eval() for text in (called, written))
    second.load_state_dict(dict(zip(second.state_dict(), first.state_dict().values(), strict=True)))
    x = torch.randn(2, 8, 8, 8)
    assert torch.equal(first(x), second(x))
