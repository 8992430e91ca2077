"""What layers compute, against PyTorch written by hand, and how their own text reads."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from oracle import Ports, build, made
from torch import nn
from torchvision.models.swin_transformer import PatchMerging
from torchvision.ops import StochasticDepth

from archc.emit.pytorch import applied_text, call_text
from archc.layers.base import Pooled
from archc.layers.values import OPEN, Init, Value, Word
from archc.shape import Shape, feature_map, vector

MAP = feature_map(6, 4, 5)
TOKENS = Shape((9, 8), "last")
IDS = Shape((9,), "ids")


def batch(x: Shape) -> torch.Tensor:
    return torch.randn(2, *x.dims)


SAME: list[tuple[str, Shape, dict[str, Value], Callable[[torch.Tensor], Any]]] = [
    ("hwc", MAP, {}, lambda x: x.permute(0, 2, 3, 1)),
    ("hwc", feature_map(6, 4), {}, lambda x: x.permute(0, 2, 1)),
    ("hwc", feature_map(6, 4, 5, 3), {}, lambda x: x.permute(0, 2, 3, 4, 1)),
    ("chw", Shape((4, 5, 6), "last"), {}, lambda x: x.permute(0, 3, 1, 2)),
    ("chw", Shape((4, 5, 3, 6), "last"), {}, lambda x: x.permute(0, 4, 1, 2, 3)),
    ("tokens", MAP, {}, lambda x: x.permute(0, 2, 3, 1).reshape(2, 20, 6)),
    ("tokens", Shape((4, 5, 6), "last"), {}, lambda x: x.reshape(2, 20, 6)),
    ("map", TOKENS, {"to": (3, OPEN)}, lambda x: x.permute(0, 2, 1).reshape(2, 8, 3, 3)),
    ("transpose", TOKENS, {}, lambda x: x.permute(0, 2, 1)),
    ("reshape", MAP, {"sizes": (2, OPEN)}, lambda x: x.reshape(2, 2, 60)),
    ("reshape", MAP, {"sizes": 120}, lambda x: x.reshape(2, 120)),
    ("reshape", vector(24), {"sizes": (2, 3, 4)}, lambda x: x.reshape(2, 2, 3, 4)),
    ("permute", MAP, {"axes": (3, -2, 1)}, lambda x: x.permute(0, 3, 2, 1)),
    ("take", TOKENS, {"i": -2}, lambda x: x[:, 7]),
    ("mean", MAP, {}, lambda x: x.flatten(2).mean(2)),
    ("mean", TOKENS, {}, lambda x: x.sum(1) / 9),
    ("sum", MAP, {"axis": 1}, lambda x: x.sum(1)),
    ("sum", MAP, {"axis": -1}, lambda x: x.sum(3)),
    ("slice", MAP, {"a": 1, "b": 3}, lambda x: x[:, 1:3]),
    ("slice", TOKENS, {"a": -3}, lambda x: x[:, :, 5:]),
    ("slice", MAP, {"axis": 3, "step": 2, "b": -1}, lambda x: x[:, :, :, 0:4:2]),
    ("slice", MAP, {"axis": 2, "a": 1}, lambda x: x[:, :, 1:]),
    ("pad", MAP, {"sides": (1, 2)}, lambda x: F.pad(x, (1, 2))),
    ("pad", MAP, {"sides": 1, "v": 2}, lambda x: nn.ConstantPad2d(1, 2)(x)),
    (
        *("pad", MAP, {"sides": (1, 2), "mode": Word("reflect")}),
        lambda x: nn.ReflectionPad2d((1, 2, 0, 0))(x),
    ),
    ("up", MAP, {"k": (2, 1.5)}, lambda x: nn.Upsample(scale_factor=(2, 1.5))(x)),
    (
        *("up", MAP, {"to": 7, "mode": Word("bilinear"), "corners": True}),
        lambda x: nn.Upsample((7, 7), mode="bilinear", align_corners=True)(x),
    ),
    ("up", MAP, {"k": 2, "mode": Word("bicubic")}, nn.Upsample(scale_factor=2, mode="bicubic")),
    ("shuffle", MAP, {"g": 3}, lambda x: x[:, [0, 2, 4, 1, 3, 5]]),
    ("pixelshuffle", feature_map(12, 4, 5), {"r": 2}, nn.PixelShuffle(2)),
    ("pixelunshuffle", feature_map(3, 4, 6), {"r": 2}, nn.PixelUnshuffle(2)),
    ("instnorm", MAP, {"eps": 0.1}, nn.InstanceNorm2d(6, eps=0.1)),
    ("gn", MAP, {"groups": 3}, lambda x: F.group_norm(x, 3)),
    ("rms", MAP, {}, lambda x: F.rms_norm(x.movedim(1, 3), (6,)).movedim(3, 1)),
    ("ln", MAP, {}, lambda x: F.layer_norm(x.movedim(1, 3), (6,)).movedim(3, 1)),
    ("lrn", MAP, {"n": 5, "k": 2}, lambda x: F.local_response_norm(x, 5, k=2)),
    ("cls", TOKENS, {}, lambda x: torch.cat((torch.zeros(2, 1, 8), x), 1)),
    ("scale", MAP, {"v": 0.5}, lambda x: x / 2),
    ("scale", TOKENS, {"v": 0.5}, lambda x: x / 2),
]


@pytest.mark.parametrize(("word", "x", "values", "reference"), SAME)
def test_layers_compute_what_they_say(
    word: str, x: Shape, values: dict[str, Value], reference: Callable[[torch.Tensor], Any]
) -> None:
    given = batch(x)
    layer = made(word, x, **values)
    out = build(layer, x, {})(given)
    torch.testing.assert_close(out, reference(given))
    assert out.shape[1:] == layer.shape(x).dims


TEXTS: list[tuple[str, Shape, dict[str, Value], str]] = [
    ("hwc", MAP, {}, "x.permute(0, 2, 3, 1)"),
    ("tokens", MAP, {}, "x.flatten(2).transpose(1, 2)"),
    ("map", TOKENS, {"to": (3, 3)}, "x.transpose(1, 2).unflatten(2, (3, 3))"),
    ("reshape", vector(24), {"sizes": (2, 3, 4)}, "x.unflatten(1, (2, 3, 4))"),
    ("permute", MAP, {"axes": (3, 1, 2)}, "x.permute(0, 3, 1, 2)"),
    ("take", TOKENS, {"i": 0}, "x[:, 0]"),
    ("mean", MAP, {}, "x.mean((2, 3))"),
    ("slice", MAP, {"a": 0, "b": 3}, "x[:, :3]"),
    ("slice", TOKENS, {"a": 3}, "x[..., 3:]"),
    ("slice", MAP, {"axis": 3, "step": 2}, "x[..., ::2]"),
    ("pad", MAP, {"sides": (0, 1, 0, 1)}, "F.pad(x, (0, 1, 0, 1))"),
    ("up", MAP, {"k": 2}, "F.interpolate(x, scale_factor=2)"),
    ("up", MAP, {"to": 7, "mode": Word("bilinear")}, 'F.interpolate(x, 7, mode="bilinear")'),
    ("mha", TOKENS, {"heads": 2}, "self.part(x, x, x, need_weights=False)[0]"),
    ("lstm", TOKENS, {"c": 4}, "self.part(x)[0]"),
    ("gru", TOKENS, {"c": 4, "out": Word("last")}, "self.part(x)[1][-1]"),
    ("pos", TOKENS, {}, "self.part(x)"),
]


@pytest.mark.parametrize(("word", "x", "values", "text"), TEXTS)
def test_code_reads_as_an_expert_writes_it(
    word: str, x: Shape, values: dict[str, Value], text: str
) -> None:
    assert applied_text(made(word, x, **values).code(x), "x", "self.part") == text


def test_ports_are_written_by_their_names() -> None:
    ports = {"kv": Shape((5, 4), "last"), "mask": Shape((5,), "ids")}
    names = {"kv": "memory", "mask": "words"}

    def text(word: str, x: Shape, ports: Ports, **values: Value) -> str:
        code = made(word, x, ports, **values).code(x)
        return applied_text(code, "x", "self.part", names)

    kv = {"kv": ports["kv"]}
    crossed = "self.part(x, memory, memory, need_weights=False)[0]"
    assert text("mha", TOKENS, kv, heads=2) == crossed
    assert text("mha", TOKENS, ports, heads=2) == "self.part(x, memory, padding=words == 0)"
    names["like"] = "early"
    like = {"like": feature_map(3, 7, 9)}
    assert text("up", MAP, like) == "F.interpolate(x, early.shape[2:])"


# --- modules of torch and torchvision ------------------------------------------------------------


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_droppath_is_stochastic_depth(p: float) -> None:
    ours, theirs = build(made("droppath", MAP, p=p), MAP, {}), StochasticDepth(p, "row")
    given = torch.randn(50, *MAP.dims)
    torch.manual_seed(0)
    expected = theirs(given)
    torch.manual_seed(0)
    assert torch.equal(ours(given), expected)
    assert torch.equal(ours.eval()(given), given)
    assert ours.layer.p == p


@pytest.mark.parametrize("sides", [(4, 6), (5, 7), (4, 5), (1, 1)])
def test_s2d_merges_as_swin(sides: tuple[int, int]) -> None:
    x = Shape((*sides, 3), "last")
    given = batch(x)
    merging = PatchMerging(3)
    merging.reduction = merging.norm = nn.Identity()
    assert torch.equal(build(made("s2d", x), x, {})(given), merging(given))


def test_unpool_brings_maxima_back_to_their_places() -> None:
    x = feature_map(3, 7, 5)
    pool = made("pool", x, k=2)
    out = pool.shape(x)
    at = {"at": Pooled(pool, x, out)}
    layer = made("unpool", out, at, k=2)
    assert layer.shape(out) == x
    given = batch(x)
    pooled, places = F.max_pool2d(given, 2, return_indices=True)
    back = build(layer, out, at)(pooled, places)
    expected = torch.zeros_like(given).flatten(2)
    expected.scatter_(2, places.flatten(2), pooled.flatten(2))
    assert torch.equal(back.flatten(2), expected)
    call = pool.indices(x)
    assert call is not None
    assert call_text(call, "x") == "F.max_pool2d(x, 2, return_indices=True)"


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("channels", [8, 6])
@pytest.mark.parametrize("masked", [False, True])
def test_mha_is_torchs(causal: bool, channels: int, masked: bool) -> None:
    kv, mask = Shape((5, channels), "last"), Shape((5,), "ids")
    ports = {"kv": kv, **({"mask": mask} if masked else {})}
    layer = made("mha", TOKENS, ports, heads=2, causal=causal)
    theirs = nn.MultiheadAttention(8, 2, kdim=channels, vdim=channels, batch_first=True)
    ours = build(layer, TOKENS, ports)
    ours.layer.load_state_dict(theirs.state_dict())
    given, keys = batch(TOKENS), batch(kv)
    ids = torch.tensor([[3, 1, 2, 0, 0], [1, 1, 1, 1, 0]])
    later = torch.arange(5) > torch.arange(9)[:, None] if causal else None
    expected = theirs(given, keys, keys, ids == 0 if masked else None, attn_mask=later)[0]
    for net in (ours.train(), ours.eval()):
        out = net(given, keys, *([ids] if masked else []))
        torch.testing.assert_close(out, expected)


@pytest.mark.parametrize("word", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("bi", [False, True])
def test_last_is_the_last_layers_final_state(word: str, bi: bool) -> None:
    arguments: dict[str, Value] = {"c": 4, "layers": 2, "bi": bi}
    last = build(made(word, TOKENS, out=Word("last"), **arguments), TOKENS, {})
    seq = build(made(word, TOKENS, **arguments), TOKENS, {})
    seq.load_state_dict(last.state_dict())
    given = batch(TOKENS)
    states = seq(given)
    expected = states[:, -1]
    if bi:
        # The one that goes backwards ends at the first token.
        expected = torch.cat((states[:, -1, :4], states[:, 0, 4:]), 1)
    torch.testing.assert_close(last(given), expected)


def test_sample_draws_around_the_means() -> None:
    net = build(made("sample", vector(6)), vector(6), {}).eval()
    given = torch.randn(2, 6)
    torch.manual_seed(0)
    noise = torch.randn(2, 3)
    torch.manual_seed(0)
    assert torch.equal(net(given), given[:, :3] + torch.exp(given[:, 3:] / 2) * noise)


def test_pos_and_cls_start_as_they_say() -> None:
    x = Shape((100, 100), "last")
    weight = build(made("pos", x), x, {}).layer.weight
    assert abs(weight.std() - 0.02) < 0.001
    assert not build(made("cls", x), x, {}).layer.weight.any()
    assert not build(made("embed", IDS, n=9, c=4, pad=2), IDS, {}).layer.weight[2].any()


# --- initialisations -----------------------------------------------------------------------------

START = Init("normal", (0.1,))


@pytest.mark.parametrize(
    ("word", "x", "values", "names"),
    [
        ("deconv", MAP, {"c": 4, "w": START, "bias": Word("zeros")}, ["weight", "bias"]),
        ("embed", IDS, {"n": 9, "c": 4, "w": START}, ["weight"]),
        ("pos", TOKENS, {"w": START}, ["weight"]),
        ("pos", TOKENS, {}, []),
        ("cls", TOKENS, {}, []),
        ("mha", TOKENS, {"heads": 2, "w": START}, ["in_proj_weight", "out_proj.weight"]),
        ("mha", TOKENS, {"heads": 2, "bias": START}, ["in_proj_bias", "out_proj.bias"]),
        ("attn", TOKENS, {"heads": 2, "w": START}, ["qkv.weight", "proj.weight"]),
        (
            *("attn", TOKENS, {"heads": 2, "v2": True, "bias": START}),
            ["qkv.bias", "proj.bias", "cpb_mlp.0.bias"],
        ),
        ("gn", MAP, {"groups": 2, "w": START}, ["weight"]),
        ("fc", vector(3), {"c": 4}, []),
    ],
)
def test_initialisations_name_their_tensors(
    word: str, x: Shape, values: dict[str, Value], names: list[str]
) -> None:
    layer = made(word, x, **values)
    assert [name for name, _ in layer.initialisations(x)] == names
    assert {*names} <= {tensor.name for tensor in layer.tensors(x)}
