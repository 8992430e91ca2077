"""Every mistake is said once: as many diagnostics as mistakes, each in its place, and no more."""

import sys
from itertools import permutations
from random import Random

import pytest
from conftest import ROOT

import archc
from archc.spec import from_text

sys.path.insert(0, str(ROOT / "tools"))
from edits import tried

# Each has one mistake behind a 3x32x32 map, wherever it stands.
MISTAKES = {
    "E0101": "conv 8 $ k3",
    "E0102": "conv 8 k=[3 3",
    "E0103": "conv 8 k=3]",
    "E0104": "conv 2 + 3",
    "E0105": "conv(8, 3)",
    "E0106": "conv 99999999999999999999",
    "E0108": "let C = 8",
    "E0201": "cnov 8",
    "E0202": "conv 8 stide=2",
    "E0203": "conv 2.5",
    "E0204": "conv k3",
    "E0205": "relu 3 4",
    "E0206": "conv 8 k3 k=5",
    "E0207": "conv 8 k 3",
    "E0208": "relu pool 2",
    "E0209": "conv 2*width",
    "E0210": "conv 8 s0",
    "E0211": "pool 2 to=3",
    "E0212": "conv L",
    "E0213": "conv C//0",
    "E0214": "for c n in [1 2; 3] { relu }",
    "E0215": "conv maximum(4, 8)",
    "E0216": "conv 8 k3 activation=relu",
    "E0218": "flatten | fc 10 tie=words",
    "E0225": "relu { gelu }",
    "E0230": "concat(id, @skip)",
    "E0231": "plus(id, relu)",
    "E0232": "(0-2) * relu",
    "E0234": "for c in 3 { relu }",
    "E0238": "default conv 8",
    "E0239": "windows 4 { take 0 }",
    "E0301": "fc 10",
    "E0302": "conv 8 in=1",
    "E0303": "conv 8 k40",
    "E0304": "pool 2 p2",
    "E0305": "conv 8 k3 s2 p=same",
    "E0306": "tokens | mha 4",
    "E0307": "conv 8 g2",
    "E0308": "slice 3",
    "E0309": "glu",
    "E0310": "gap | pool 2 s1 p1 d2",
    "E0311": "affine [1 2] 0",
    "E0312": "reshape 5x5",
    "E0313": "tokens | take 1024",
    "E0314": "deconv 8 k2 outpad=1",
    "E0315": "gap | instnorm",
    "E0316": "id | tokens | mha 1 kv=@x",
    "E0317": "up 2 mode=linear",
    "E0318": "tokens | slice 0 20 axis=1 | attn 3",
    "E0331": "add(id, conv 8)",
    "E0332": "concat(id, conv 8 k3)",
    "E0333": "sub(id, relu, gelu)",
    "E0334": "split(id, relu)",
}
# Habits of other languages and libraries: one mistake each, in a line of its own.
HABITS = (
    "Conv2d(3, 8, 3)",
    "nn.Conv2d(3, 8, kernel_size=(3, 3), bias=False)",
    "Conv2D(8, 3, activation='relu')",
    "conv2d 3 8 3",
    "BatchNorm2d 3",
    "relu(conv 8)",
    "nn.ReLU()",
    "flatten | fc 3072 10",
    "flatten | Linear(3072, 10)",
    "conv 8 kernel_size=3",
    "conv 8 activation=relu",
    "conv 8 p='same'",
    'conv 8 mode="zeros',
    "conv 8 k=(3, 3)",
    "conv 8 k=3,3",
    "conv 8, 3",
    "conv 8, relu, gelu",
    "conv 8 -> relu -> gelu",
    "conv 8 |> relu",
    "gap => relu",
    "conv 8 k3 +",
    "conv 8 ->",
    "conv 3 k1 -> @y | add(id, @y)",
    "dropout 50%",
    "conv 8 bias=False",
    "2 x conv 3",
    "conv 8 k3 * 2",
    "conv 8 k3 // the first layer",
    "conv 8 // stem",
    "conv 8 /* 3 (of 5 */",
    "if C = 3 { relu }",
    "if C == 3 { relu } elif C == 4 { gelu }",
    "add { id, relu }",
    "repeat 2 { relu }",
    "residual { relu }",
    "add(x, relu)",
    "conv 8 > relu > gelu",
    "conv 8 --> relu",
    "conv 8 & relu",
    "conv 8 k3 + relu + bn",
    "conv-bn-relu 8",
    "conv_bn_relu 8",
    "conv3x3 8",
    "max pool 2",
    "conv 8 K3",
    "conv 8 k:3",
    "conv 8 k(3)",
    "conv 8 stride 2",
    "conv 8 no bias",
    "conv 8 k3 same",
    "conv 8 k3 !bias",
    "conv 8 k3 act=relu",
    "conv 8 k3 activation relu",
    "conv 8 k3 rleu",
    "conv 8 k3 x2",
    "conv 8@3x3",
    "conv 8 k7 /2",
    "conv 3->8 k3",
    "conv 8 k3×3",
    "conv 1_000",
    "dropout 0,5",
    "flatten | fc 1,000",
    "dropout 50%",
    "dropout=0.5",
    "3x conv 3",
    "2 conv 3",
    "relu * 2",
    "{ relu } * 2",
    "2 * (relu | gelu)",
    "(relu | gelu) * 2",
    "2 * [conv 8, relu]",
    "for (i in 0..2) { relu }",
    "for i = 0..2 { relu }",
    "for 2 { relu }",
    "{ relu } gelu",
    "add @x",
    "concat [id, relu]",
    "layers.ReLU(),",
)
PAIRS = list(permutations(MISTAKES, 2))
PAIRS.remove(("E0102", "E0103"))  # these brackets are partners
TRIPLES = Random(0).sample(list(permutations(sorted(MISTAKES.keys() - {"E0103"}), 3)), 200)


