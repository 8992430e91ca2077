"""Expressions: Python's arithmetic, the functions of the language, and bounds."""

from typing import Any

import pytest

from archc.elaborate.evaluate import evaluate
from archc.elaborate.faults import Fault
from archc.elaborate.functions import divisible
from archc.elaborate.names import Names
from archc.layers.values import OPEN, Init, Word
from archc.source import Source
from archc.syntax import tree
from archc.syntax.parse import parse

NAMES = {"C": 64, "n": 3, "rows": ((1, 2), (3, 4)), "s": 1, "": Word("the 64x8x8 map")}


def expression(text: str) -> tree.Expr:
    (let,) = parse(Source("test", f"let x = {text}")).file.items
    assert isinstance(let, tree.Let)
    return let.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7*7*64", 3136),
        ("C//3", 21),
        ("C/2", 32.0),
        ("-7//2", -4),
        ("-7 % 3", 2),
        ("2**10", 1024),
        ("-2**2", -4),
        ("round(2.5)", 2),
        ("ceil(2.1) + floor(2.9)", 5),
        ("int(2.9)", 2),
        ("sqrt(16)", 4.0),
        ("min(3, 5) + max([1 9 2])", 12),
        ("abs(-3)", 3),
        ("sum([1 2 3])", 6),
        ("len(rows)", 2),
        ("log(1)", 0.0),
        ("0..n", (0, 1, 2)),
        ("0..n-1", (0, 1)),
        ("range(2, 8, 3)", (2, 5)),
        ("zip([1 2], [3 4])", ((1, 3), (2, 4))),
        ("zip(rows, [5 6])", ((1, 2, 5), (3, 4, 6))),
        ("enum([7 8])", ((0, 7), (1, 8))),
        ("enum(rows)", ((0, 1, 2), (1, 3, 4))),
        ("[a*b for a b in rows]", (2, 12)),
        ("rows[0]", (1, 2)),
        ("rows[-1][1]", 4),
        ("[1 2 3][1:]", (2, 3)),
        ("[1 2 3][::-2]", (3, 1)),
        ("[1 2 3 4][1::2]", (2, 4)),
        ("[1 2 3][:-1]", (1, 2)),
        ("[2 -1]", (2, -1)),
        ("3 if s == 1 else 4", 3),
        ("3 if s > 1 or C != 64 else 4", 4),
        ("no or 4*C", 256),
        ("[] and 3", ()),
        ("not 0", True),
        ("relu == relu", True),
        ("relu == silu", False),
        ("1x7", (1, 7)),
        ("?x7", (OPEN, 7)),
        ("he(fan_out)", Init("he", (Word("fan_out"),))),
        ("normal(.02, mean=1)", Init("normal", (0.02,), (("mean", 1),))),
        ("divisible(37, 8)", 40),
    ],
)
def test_values(text: str, expected: Any) -> None:
    value = evaluate(expression(text), Names(NAMES))
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1//0", "E0213"),
        ("1 % 0", "E0213"),
        ("rows[2]", "E0213"),
        ("zip([1], [2 3])", "E0213"),
        ("[a for a b in [1 2]]", "E0213"),
        ("sqrt(-1)", "E0213"),
        ("(-8)**.5", "E0213"),
        ("C + yes + width", "E0209"),
        ("H + 1", "E0212"),
        ("max(3, width)", "E0209"),
        ("maximum(3)", "E0215"),
        ("[1 2; 3]", "E0214"),
        ('"a" + 1', "E0213"),
        ("2**2**99", "E0106"),
        ("9**9**9", "E0106"),
        ("9007199254740992 * 2", "E0106"),
        ("0..9007199254740992", "E0213"),
        ("range(9007199254740992)", "E0106"),
        ("1.0..3", "E0213"),
        ("@e1.C", "E0230"),
    ],
)
def test_faults(text: str, code: str) -> None:
    with pytest.raises(Fault) as fault:
        evaluate(expression(text), Names(NAMES))
    assert fault.value.diagnostics[0].code == code


def test_divisible_agrees_with_torchvision() -> None:
    models = pytest.importorskip("torchvision.models._utils")
    for value in [x / 7 for x in range(1, 3000)]:
        assert divisible(value, 8) == models._make_divisible(value, 8)  # noqa: SLF001
