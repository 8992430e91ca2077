"""Reads the lines of `train`, those of the file and those of the command line alike."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from archc import datasets
from archc.diagnostic import Diagnostic
from archc.elaborate.evaluate import Fault, Unknown, evaluate
from archc.elaborate.fitting import fitting
from archc.elaborate.names import Exhausted, Names
from archc.errors import training as errors
from archc.layers.kinds import Kind, Number, Unfit, Whole
from archc.layers.values import Value, Word, kind_of
from archc.recipe.model import Choice, Recipe
from archc.recipe.tables import LOSSES, OPTIMIZERS, SCHEDULES, TRANSFORMS, Entry, Table
from archc.source import Span
from archc.syntax import tree

TABLES = {"optimizer": OPTIMIZERS, "schedule": SCHEDULES, "loss": LOSSES}

NUMBERS: Mapping[str, Kind] = {
    "epochs": Whole(1),
    "batch": Whole(1),
    "seed": Whole(0),
    "val": Number(0, 0.9),
}

KEYS = ("data", "normalize", "augment", *TABLES, *NUMBERS)

LATER = (
    "prepare", "weights", "freeze", "lr", "ema", "clip", "accumulate", "mixup", "cutmix", "stop"
)  # fmt: skip
"""Keys of the language that this version does not support."""

_OPTIONS_LATER = ("no_decay", "weight")


def read(
    train: tree.Train | None,
    names: Mapping[str, Value] | None = None,
    options: Sequence[tree.Call] = (),
) -> tuple[Recipe, tuple[Diagnostic, ...]]:
    """The recipe of a file and its mistakes; a line that is wrong counts as not said.

    `options` are lines of the command line: each replaces the file's line of its key, but
    `optimizer` without a name only changes the options of the file's optimizer.
    """
    problems: list[Diagnostic] = []
    lines = _lines(train.body.steps if train else (), problems)
    for option in options:
        key = option.name.name
        lines[key] = _merged(lines[key], option) if key in lines else option
    said: dict[str, Any] = {}
    place = Names(names or {})
    for key, line in lines.items():
        try:
            said[key] = _read_line(line, place)
        except (Fault, Exhausted) as fault:
            problems.append(fault.diagnostic)
        except Unknown:
            pass  # The mistake behind it is reported at its own place.
    recipe = Recipe(spans=tuple((key, lines[key].span) for key in said))._replace(**said)
    if "normalize" not in said and recipe.reconstructs:
        recipe = recipe._replace(normalize=False)
    return recipe, tuple(problems)


def _lines(steps: Iterable[tree.Step], problems: list[Diagnostic]) -> dict[str, tree.Call]:
    """The lines by their keys."""
    lines: dict[str, tree.Call] = {}
    for step in steps:
        if isinstance(step, tree.Broken):
            continue  # it is said already
        if not isinstance(step, tree.Call) or (step.body and step.name.name in (*TABLES, *NUMBERS)):
            problems.append(errors.not_a_line(step.span))
        elif _further_loss(step):
            problems.append(errors.not_yet(step.span, "the loss of a further output"))
        elif (first := lines.get(step.name.name)) is not None:
            problems.append(errors.given_twice(step.name.span, step.name.name, first.name.span))
        else:
            lines[step.name.name] = step
    return lines


def _further_loss(line: tree.Call) -> bool:
    """`loss aux cross_entropy`, beside the loss of the final output."""
    places = [argument for argument in line.arguments if argument.form == "place"]
    return line.name.name == "loss" and len(places) > 1


def _merged(line: tree.Call, option: tree.Call) -> tree.Call:
    if option.name.name != "optimizer" or any(a.form == "place" for a in option.arguments):
        return option
    given = {argument.name for argument in option.arguments}
    kept = (a for a in line.arguments if a.form == "place" or a.name not in given)
    return line._replace(arguments=(*kept, *option.arguments))


def _read_line(line: tree.Call, names: Names) -> object:
    key = line.name.name
    if key in LATER:
        raise Fault(errors.not_yet(line.span, f"`{key}`"))
    if key not in KEYS:
        raise Fault(errors.unknown_key(line.name.span, key, (*KEYS, *LATER)))
    reader = _Line(line, names)
    if key in NUMBERS:
        return reader.only(NUMBERS[key])
    if key in TABLES:
        return _choice(reader, TABLES[key])
    return {"data": _data, "normalize": _normalize, "augment": _augment}[key](reader)


class _Line(NamedTuple):
    """A line while it is read."""

    call: tree.Call
    names: Names

    @property
    def key(self) -> str:
        return self.call.name.name

    def value(self, expr: tree.Expr) -> Value:
        if isinstance(expr, tree.Name) and expr.name not in self.names:
            return Word(expr.name)
        return evaluate(expr, self.names)

    def fit(self, what: str, kind: Kind, argument: tree.Argument) -> Value:
        """The argument's value as its kind reads it."""
        value = self.value(argument.value)
        try:
            read: Value = kind.read(value, None)  # type: ignore[assignment]
        except Unfit as unfit:
            span = argument.value.span
            instead = fitting(kind, value, span.text)
            raise self.unfit(span, what, unfit.expected, kind_of(value), instead) from None
        return Word(read) if isinstance(value, Word) else read

    def only(self, kind: Kind) -> Value:
        """The value of a line that has one and nothing else."""
        first, *more = self.call.arguments or (None,)
        if first is None:
            raise self.unfit(self.call.span, self.key, kind.describe(), "nothing")
        if first.form != "place":
            raise self.unfit(first.span, self.key, kind.describe(), f"`{first.span.text}`")
        if more:
            raise self.unfit(more[0].span, self.key, "one value", "more")
        return self.fit(self.key, kind, first)

    def unfit(
        self, span: Span, what: str, expected: str, found: str, instead: str | None = None
    ) -> Fault:
        return Fault(errors.wrong_value(span, what, expected, found, instead))


