"""Arithmetic with open sizes agrees with that of the numbers in their places."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from symbols import value

from archc.symbolic import Open, Size, Undecided, by_cases, differ, explore, scaled, symbol
from archc.symbolic.bounds import at_least_0
from archc.symbolic.size import Symbol

H, W = symbol(0, 1), symbol(0, 2)
NUMBERS = st.builds(
    lambda h, w: {Symbol(0, 1): h, Symbol(0, 2): w}, st.integers(1, 60), st.integers(1, 60)
)

Rule = Callable[[Size, Size], Size]
SMALL, FACTOR = st.integers(-9, 9), st.integers(1, 6)


def _binary(rules: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    def of(make: Callable[[Size, Size, int, int], Size]) -> st.SearchStrategy[Rule]:
        def rule(a: Rule, b: Rule, c: int, k: int) -> Rule:
            return lambda h, w: make(a(h, w), b(h, w), c, k)

        return st.builds(rule, rules, rules, SMALL, FACTOR)

    return st.one_of(
        of(lambda a, b, c, k: a + b),
        of(lambda a, b, c, k: a - b),
        of(lambda a, b, c, k: a * b),
        of(lambda a, b, c, k: c - a),
        of(lambda a, b, c, k: (a + c) // k),
        of(lambda a, b, c, k: -(-a // k)),
        of(lambda a, b, c, k: a % k + c),
        of(lambda a, b, c, k: a // -k),
        of(lambda a, b, c, k: k * a),
    )


RULES = st.recursive(
    st.sampled_from([lambda h, w: h, lambda h, w: w, lambda h, w: 7]), _binary, max_leaves=6
)


@given(RULES, NUMBERS)
def test_arithmetic_agrees_with_numbers(rule: Rule, numbers: dict[Symbol, int]) -> None:
    assert value(rule(H, W), numbers) == rule(*numbers.values())


@given(RULES, NUMBERS)
def test_what_is_certain_holds(rule: Rule, numbers: dict[Symbol, int]) -> None:
    size, number = rule(H, W), rule(*numbers.values())
    assert not at_least_0(size) or number >= 0
    assert not at_least_0(-size - 1) or number < 0
    assert not differ(size, 0) or number != 0


@given(RULES, RULES, NUMBERS)
def test_equal_sizes_have_equal_numbers_and_hashes(
    a: Rule, b: Rule, numbers: dict[Symbol, int]
) -> None:
    first, second = a(H, W), b(H, W)
    gap = first - second
    assert (gap == 0) == (first == second)
    if first == second:
        assert hash(first) == hash(second)
        assert a(*numbers.values()) == b(*numbers.values())


@given(RULES, RULES, NUMBERS)
def test_all_ways_of_a_rule_are_told_by_their_facts(
    a: Rule, b: Rule, numbers: dict[Symbol, int]
) -> None:
    def rule(h: Size, w: Size) -> Size:
        x, y = a(h, w), b(h, w)
        return min(x, y) + 1 if x % 3 or y > 4 else max(x, -y)

    cases = [
        (facts, size)
        for facts, size in explore(lambda: rule(H, W))
        if not isinstance(size, Undecided)
    ]
    assert value(by_cases(cases), numbers) == rule(*numbers.values())


@pytest.mark.parametrize(
    ("size", "same"),
    [
        (H - H, 0),
        ((H + 2 - 3) // 1 + 1, H),
        (H // 2 // 2, H // 4),
        (2 * H // 2, H),
        ((2 * H + 1) // 2, H),
        ((H - 3 + 2) // 2 + 1, (H + 1) // 2),
        (-(-H // 2), (H + 1) // 2),
        (H * W - W * H, 0),
        (2 * (H // 2) + H % 2, H),
        (scaled(H, 1.5), 3 * H // 2),
    ],
)
def test_the_same_size_written_otherwise_is_equal(size: Size, same: Size) -> None:
    assert size == same


@pytest.mark.parametrize("size", [2 * (H // 2), W, H * W, H + W - 1])
def test_what_may_be_equal_is_neither_equal_nor_different(size: Size) -> None:
    assert size != H
    assert not differ(size, H)


def test_sizes_that_differ_for_certain() -> None:
    assert differ(H, H + 1)
    assert differ((3, H), (4, H))
    assert differ((H, W), (H,))
    assert differ(H, 0)


@pytest.mark.parametrize(
    "needs",
    [int, float, range, lambda size: 3 // size, lambda size: size / 2, lambda size: size > 3],
)
def test_what_needs_a_number_is_undecided(needs: Callable[[Open], object]) -> None:
    with pytest.raises(Undecided):
        needs(H)


def test_sizes_stay_small_however_they_are_made() -> None:
    size: Size = H
    for i in range(500):
        size = 3 * ((size - 1) // 2) + i
    for i in range(500):
        size = size * (W + i) + 1
    assert isinstance(size, Open)
    assert len(size.terms) <= 64
    assert size.depth <= 12
