"""Refusals of the layers' rules: the code, the words, and that the help makes them go away."""

import random
import re

import pytest
from draws import draw_shape, draw_values
from oracle import bind

from archc.layers import LAYERS
from archc.layers.base import Mismatch, Pooled
from archc.layers.values import Ref, Value, Word, written
from archc.pipeline import analyse
from archc.shape import Shape, feature_map, vector
from archc.spec import from_text

MAP = feature_map(6, 4, 5)
TOKENS = Shape((9, 8), "last")
IDS = Shape((8,), "ids")

REFUSED = [
    # input, step, code, a part of the message, a part of the help, the step as the help mends it
    ("3x4x4", "conv 8 k5", "E0303", "at least 5x5, got 4x4", "`k4`", "conv 8 k4"),
    ("3x4x9", "conv 8 k7x3 p1x0", "E0303", "got 4x9 (6x9 with its", "`k6x3`", "conv 8 k6x3 p1x0"),
    ("3x4x4", "conv 8 k3 d2", "E0303", "at least 5x5, got 4x4", "`d1`", "conv 8 k3 d1"),
    ("3x1x1", "conv 8 k3 d2", "E0303", "at least 5x5, got 1x1", "`k1 d1`", "conv 8 k1 d1"),
    ("3x8x8", "conv 8 k3 s2 p=same", "E0305", "1 only, got", "`p=half`", "conv 8 k3 s2 p=half"),
    (
        *("3x4x4", "conv 8 k3 p4 mode=reflect", "E0304", "at most 3x3 a side, got 4x4"),
        *("use `p3`", "conv 8 k3 p3 mode=reflect"),
    ),
    ("3x4x4", "conv 8 k3 p5 mode=circular", "E0304", "4x4 a side, got 5x5", "`mode` out", "conv 8"),
    ("6x4x4", "conv 8 k3 g4", "E0307", "multiple of 4 input channels", "`g2`", "conv 8 k3 g2"),
    ("4x4x4", "conv 6 k3 g4", "E0307", "4 output channels, got 6", "`g2`", "conv 6 k3 g2"),
    ("3x4x4", "conv 4 g3", "E0307", "output channels, got 4", "leave the groups out", "conv 4"),
    ("3x4x4", "conv 8 in=1", "E0302", "expected 1 channel, got 3", "`in=3`", "conv 8 in=3"),
    ("576", "fc 10 in=7*7*64", "E0302", "3136 features, got 576", "`in=576`", "fc 10 in=576"),
    ("3x4x4", "pool 5", "E0303", "at least 5x5, got 4x4", "`k4`", "pool k4"),
    ("3x9x9", "pool 3 p2", "E0304", "half of its window, 1x1 for 3x3", "`p1`", "pool 3 p1"),
    ("3x9x9", "pool 2 p=[1 2]", "E0304", "1x1 for 2x2, got 1x2", "`p1`", "pool 2 p1"),
    ("3x1x1", "pool 2 s1 p1 d2", "E0310", "holds only padding", "`d1`", "pool 2 s1 p1 d1"),
    ("3x9x9", "pool", "E0211", "window or `to=`, got neither", "`pool 2`", "pool 2"),
    ("3x9x9", "pool 2 to=3", "E0211", "got `k` beside `to`", "`pool to=3`", "pool to=3"),
    ("3x9x9", "avgpool to=3 pad_count=no", "E0211", "got `pad_count`", "to=3", "avgpool to=3"),
    ("3x1x4x4", "avgpool 2 p1", "E0303", "got 1x4x4", "`k1x2x2 p0`", "avgpool k1x2x2 p0"),
    ("10", "softmax axis=2", "E0309", "axis 1, got 2", "`axis=1`", "softmax axis=1"),
    ("10x4", "softmax axis=0", "E0309", "from 1 to 2, got 0", "`axis=2`", "softmax axis=2"),
    ("5x4x4", "glu", "E0309", "number of channels, got 5", "`conv 6 k1`", "conv 6 k1 | glu"),
    ("5", "glu", "E0309", "an even number of channels, got 5", "`fc 6`", "fc 6 | glu"),
    ("4x5x4", "glu axis=2", "E0309", "even size of axis 2, got 5", "leave `axis` out", "glu"),
    ("3x4x4", "flatten from=4", "E0309", "from 1 to 3, got 4", "`from=3`", "flatten from=3"),
    ("3x4x4", "flatten to=-4", "E0309", "from 1 to 3, got -4", "`to=3`", "flatten to=3"),
    (
        *("3x4x4", "flatten from=3 to=2", "E0309", "got axes 3 and 2"),
        *("`from=2 to=3`", "flatten from=2 to=3"),
    ),
    (
        "6x6x6",
        "expect 6x7x7",
        "E0302",
        "expected 6x7x7, got 6x6x6",
        "`expect 6x6x6`",
        "expect 6x6x6",
    ),
    ("6x6x6", "expect 6x6", "E0302", "expected 6x6, got 6x6x6", "`expect 6x6x6`", "expect 6x6x6"),
    ("6x6x6", "expect ?x7x6", "E0302", "expected ?x7x6", "`expect 6x6x6`", "expect 6x6x6"),
    ("3x4", "bn affine=no w=ones", "E0211", "`w` needs `affine=yes`", "leave out", "bn w=ones"),
    ("3x4", "ln affine=no bias=ones", "E0211", "`bias` needs", "leave out", "ln affine=no"),
    ("3x4", "hardtanh lo=2 hi=1", "E0211", "got 2 and 1", "`lo=1 hi=2`", "hardtanh lo=1 hi=2"),
    ("3x4", "affine [1 2] 0", "E0311", "one a channel, got 2", "one number for all", "affine 1 0"),
    ("3x4x4", "deconv 8 k2 outpad=1", "E0314", "at most 0x0, got 1x1", "out", "deconv 8 k2"),
    (
        *("3x4x4", "deconv 8 k2 s2 outpad=[1 2]", "E0314", "at most 1x1, got 1x2", "`outpad=1`"),
        "deconv 8 k2 s2 outpad=1",
    ),
    ("3x1x1", "deconv 8 k2 p1", "E0308", "got none: 8x0x0", "a smaller `p`", "deconv 8 k2"),
    ("6x4x4", "deconv 8 g4", "E0307", "input channels, got 6", "`g2`", "deconv 8 g2"),
    ("3x1x1", "instnorm", "E0315", "one position a channel", "use `ln`", "ln"),
    ("10", "instnorm", "E0315", "got the vector 10", "use `ln`", "ln"),
    ("6x4x4", "gn 4", "E0307", "multiple of 4 channels, got 6", "`gn 3`", "gn 3"),
    ("6x4x4", "shuffle 4", "E0307", "multiple of 4 channels, got 6", "`shuffle 3`", "shuffle 3"),
    ("6x4", "gn 3 affine=no w=ones", "E0211", "`w` needs", "leave out", "gn 3 affine=no"),
    ("3x4x4", "reshape 5x9", "E0312", "takes 45 numbers, got 48", "`[4 12]`", "reshape [4 12]"),
    ("3x4x4", "reshape [5 ?]", "E0312", "multiple of 5 num", "`[4 12]`", "reshape [4 12]"),
    ("3x4x4", "reshape [? ? 3]", "E0312", "got 2 in ?x?x3", "write the others", "reshape [? 3]"),
    ("3x4x4", "permute [1 2]", "E0309", "3 axes once, got 1 2", "`[1 2 3]`", "permute [1 2 3]"),
    ("3x4x4", "permute [0 1 2]", "E0309", "3 axes once, got 0 1 2", "any order", "permute [3 1 2]"),
    ("3x16", "tokens | map 3x4", "E0312", "12 tokens, got 16", "`[2 8]`", "tokens | map [2 8]"),
    ("3x16", "tokens | map", "E0211", "got neither", "`map 8x8`", "tokens | map 4x4"),
    ("3x16", "tokens | take 16", "E0313", "from 0 to 15, got 16", "`i=-1`", "tokens | take i=-1"),
    ("3x4x4", "take 0", "E0301", "`take` takes tokens LxC", "`tokens`", "tokens | take 0"),
    ("3x4x4", "hwc | take 0", "E0301", "channels-last map", "`tokens`", "tokens | take 0"),
    ("10", "mean", "E0301", "with positions, got the vector 10", "leave it out", "id"),
    ("3x4x4", "mean axis=4", "E0309", "from 1 to 3, got 4", "`axis=3`", "mean axis=3"),
    ("3x4x4", "slice 3", "E0308", "got none: 0x4x4", "places 0 to 2", "slice 2"),
    ("3x4x4", "pad [1 2 3]", "E0311", "4 sides, got 3", "[left right top bottom]", "pad [1 2 3 0]"),
    ("3x4", "pad [1 1 1 1]", "E0311", "up to 2 sides, got 4", "`[left right]`", "pad [1 1]"),
    (
        "3x4x4",
        "pad 4 mode=reflect",
        "E0304",
        "at most 3x3 a side",
        "pad less",
        "pad 3 mode=reflect",
    ),
    ("3x4x4", "pad 1 v=2 mode=reflect", "E0211", "got `mode=reflect`", "leave out", "pad 1 v=2"),
    ("3x4x4", "pad -2", "E0308", "to be left, got none: 3x0x0", "cut less", "pad -1"),
    ("3x4x4", "pad [-5 3]", "E0308", "at most 4 positions", "cut less", "pad [-3 3]"),
    ("3x4x4", "up", "E0211", "got none", "`up 2`", "up 2"),
    ("3x4x4", "up 2 to=8", "E0211", "got `k` and `to`", "`up 2` to double", "up 2"),
    ("3x4x4", "up 2 mode=linear", "E0317", "the 3x4x4 map", "`mode=bil", "up 2 mode=bilinear"),
    ("3x4x4", "up 2 corners=yes", "E0211", "got `mode=nearest`", "leave `corners` out", "up 2"),
    ("3x4x4", "up .1", "E0308", "got none: 3x0x0", "`to=1`", "up to=1"),
    ("6x4x4", "pixelshuffle 2", "E0309", "of 4 channels, got 6", "`conv 8 k1`", "conv 8 k1"),
    (
        *("6x5x4", "pixelunshuffle 2", "E0309", "multiples of 2, got 5x4"),
        *("`pad [0 0 0 1]`", "pad [0 0 0 1] | pixelunshuffle 2"),
    ),
    ("6x5x4", "s2d", "E0301", "a channels-last map HxWxC", "`hwc`", "hwc | s2d"),
    ("6x16", "tokens | s2d", "E0301", "as `hwc` gives", "`map 4x4", "tokens | map 4x4 | hwc | s2d"),
    ("6x5x4", "hwc | hwc", "E0301", "brings the channels last", "leave it out", "hwc"),
    ("6x5x4", "mha 2", "E0301", "takes tokens LxC", "`tokens`", "tokens | mha 2"),
    ("10", "mha 2", "E0301", "the vector", "1x10 last=yes`", "reshape 1x10 last=yes | mha 2"),
    ("6x20", "tokens | mha 4", "E0306", "of 4 channels, got 6", "`heads=3`", "tokens | mha 3"),
    ("6x20", "tokens | attn 2", "E0318", "of a square map, got", "`mha`", "tokens | mha 2"),
    ("6x16", "tokens | attn 4", "E0306", "of 4 channels, got 6", "`heads=3`", "tokens | attn 3"),
    ("6x9", "tokens | attn 2 v2=yes scale=1", "E0211", "got `scale`", "leave", "tokens | attn 2"),
    ("7x4x4", "sample", "E0309", "an even number of", "`conv 14 k1`", "conv 14 k1 | sample"),
    ("7", "sample", "E0309", "means and variances, got 7", "`fc 14`", "fc 14 | sample"),
    ("3x4x4", "embed 5 5", "E0301", "takes token ids", "`input 256 int`", None),
    (
        "784",
        "conv 8",
        "E0301",
        "got the vector 784",
        "`reshape 1x28x28`",
        "reshape 1x28x28 | conv 8",
    ),
    ("3x4x4", "fc 8", "E0301", "takes a vector, got the", "`flatten` (48", "flatten | fc 8"),
]


