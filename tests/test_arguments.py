"""Arguments: where a mistaken one is blamed, and lists that are given value by value."""

import pytest

import archc
from archc.diagnostic import Diagnostic
from archc.pipeline import analyse
from archc.spec import from_text

BLOCKS = """input 3x8x8
block unit(c, ..a) { conv c ..a }
block net(classes=3, ..a) { unit 4 ..a | conv classes }
"""


def only(text: str) -> Diagnostic:
    (found,) = archc.check(text).diagnostics
    return found


def test_an_unknown_key_that_is_passed_on_is_blamed_where_it_is_written() -> None:
    found = only(BLOCKS + "net classez=10")
    assert (found.code, found.line, found.column, found.end_column) == ("E0202", 4, 5, 12)
    assert found.help is not None
    assert "`classes`" in found.help
    assert [label.span.first[0] for label in found.labels] == [4, 3]


def test_a_value_that_is_passed_on_is_blamed_where_it_is_written() -> None:
    found = only(BLOCKS + "net s=0")
    assert (found.code, found.line, found.column) == ("E0210", 4, 5)


def test_an_unknown_setting_names_the_parameter_that_is_nearest() -> None:
    spec = from_text(BLOCKS)._replace(block="net", settings=("classez=10",))
    (found,) = analyse(spec).diagnostics
    assert found.help is not None
    assert "`classes`" in found.help


@pytest.mark.parametrize(
    "step", ["permute 2 1", "permute [2 1]", "permute 2x1", "permute axes=[2 1]"]
)
def test_axes_may_be_given_one_by_one(step: str) -> None:
    assert archc.check(f"input 8x5\n{step}").output == (5, 8)


def test_axes_one_by_one_leave_the_keys_to_the_step() -> None:
    text = "input 96x7x9\npermute 2 3 1 last=yes | ln | fc 5"
    assert archc.check(text).output == (7, 9, 5)


def test_arithmetic_on_a_list_says_what_computes_with_each() -> None:
    found = only("input 4x8x8\nlet a = 2 * [1 2]\nconv a[0]")
    assert found.code == "E0213"
    assert found.message == "expected a number, got the list `[1 2]`"
    assert "[2*x for x in list]" in (found.help or "")