def lines(*codes: str) -> str:
    """A file with a line for each mistake."""
    return "\n".join(["input x 3x32x32", *(f"@x | {MISTAKES[code]}" for code in codes), "@x"])


def blocks(*codes: str) -> str:
    """A file with a block for each mistake, used twice."""
    made = [f"block b{i} {{\n  relu\n  {MISTAKES[c]}\n  relu\n}}" for i, c in enumerate(codes)]
    uses = [f"@x | b{i}\n@x | b{i}" for i in range(len(codes))]
    return "\n".join(["input x 3x32x32", *made, *uses, "@x"])


def branches(*codes: str) -> str:
    """A file with the mistakes in the branches of one merge, on lines of their own."""
    made = ",\n".join(f"  relu\n  {MISTAKES[code]}\n  flatten | fc 1" for code in codes)
    return f"input x 3x32x32\nconcat(\n{made}\n)"


def errors(text: str) -> list[tuple[str, int]]:
    found = archc.check(text).diagnostics
    return [(d.code, d.line) for d in found if d.severity == "error"]


@pytest.mark.parametrize("code", MISTAKES)
def test_a_mistake_alone(code: str) -> None:
    assert errors(lines(code)) == [(code, 2)]
    assert errors(blocks(code)) == [(code, 4)]


@pytest.mark.parametrize("first", MISTAKES)
def test_two_mistakes(first: str) -> None:
    for a, b in PAIRS:
        if a == first:
            assert errors(lines(a, b)) == [(a, 2), (b, 3)]
            assert errors(blocks(a, b)) == [(a, 4), (b, 9)]


def test_three_mistakes() -> None:
    for codes in TRIPLES:
        assert errors(lines(*codes)) == list(zip(codes, (2, 3, 4), strict=True))
        assert errors(blocks(*codes)) == list(zip(codes, (4, 9, 14), strict=True))


def test_mistakes_in_branches() -> None:
    for codes in TRIPLES:
        assert errors(branches(*codes)) == list(zip(codes, (4, 7, 10), strict=True))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("conv 8 k3 | rleu\nfc 10", ["E0201", "E0301"]),
        ("linear 10\nconv 8 in=1", ["E0201", "E0301", "E0301"]),
        ("conv2d 8 kernel_size=3 in=1\nflatten | fc 10 in=5", ["E0201", "E0202", "E0302", "E0302"]),
        ("conv 8 k 3 | relu pool 2\nfc 10\nfc 5 in=4", ["E0207", "E0208", "E0301", "E0302"]),
        ("dropout 50 | relu 1\nconv 8 g2\nadd(id, conv 9)", ["E0210", "E0205", "E0307", "E0331"]),
        ("fc 10\nfc 5 in=4\nglu", ["E0301", "E0302", "E0309"]),
        ("conv(8, 3)\nfc 10\ndropout 2", ["E0105", "E0301", "E0210"]),
        ("conv 8 k3 bias=3 eps=1\nconv 8 g3", ["E0203", "E0202"]),
        ("relu -> skip | conv 8\nconcat(id, @skpi)\nadd(id, conv 4)", ["E0230", "E0331"]),
        ("let n = 2 $\nconv n\nconv m+1", ["E0101", "E0209"]),
        ("x = 8\nconv x in=1", ["E0101", "E0302"]),
        ("block a(..more) { xyz ..more }\na bias=no", ["E0201"]),
        ("block a(c { conv c }\nblock b { a 3 | b2 }\na 4", ["E0102", "E0201"]),
        ("add(id, deconv 3 p40 outpad=5)\nfc 3", ["E0314"]),
        ('use "none.arch"\ncbr 8\nconv 8 k 3', ["E0240", "E0207"]),
        ('use "none.arch" as n\nn.cbr 8\nn.other', ["E0240"]),
        ("input 3, 8, 8\nfc 10", ["E0101", "E0301"]),
        ("relu\ntrain {\n  epoch 3\n  data digit\n  batch 4 $\n}", ["E0401", "E0402", "E0101"]),
        (
            "block a {\n  conv 8 $\n  relu )\n  x = 3\n  rleu\n}\na",
            ["E0101", "E0103", "E0101", "E0201"],
        ),
    ],
)
def test_mistakes_behind_one_another(text: str, codes: list[str]) -> None:
    whole = text if "input" in text else f"{text}\ninput 3x32x32"
    assert sorted(code for code, _ in errors(whole)) == sorted(codes)