PORTS: list[tuple[str, Shape, dict[str, Value], dict[str, Shape], str, str]] = [
    # word, what is piped, arguments, what arrives at ports, code, a part of the message
    ("mha", TOKENS, {"heads": 2}, {"kv": MAP}, "E0316", "`kv` takes tokens LxC, got the 6x4x5 map"),
    ("mha", TOKENS, {"heads": 2}, {"mask": IDS}, "E0316", "`mask` takes 9 token ids"),
    ("mha", TOKENS, {"heads": 2}, {"mask": TOKENS}, "E0316", "got the 9x8 tokens"),
    ("up", MAP, {}, {"like": Shape((3, 7), "first")}, "E0316", "a value with 2 dimensions of"),
    ("up", MAP, {}, {"like": vector(7)}, "E0316", "got the vector 7"),
    ("up", MAP, {"to": 3}, {"like": MAP}, "E0211", "got `to` and `like`"),
    ("map", TOKENS, {}, {"like": vector(9)}, "E0316", "`like` takes a value with positions"),
    ("map", TOKENS, {}, {"like": MAP}, "E0312", "4x5 takes 20 tokens, got 9"),
    ("map", TOKENS, {"to": (3, 3)}, {"like": MAP}, "E0211", "got both"),
    ("unpool", MAP, {"k": 2}, {"at": MAP}, "E0316", "`at` takes the value behind a `pool`"),
]


