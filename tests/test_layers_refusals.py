"""Refusals of the layers' rules: the code, the words, and that the help makes them go away."""

import random
import re

import pytest
from oracle import bind, draw_shape, draw_values

from archc.layers import LAYERS
from archc.layers.base import Mismatch
from archc.layers.values import Value, Word, written
from archc.pipeline import analyse
from archc.shape import Shape, feature_map
from archc.spec import from_text

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
    ("3x4x4", "conv 8 in=1", "E0302", "expected 1 channels, got 3", "`in=3`", "conv 8 in=3"),
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
    ("784", "conv 8", "E0301", "got the vector 784", "such as 1x28x28", None),
    ("3x4x4", "fc 8", "E0301", "takes a vector, got the", "`flatten` (48", "flatten | fc 8"),
]


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
    assert refusal.value.help == "put `flatten from=4` in front"
    joined = bind(LAYERS["flatten"].parameters, LAYERS["flatten"], {"from": 4}, 4).shape(x)
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
        bind(LAYERS[word].parameters, LAYERS[word], values, x.rank).shape(x)
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
