"""Kinds of arguments: what they read, and what they say they want instead."""

import pytest
import torch
from torch import nn

from archc.emit.pytorch import call_text
from archc.layers.initial import INITIALISATIONS, Initial, init_call
from archc.layers.kinds import (
    Factors,
    Kind,
    Named,
    Number,
    NumberPerChannel,
    OneOf,
    Optional,
    PerPosition,
    Sizes,
    Unfit,
    Whole,
    Wholes,
    YesNo,
)
from archc.layers.values import OPEN, Init, Ref, Value, Word

WEIGHT = Initial(fans=True)
VECTOR = Initial()
BIAS = Initial(switch=True)


@pytest.mark.parametrize(
    ("kind", "value", "rank", "read"),
    [
        (Whole(1), 3, 2, 3),
        (Whole(), -1, 2, -1),
        (PerPosition(1), 3, 2, (3, 3)),
        (PerPosition(1), (1, 7), 2, (1, 7)),
        (PerPosition(1), (1, 7), None, (1, 7)),
        (PerPosition(0, ("same",)), Word("same"), 2, "same"),
        (Number(), 2, None, 2.0),
        (Number(0, 1), 1, None, 1.0),
        (NumberPerChannel(), (1, 0.5), 2, (1.0, 0.5)),
        (Whole(1, 9), 9, None, 9),
        (Factors(), 2, 2, (2, 2)),
        (Factors(), (1.5, 2.0), 2, (1.5, 2)),
        (Wholes("axes"), (3, -1), 2, (3, -1)),
        (Wholes("axes"), 3, 2, (3,)),
        (Named(), Ref("enc"), 2, Ref("enc")),
        (YesNo(), False, 2, False),
        (OneOf(("none", "tanh")), None, 2, "none"),
        (OneOf(("none", "tanh")), Word("tanh"), 2, "tanh"),
        (Sizes(), 784, 2, (784,)),
        (Sizes(), (64, OPEN, OPEN), 2, (64, None, None)),
        (Optional(Whole(1)), None, 2, None),
        (Optional(Whole(1)), 4, 2, 4),
        (WEIGHT, Word("he"), 2, Init("he", ("fan_in",))),
        (WEIGHT, Init("he", (Word("fan_out"),)), 2, Init("he", ("fan_out",))),
        (VECTOR, Init("normal", (0.02,)), 2, Init("normal", (0.02, 0.0))),
        (VECTOR, Init("normal", (), (("mean", 1), ("std", 2))), 2, Init("normal", (2.0, 1.0))),
        (VECTOR, Word("zeros"), 2, Init("zeros")),
        (VECTOR, None, 2, None),
        (BIAS, False, 2, False),
        (BIAS, Init("uniform", (0.1,)), 2, Init("uniform", (0.1,))),
    ],
)
def test_reads(kind: Kind, value: Value, rank: int | None, read: object) -> None:
    result = kind.read(value, rank)
    assert result == read
    assert type(result) is type(read)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (Whole(1), 2.0, "a whole number of at least 1"),
        (Whole(1), True, "a whole number of at least 1"),
        (Whole(), Word("all"), "a whole number"),
        (PerPosition(1), (1, 2, 3), "one number, or 2 for the 2 dimensions that arrive"),
        (PerPosition(1), (1, 2.5), "a whole number of at least 1, or one a dimension"),
        (PerPosition(0, ("half",)), Word("full"), "or one a dimension, or `half`"),
        (Number(), "text", "a number"),
        (Number(), True, "a number"),
        (NumberPerChannel(), (), "a list with one a channel"),
        (Factors(), (2, 2, 2), "one number, or 2 for the 2 dimensions"),
        (Factors(), Word("double"), "a number above 0, or one a dimension"),
        (Wholes("a list of axes"), (1, 2.5), "a list of axes"),
        (Wholes("a list of axes"), (), "a list of axes"),
        (Named(), Word("enc"), "a named value such as `@enc`"),
        (YesNo(), 1, "`yes` or `no`"),
        (OneOf(("zeros", "reflect")), None, "`zeros` or `reflect`"),
        (Sizes(), (3, 0.5), "a shape such as `64x7x7`"),
        (WEIGHT, True, "an initialisation such as `he(fan_out)`"),
        (WEIGHT, Word("glorot"), "one of `he`, `he_u`, `xavier`, `xavier_u`, `normal`"),
        (WEIGHT, Init("he", (Word("fan"),)), "`fan_in` or `fan_out` as the fan of `he`"),
        (WEIGHT, Init("he", (), (("mode", Word("fan_in")),)), "`he(fan=fan_in)`"),
        (WEIGHT, Word("normal"), "`normal(std, mean=0)`"),
        (WEIGHT, Init("normal", (1, 2, 3)), "`normal(std, mean=0)`"),
        (WEIGHT, Init("normal", (1,), (("std", 2),)), "`normal(std, mean=0)`"),
        (WEIGHT, Init("zeros", (1,)), "`zeros` without arguments"),
        (
            VECTOR,
            Word("he"),
            "an initialisation for a vector (normal, trunc, uniform, zeros, ones)",
        ),
        (BIAS, None, "`yes`, `no` or an initialisation such as `zeros`"),
    ],
)
def test_refuses_another_kind(kind: Kind, value: Value, expected: str) -> None:
    with pytest.raises(Unfit) as unfit:
        kind.read(value, 2)
    assert expected in unfit.value.expected
    assert not unfit.value.out_of_range


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (Whole(1), 0, "a whole number of at least 1"),
        (Whole(1), 2**31, "a whole number up to 2147483647"),
        (Whole(1, 9), 10, "a whole number up to 9"),
        (Factors(), 0, "a number above 0"),
        (Factors(), 1e300, "a number above 0"),
        (PerPosition(1), (3, 0), "of at least 1, or one a dimension"),
        (Number(0, 1), 1.5, "a number from 0 to 1"),
        (Number(0, 1, zero=False), 0, "a number above 0, up to 1"),
        (Number(0, zero=False), 0, "a number above 0"),
        (Number(zero=False), 0.0, "a number other than 0"),
        (Number(), float("inf"), "a number"),
        (Number(), float("nan"), "a number"),
        (Number(), 10**400, "a number"),
        (NumberPerChannel(), (1, 1e999), "a number, or a list with one a channel"),
        (Sizes(), (3, 0), "a shape such as"),
        (WEIGHT, Init("trunc", (0,)), "a number above 0 as the std of `trunc`"),
        (WEIGHT, Init("uniform", (-1,)), "a number of at least 0 as the a of `uniform`"),
    ],
)
def test_refuses_a_value_out_of_range(kind: Kind, value: Value, expected: str) -> None:
    with pytest.raises(Unfit) as unfit:
        kind.read(value, 2)
    assert expected in unfit.value.expected
    assert unfit.value.out_of_range


