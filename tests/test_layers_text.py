"""Values and calls as PyTorch text: they mean the same in Python and look as ruff would have it."""

import ast
import random
import subprocess
import sys

import pytest
from draws import draw_case
from hypothesis import given
from hypothesis import strategies as st
from oracle import rule

from archc.emit.expression import filled, of_call
from archc.emit.expression import lines as laid_out
from archc.emit.pytorch import WIDTH, applied_text, call_text, literal, repeats
from archc.layers import LAYERS
from archc.layers.base import Call, Code, Term, formula

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3).map(tuple))


@given(VALUES)
def test_a_literal_is_read_back_as_it_was(value: object) -> None:
    assert ast.literal_eval(literal(value)) == value


def test_literals_are_formatted() -> None:
    texts = ["plain", 'a "word"', "it's", "'\"", "''\"", "\n\t\\", "\x1b[31m", "日本", "\u202e"]
    values = [*texts, (1,), (1, 2.5), 1e-05, 1e22, 0.1, -3, True, None]
    assert_formatted("".join(f"x = {literal(value)}\n" for value in values))


@pytest.mark.parametrize("value", [float("inf"), float("nan"), [1], {1}, object()])
def test_what_has_no_literal_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        literal(value)


CONV = Call("nn.Conv2d", (Term(3, "C"), Term(32, "c"), Term(3, "k")), (("padding", Term(1, "p")),))


def test_a_call_has_its_value_first() -> None:
    pool = Call("F.max_pool2d", (Term((2, 3)),), (("ceil_mode", Term(True)),))
    assert call_text(pool, "x") == "F.max_pool2d(x, (2, 3), ceil_mode=True)"
    assert call_text(CONV) == "nn.Conv2d(3, 32, 3, padding=1)"
    assert call_text(Call("F.relu"), "x") == "F.relu(x)"


def test_a_formula_keeps_its_order_of_operations() -> None:
    affine = Call("{1} * {0} + {2}", (Term(2.0), Term(1.0)))
    once = call_text(affine, "x")
    assert once == "2.0 * x + 1.0"
    assert call_text(affine, "F.relu(x)") == "2.0 * F.relu(x) + 1.0"
    assert eval(call_text(affine, once), {"x": 5}) == 2 * (2 * 5 + 1) + 1


def test_operands_of_a_formula_are_in_brackets_where_they_need_them() -> None:
    product, pair = Call("{0} * {1}", (Term(2, "c"),)), Call("f({0}, {kv}, k={1})[0]", (Term(3),))
    assert (
        call_text(product, "a + b", name=lambda term: f"4 * {term.origin}") == "(a + b) * (4 * c)"
    )
    assert call_text(pair, "a + b", ports={"kv": "c + d"}) == "f(a + b, c + d, k=3)[0]"
    assert call_text(Call("{0}.mean(2)"), "a + b") == "(a + b).mean(2)"
    assert call_text(Call("{0}.mean(2)"), "f(a + b)") == "f(a + b).mean(2)"


def test_a_layer_is_applied_as_its_code_says() -> None:
    made = Call("nn.LSTM", (Term(3), Term(4)))
    assert applied_text(Code(), "x") == "x"
    assert applied_text(Code(made), "x", "self.lstm1") == "self.lstm1(x)"
    assert applied_text(Code(made, Call("{self}({0})[0]")), "x", "self.lstm1") == "self.lstm1(x)[0]"
    assert applied_text(Code(call=Call("F.relu")), "x") == "F.relu(x)"


def test_a_formula_that_repeats_its_value_is_known() -> None:
    assert repeats(Call("{self}({0}, {0}, {0})"))
    assert repeats(Call("{self}({0}, {kv}, {kv})"), "kv")
    assert not repeats(Call("{self}({0}, {kv}, {kv})"))
    assert not repeats(Call("F.relu"))
    assert not repeats(None)


def test_a_formula_can_end_in_arguments() -> None:
    made = formula("f({0}, {at}", (Term(2),), (("stride", Term(3)),))
    assert call_text(made, "x", ports={"at": "places"}) == "f(x, places, 2, stride=3)"


def test_terms_can_have_names() -> None:
    names = {"C": "in_channels", "c": "out_channels"}
    text = call_text(CONV, name=lambda term: names.get(term.origin, literal(term.value)))
    assert text == "nn.Conv2d(in_channels, out_channels, 3, padding=1)"


@pytest.mark.parametrize("length", [1, 10, 20, 30, 40])
def test_long_calls_have_an_argument_a_line(length: int) -> None:
    keywords = tuple((f"keyword{i}", Term(i)) for i in range(length // 5))
    call = of_call(Call("nn." + "X" * length, (), keywords))
    lines = laid_out("        self.x = ", filled(call, lambda hole: literal(hole.values[0])))
    assert all(len(line) <= WIDTH for line in lines)
    assert_formatted("\n".join(["class Net:", "    def __init__(self):", *lines, ""]))


def test_helpers_are_formatted() -> None:
    rng = random.Random(0)
    helpers: dict[str, str] = {}
    for declared in LAYERS.values():
        for case in (draw_case(declared, rng) for _ in range(60)):
            ruling = rule(declared, case)
            if ruling.layer is not None and ruling.out is not None:
                helpers.update(ruling.layer.code(case.x).helpers)
    assert {"MaskedAttention", "CosineWindowAttention", "ChannelRMSNorm"} <= helpers.keys()
    assert_formatted("\n\n".join(helpers.values()))


def assert_formatted(text: str) -> None:
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "-"]
    result = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", check=True)
    assert result.stdout == text
