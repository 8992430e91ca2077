"""archc's NamedTuple behaves as Python's, which is run beside it."""

import copy
import pickle
import typing

import pytest

from archc import tuples


class Ours(tuples.NamedTuple):
    """A place."""

    line: int
    column: "int"
    name: str = "x"

    @property
    def both(self) -> tuple[int, int]:
        return self.line, self.column


class Pythons(typing.NamedTuple):
    """A place."""

    line: int
    column: "int"
    name: str = "x"

    @property
    def both(self) -> tuple[int, int]:
        return self.line, self.column


class Nothing(tuples.NamedTuple):
    """Has no fields."""


both = pytest.mark.parametrize("kind", [Ours, Pythons])


@both
def test_values_come_by_place_by_name_and_by_default(kind):
    assert kind(1, 2) == kind(column=2, line=1) == kind(1, column=2, name="x") == (1, 2, "x")
    assert kind(1, 2, "y") == (1, 2, "y") != kind(1, 2)
    assert hash(kind(1, 2)) == hash((1, 2, "x"))


@both
@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((), {}),
        ((1,), {}),
        ((1, 2, "x", 4), {}),
        ((1, 2), {"line": 1}),
        ((1,), {"column": 2, "row": 3}),
        ((1, 2, "x"), {"name": "y"}),
        ((), {"column": 2, "name": "y"}),
    ],
)
def test_a_wrong_number_or_name_is_refused(kind, values, named):
    with pytest.raises(TypeError):
        kind(*values, **named)


@both
def test_fields_are_read_and_never_written(kind):
    made = kind(1, 2)
    line, *rest = made
    assert (made.line, made.column, made.name, made.both) == (1, 2, "x", (1, 2))
    assert (line, rest) == (1, [2, "x"])
    for field in ("line", "both", "other"):
        with pytest.raises(AttributeError):
            setattr(made, field, 3)


@both
def test_replace_makes_another(kind):
    made = kind(1, 2)
    assert made._replace(column=5) == (1, 5, "x")
    assert made == (1, 2, "x")
    assert type(made._replace(name="y")) is kind
    with pytest.raises((TypeError, ValueError)):
        made._replace(row=3)


@both
def test_copies_and_pickles_are_equal(kind):
    made = kind(1, 2, ["y"])
    for other in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert (type(other), other) == (kind, made)


@both
def test_patterns_go_by_place_and_by_name(kind):
    match kind(1, 2):
        case kind(1, name=name):
            assert name == "x"


def test_what_is_told_of_a_class_is_the_same():
    ours, pythons = Ours(1, 2), Pythons(1, 2)
    assert repr(ours).replace("Ours", "Pythons") == repr(pythons)
    assert ours._asdict() == pythons._asdict()
    assert Ours._fields == Pythons._fields
    assert Ours._field_defaults == Pythons._field_defaults
    assert Ours.__doc__ == Pythons.__doc__


def test_a_class_without_fields():
    assert Nothing() == ()
    assert repr(Nothing()) == "Nothing()"
    with pytest.raises(TypeError):
        Nothing(1)