WRITTEN = {
    "he": ((), lambda t: nn.init.kaiming_normal_(t)),
    "he_u": ((Word("fan_out"),), lambda t: nn.init.kaiming_uniform_(t, mode="fan_out")),
    "xavier": ((), lambda t: nn.init.xavier_normal_(t)),
    "xavier_u": ((), lambda t: nn.init.xavier_uniform_(t)),
    "normal": ((0.02, 3), lambda t: nn.init.normal_(t, 3, 0.02)),
    "trunc": ((0.02,), lambda t: nn.init.trunc_normal_(t, 0, 0.02, -2, 2)),
    "uniform": ((0.1,), lambda t: nn.init.uniform_(t, -0.1, 0.1)),
    "zeros": ((), lambda t: nn.init.zeros_(t)),
    "ones": ((), lambda t: nn.init.ones_(t)),
}


@pytest.mark.parametrize("name", INITIALISATIONS)
def test_initialisations_are_those_of_torch(name: str) -> None:
    arguments, reference = WRITTEN[name]
    init = WEIGHT.read(Init(name, arguments), 2)
    assert isinstance(init, Init)
    ours, theirs = torch.empty(6, 4, 3), torch.empty(6, 4, 3)
    torch.manual_seed(0)
    eval(call_text(init_call(init), "tensor"), {"nn": nn, "tensor": ours})
    torch.manual_seed(0)
    reference(theirs)
    assert torch.equal(ours, theirs)