@pytest.mark.parametrize(("word", "x", "values", "ports", "code", "message"), PORTS)
def test_what_arrives_at_a_port_is_refused(
    word: str,
    x: Shape,
    values: dict[str, Value],
    ports: dict[str, Shape],
    code: str,
    message: str,
) -> None:
    names = {port: Ref(port) for port in ports}
    layer = bind(LAYERS[word], {**values, **names}, x.rank).with_ports(**ports)
    with pytest.raises(Mismatch) as refusal:
        layer.shape(x)
    assert refusal.value.code == code
    assert message in refusal.value.message


def test_an_unpooling_has_the_window_of_its_pool() -> None:
    before = feature_map(3, 9, 9)
    pool = bind(LAYERS["pool"], {"k": 3}, 2)
    out = pool.shape(before)
    at = Pooled(pool, before, out)

    def unpooled(x: Shape, k: int) -> Shape:
        return bind(LAYERS["unpool"], {"k": k, "at": Ref("p")}, 2).with_ports(at=at).shape(x)

    assert unpooled(out, 3) == before
    with pytest.raises(Mismatch, match="bring 3x3 back to about 6x6, the pool had 9x9"):
        unpooled(out, 2)
    with pytest.raises(Mismatch, match="behind a pool that gave 3x4x4, got the 3x3x3 map"):
        unpooled(feature_map(3, 4, 4), 3)