@pytest.mark.parametrize("habit", HABITS)
def test_a_habit_is_one_mistake(habit: str) -> None:
    """In front of it and behind it other mistakes are found all the same."""
    text = f"input x 3x32x32\nrleu\n@x | {habit}\n@x | conv 8 in=4\n@x"
    assert [line for _, line in errors(text)] == [2, 3, 4]


@pytest.mark.parametrize("habit", HABITS)
def test_a_habit_offers_an_edit_that_works(habit: str) -> None:
    found = tried(from_text(f"input x 3x32x32\n@x | {habit}"))
    assert sum(diagnostic.severity == "error" for diagnostic in found.diagnostics) == 1
    assert found.offers
    assert [offer.wrong for offer in found.offers if offer.wrong] == []


# What a larger network is made of; its lines take the mistakes between them.
LARGER = """\
input x 3x32x32
use std
default conv bias=no
block unit(c, s=1) { add(conv c k3 s=s p1 | bn, id if s == 1 and C == c) | relu }
stem: conv 16 k3 p1 | bn | relu
unit 16 | unit 32 s2 -> half
for c n in [32 1; 64 2] { n * unit c }
concat(gap, gmp) | conv 64
residual { conv 64 | gelu }
se
flatten | fc 10 -> scores
@half | if C == 32 { conv 8 } else { conv 4 }
up 2 | conv 3 -> decoded
@x | add(id, @decoded) | tokens | mha 1 | mlp
take 0 | fc 10 | add(id, @scores)
"""


@pytest.mark.parametrize("seed", range(60))
def test_three_mistakes_anywhere_in_a_larger_network(seed: int) -> None:
    """Three codes at random, each in a line, a block or a branch of its own."""
    draw = Random(seed)
    codes = draw.sample(sorted(MISTAKES.keys() - {"E0102", "E0103"}), 3)
    lines = LARGER.splitlines()
    for number, code in enumerate(codes):
        place = draw.choice([i for i in range(3, len(lines) + 1) if _between(lines, i)])
        lines[place:place] = _planted(draw, number, MISTAKES[code])
    text = "\n".join([*lines, "@x"])
    wanted = [
        (code, 1 + next(i for i, line in enumerate(text.splitlines()) if f"#{number}" in line))
        for number, code in enumerate(codes)
    ]
    assert errors(LARGER) == []
    assert sorted(errors(text)) == sorted(wanted), text


def _between(lines: list[str], place: int) -> bool:
    """Whether a place is not inside of a mistake that is planted already."""
    return sum(line.count("{") + line.count("(") for line in lines[:place]) == sum(
        line.count("}") + line.count(")") for line in lines[:place]
    )


def _planted(draw: Random, number: int, mistake: str) -> list[str]:
    """Lines with a mistake, which is marked; the network goes on behind them as in front."""
    inside = f"  {mistake} #{number}"
    block = [f"block odd{number} {{", "  relu", inside, "}", f"@x | odd{number}"]
    branch = ["@x | add(", "  id,", inside, "  @x", ")"]
    copies = ["@x | 2 * {", inside, "}"]
    chosen = draw.choice([[f"@x | {mistake} #{number}"], block, branch, copies])
    return [f"id -> here{number}", *chosen, f"@here{number}"]
