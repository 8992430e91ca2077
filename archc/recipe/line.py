"""Reads one line of `train`: its values, its choice from a table, its options."""

from collections.abc import Iterable, Mapping
from itertools import zip_longest

from archc.elaborate.evaluate import evaluate
from archc.elaborate.faults import Fault
from archc.elaborate.fitting import fitting
from archc.elaborate.names import Names
from archc.errors import training as errors
from archc.layers.kinds import Kind, Unfit
from archc.layers.values import Value, Word, kind_of
from archc.recipe.choice import Choice
from archc.recipe.kinds import Text
from archc.recipe.table import Entry, Table
from archc.source import Span
from archc.syntax import tree
from archc.tuples import NamedTuple


class Line(NamedTuple):
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
        span = argument.value.span
        try:
            value = self.value(argument.value)
        except Fault:
            if not isinstance(kind, Text):
                raise
            raise self.unfit(
                span, what, kind.describe(), f"`{span.text}`", f'"{span.text}"'
            ) from None
        try:
            read: Value = kind.read(value, None)  # type: ignore[assignment]
        except Unfit as unfit:
            instead = fitting(kind, value, span.text)
            if isinstance(kind, Text) and isinstance(value, Word):
                instead = f'"{span.text}"'
            raise self.unfit(span, what, unfit.expected, kind_of(value), instead) from None
        return _as_words(value, read)

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


def _as_words(said: Value, read: Value) -> Value:
    """What a kind read, bare names still as Words: so they are written."""
    if isinstance(said, Word) and isinstance(read, str):
        return Word(read)
    if isinstance(said, tuple) and isinstance(read, tuple):
        return tuple(map(_as_words, said, read))
    return read


def choice(line: Line, table: Table) -> Choice | None:
    """`name option=value...`; the name may be left out where the table has a default."""
    first, *rest = line.call.arguments or (None,)
    if first is None or (first.form != "place" and not table.default):
        raise line.unfit(line.call.span, line.key, f"the name of a {table.what}", "nothing")
    if first.form != "place":
        entry = table.find(table.default or "")
        assert entry is not None
        return with_options(line, entry, line.call.arguments, entry.name)
    name = first.value
    if isinstance(name, tree.Literal) and name.value is None and not table.default and not rest:
        return None
    if isinstance(name, tree.Apply):
        bare = name.name.rpartition(".")[2]
        here = bare if table.find(bare) else table.meant(bare) or bare
        raise Fault(errors.called(name.span, here, [a.span.text for a in name.arguments]))
    spelled = spelling(name)
    if spelled is not None:
        return with_options(line, entry_of(table, spelled, name.span), rest, spelled)
    if not isinstance(name, tree.Name):
        found = kind_of(line.value(name))
        bare = str(name.value) if isinstance(name, tree.Literal) else ""
        here = bare if table.find(bare) else table.meant(bare)
        raise line.unfit(first.span, line.key, f"the name of a {table.what}", found, here or None)
    entry = entry_of(table, name.name, name.span)
    return with_options(line, entry, rest, entry.name)


def spelling(name: tree.Expr) -> str | None:
    """A name with hyphens, `cross-entropy`, as it is written; None for other values."""
    hyphened = isinstance(name, tree.Binary) and name.operator == "-"
    return name.span.text if hyphened and name.span.text[:1].isalpha() else None


def entry_of(table: Table, name: str, span: Span) -> Entry:
    found = table.find(name)
    if found is not None:
        return found
    reason = table.refused.get(name.lower())
    if reason is not None:
        raise Fault(errors.refused_name(span, f"{table.what} `{name}`", reason, table.names))
    meant = table.meant(name.replace("-", "_").rpartition(".")[2])
    raise Fault(errors.unknown_name(span, table.what, name, table.names, meant))


def with_options(line: Line, entry: Entry, arguments: Iterable[tree.Argument], what: str) -> Choice:
    given: dict[str, tuple[Value, Span]] = {}
    arguments = tuple(arguments)
    for argument, following in zip_longest(arguments, arguments[1:]):
        name = argument.name or (entry.place if argument.form == "place" else None)
        if name is None or argument.form == "rest":
            place, text = _as_option(argument, following, entry)
            raise line.unfit(place, what, "options `name=value`", f"`{place.text}`", text)
        option = entry.option(name)
        if option is None:
            span = argument.span
            if span.text.startswith(name):
                span = span._replace(end=span.start + len(name))
            if name == "momentum" and entry.option("betas") is not None:
                raise Fault(errors.momentum_of_adam(span, what, argument.span))
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


def _as_option(
    argument: tree.Argument, following: tree.Argument | None, entry: Entry
) -> tuple[Span, str | None]:
    """The place of `lr 0.1`, or of the number alone, and how it is written: `lr=0.1`."""
    place, value = argument.span, argument.value
    if isinstance(value, tree.Name) and following is not None and entry.option(value.name):
        text = f"{value.name}={following.value.span.text}"
        return (place.to(following.span), text) if following.form == "place" else (place, None)
    number = isinstance(value, tree.Literal) and isinstance(value.value, float)
    return place, f"lr={place.text}" if number and entry.option("lr") else None


def _refuse_missing(line: Line, entry: Entry, given: Iterable[str]) -> None:
    for option in entry.options:
        if option.required and option.name not in given:
            expected = f"`{option.name}`, {option.kind.describe()}"
            raise line.unfit(line.call.span, entry.name, expected, "none")


def _refuse_disagreeing(line: Line, entry: Entry, options: Mapping[str, Value]) -> None:
    if entry.name == "sgd" and options.get("nesterov"):
        message = "`nesterov` needs a momentum above 0 and no dampening"
        if not options.get("momentum") or options.get("dampening"):
            advice = "write `momentum=.9` beside it"
            raise Fault(errors.options_disagree(line.call.span, message, advice))