@pytest.mark.parametrize(("x", "step", "code", "message", "quoted", "mended"), REFUSED)
def test_refusals(
    x: str, step: str, code: str, message: str, quoted: str, mended: str | None
) -> None:
    (diagnostic,) = analyse(from_text(f"input {x}\n{step}")).diagnostics
    assert diagnostic.code == code
    assert message in diagnostic.message
    assert quoted in (diagnostic.help or "")
    if mended is not None:
        assert analyse(from_text(f"input {x}\n{mended}")).ok


def test_the_help_of_a_fifth_dimension_works() -> None:
    x = feature_map(3, 2, 2, 2, 2)
    with pytest.raises(Mismatch, match="at most 3 dimensions behind the channels") as refusal:
        LAYERS["pool"].accept(x)
    assert refusal.value.help == "put `flatten from=4` in front: it joins the last axes"
    joined = bind(LAYERS["flatten"], {"from": 4}, 4).shape(x)
    LAYERS["pool"].accept(joined)


WINDOWS = ("conv", "pool", "avgpool")


@pytest.mark.parametrize("word", WINDOWS)
def test_helps_about_windows_work(word: str) -> None:
    """What the help quotes first, put in the place of the arguments it names, is no longer refused
    with this code."""
    rng = random.Random(word)
    mended = 0
    while mended < 200:
        x = draw_shape(rng)
        values = draw_values(LAYERS[word], x, rng)
        refusal = refused(word, x, values)
        if refusal is None or refusal.code not in ("E0303", "E0304", "E0305", "E0310"):
            continue
        edit = quoted_arguments(refusal.help or "")
        if refusal.help == "leave `mode` out":
            edit = {"mode": Word("zeros")}
        assert edit, refusal.help
        again = refused(word, x, {**values, **edit})
        text = " ".join(f"{name}={written(value)}" for name, value in values.items())
        assert again is None or again.code != refusal.code, f"{x}: {word} {text}: {refusal.help}"
        mended += again is None


def refused(word: str, x: Shape, values: dict[str, Value]) -> Mismatch | None:
    try:
        LAYERS[word].accept(x)
        bind(LAYERS[word], values, x.rank).shape(x)
    except Mismatch as mismatch:
        return mismatch
    return None


def quoted_arguments(help_: str) -> dict[str, Value]:
    """`k3 p0` as arguments by name."""
    quoted = help_.split("`")[1]
    found: dict[str, Value] = {}
    for name, value in re.findall(r"(?:^| )([kpd]|p=)([\dx]+|[a-z]+)(?= |$)", quoted):
        sizes = tuple(int(n) for n in value.split("x")) if value[0].isdigit() else ()
        found[name.rstrip("=")] = (sizes if len(sizes) > 1 else sizes[0]) if sizes else Word(value)
    return found