class _Auto(NamedTuple):
    """Takes `auto`, `no` or `none`."""

    def read(self, value: Value, rank: int | None) -> bool:
        if value is None or value is False:
            return False
        if value is True or value == "auto":
            return True
        raise Unfit(self.describe())

    def describe(self) -> str:
        return "`auto` or `no`"


class _NameKind(NamedTuple):
    """Takes a bare name."""

    what: str

    def read(self, value: Value, rank: int | None) -> str:
        if not isinstance(value, Word):
            raise Unfit(self.describe())
        return str(value)

    def describe(self) -> str:
        return f"the name of a {self.what}"


def _normalize(line: _Line) -> bool:
    return bool(line.only(_Auto()))


def _data(line: _Line) -> str:
    arguments = line.call.arguments
    place = arguments[0].value.span if arguments else line.call.span
    if place.text in datasets.LATER:
        others = tuple(datasets.DATASETS)
        raise Fault(errors.not_yet(place, f"the data set `{place.text}`", others))
    name = str(line.only(_NameKind("data set")))
    if datasets.find(name) is None:
        known = (*datasets.DATASETS, *datasets.LATER)
        meant = datasets.known_as(name) or ""
        raise Fault(errors.unknown_name(place, "data set", name, known, meant))
    return name


def _augment(line: _Line) -> tuple[Choice, ...]:
    call = line.call
    if call.body is None or call.arguments:
        expected = "transforms in braces, `{ crop 32 pad=4 | flip }`"
        raise line.unfit(call.span, "augment", expected, "none")
    transforms = []
    for step in call.body.steps:
        if isinstance(step, tree.Broken):
            raise Unknown
        if not isinstance(step, tree.Call) or step.body:
            raise Fault(errors.not_a_line(step.span))
        entry = _entry(TRANSFORMS, step.name.name, step.name.span)
        transforms.append(_with_options(_Line(step, line.names), entry, step.arguments, entry.name))
    return tuple(transforms)


def _choice(line: _Line, table: Table) -> Choice | None:
    """`name option=value...`; the name may be left out where the table has a default."""
    first, *rest = line.call.arguments or (None,)
    if first is None or (first.form != "place" and not table.default):
        raise line.unfit(line.call.span, line.key, f"the name of a {table.what}", "nothing")
    if first.form != "place":
        entry = table.find(table.default or "")
        assert entry is not None
        return _with_options(line, entry, line.call.arguments, entry.name)
    name = first.value
    if isinstance(name, tree.Literal) and name.value is None and table is SCHEDULES and not rest:
        return None
    if not isinstance(name, tree.Name):
        found = kind_of(line.value(name))
        raise line.unfit(first.span, line.key, f"the name of a {table.what}", found)
    entry = _entry(table, name.name, name.span)
    return _with_options(line, entry, rest, entry.name)


def _entry(table: Table, name: str, span: Span) -> Entry:
    found = table.find(name)
    if found is None and name in table.later:
        raise Fault(errors.not_yet(span, f"the {table.what} `{name}`", table.names))
    if found is None:
        lower = name.lower()
        meant = lower if lower in table.names else ""
        raise Fault(errors.unknown_name(span, table.what, name, table.names, meant))
    return found


def _with_options(
    line: _Line, entry: Entry, arguments: Iterable[tree.Argument], what: str
) -> Choice:
    given: dict[str, tuple[Value, Span]] = {}
    for argument in arguments:
        name = argument.name or (entry.place if argument.form == "place" else None)
        if name is None or argument.form == "rest":
            raise line.unfit(argument.span, what, "options `name=value`", f"`{argument.span.text}`")
        option = entry.option(name)
        if option is None and name in _OPTIONS_LATER:
            raise Fault(errors.not_yet(argument.span, f"`{name}`"))
        if option is None:
            span = argument.span._replace(end=argument.span.start + len(name))
            raise Fault(errors.unknown_option(span, what, name, entry.option_names))
        if name in given:
            raise Fault(errors.given_twice(argument.span, name, given[name][1]))
        given[name] = (line.fit(name, option.kind, argument), argument.span)
    _refuse_missing(line, entry, given.keys())
    options = {name: value for name, (value, _) in given.items()}
    _refuse_disagreeing(line, entry, options)
    if (lr := entry.option("lr")) is not None:
        options = {"lr": lr.default, **options}
    return Choice(entry.name, tuple(options.items()))


def _refuse_missing(line: _Line, entry: Entry, given: Iterable[str]) -> None:
    for option in entry.options:
        if option.required and option.name not in given:
            expected = f"`{option.name}`, {option.kind.describe()}"
            raise line.unfit(line.call.span, entry.name, expected, "none")


def _refuse_disagreeing(line: _Line, entry: Entry, options: Mapping[str, Value]) -> None:
    if entry.name == "sgd" and options.get("nesterov"):
        message = "`nesterov` needs a momentum above 0 and no dampening"
        if not options.get("momentum") or options.get("dampening"):
            advice = "write `momentum=.9` beside it"
            raise Fault(errors.options_disagree(line.call.span, message, advice))
