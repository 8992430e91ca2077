"""Arguments of a step to a bound layer: who names what, and whether every value is of its kind."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from archc.diagnostic import Diagnostic
from archc.elaborate.evaluate import Evaluated, evaluate
from archc.elaborate.faults import Fault, Unknown
from archc.elaborate.misfits import (
    behind_the_input,
    given_twice,
    missing_value,
    too_many,
    unfit_value,
    unknown_key,
)
from archc.elaborate.names import Names
from archc.elaborate.overrides import Given
from archc.elaborate.scope import Rest
from archc.elaborate.spelled import as_meant, is_activation, stray_word
from archc.graph import Arg
from archc.layers.base import ALIASES, LAYERS, Layer, Parameter, attribute
from archc.layers.kinds import Unfit
from archc.syntax import tree as t
from archc.tuples import NamedTuple


class Slot(NamedTuple):
    """A parameter that an argument can name."""

    name: str
    required: bool
    doc: str


class Matched(NamedTuple):
    """Which argument names which parameter, and the `key=value`s for a parameter that takes all
    further ones. `clear` says that all mistakes leave no doubt what was meant, and `given` has
    that."""

    given: Mapping[str, t.Argument]
    rest: Mapping[str, t.Argument]
    diagnostics: tuple[Diagnostic, ...]
    clear: bool


class Bound(NamedTuple):
    """A layer with its arguments, and what of them the step itself gives. `layer` is None where a
    mistake leaves a value unknown."""

    layer: Layer | None
    args: Mapping[str, Arg]
    given: Mapping[str, t.Argument]
    diagnostics: tuple[Diagnostic, ...]


def bind(
    call: t.Call,
    declared: type[Layer],
    names: Names,
    rank: int | None,
    overrides: Sequence[Given] = (),
) -> Bound:
    """Binds a step's arguments to a layer's. `rank` is the number of the input's positions;
    `overrides` are what `with` and `default` give, the strongest first."""
    call = _gathered(call) if declared.gathers else call
    matched = match(call, declared.parameters, names, overrides)
    diagnostics = list(matched.diagnostics)
    args: dict[str, Arg] = {}
    values: dict[str, object] = {}
    complete = matched.clear
    for parameter in declared.parameters:
        try:
            arg = find(parameter.name, matched.given, names, overrides)
            if arg is not None:
                values[parameter.name] = parameter.kind.read(arg.value, rank)
                args[parameter.name] = arg
        except Fault as fault:
            diagnostics += fault.diagnostics
            complete = complete and not parameter.decides_sizes
        except Unknown:
            complete = complete and not parameter.decides_sizes
        except Unfit as unfit:
            argument = matched.given.get(parameter.name)
            place = argument.value.span if argument else call.name.span
            assert arg is not None
            name = parameter.name
            said = unfit_value(call.name.name, name, place, arg.value, unfit, parameter.kind, names)
            diagnostics.append(behind_the_input(said, call, argument) or said)
            complete = complete and not parameter.decides_sizes
    layer = _make(declared, values, rank) if complete else None
    bound = _with_defaults(declared.parameters, args)
    return Bound(layer, bound, matched.given, tuple(diagnostics))


def _gathered(call: t.Call) -> t.Call:
    """The step with its values by place as one list, unless the first is a list already."""
    placed = [argument for argument in call.arguments if argument.form == "place"]
    if len(placed) < 2 or isinstance(placed[0].value, t.ListOf | t.Size):
        return call
    span = placed[0].span.to(placed[-1].span)
    row = tuple(argument.value for argument in placed)
    gathered = t.Argument(span, "place", None, t.ListOf(span, (row,), False))
    others = (argument for argument in call.arguments if argument.form != "place")
    return call._replace(arguments=(gathered, *others))


def find(
    name: str,
    given: Mapping[str, t.Argument],
    names: Names,
    overrides: Sequence[Given],
) -> Arg | None:
    """An argument from the step itself, else from the strongest override. Raises Fault, Unknown."""
    if name in given:
        return _arg(given[name].value, names, "step")
    for override in overrides:
        if name in override.arguments:
            inner = names.bind(override.names)
            return _arg(override.arguments[name].value, inner, override.source)
    return None


def _arg(
    expr: t.Expr | Evaluated,
    names: Names,
    source: Literal["step", "with", "default"],
) -> Arg:
    if isinstance(expr, Evaluated):
        return Arg(expr.value, None, source)
    return Arg(evaluate(expr, names), expr, source)


def match(
    call: t.Call,
    slots: Sequence[Slot | Parameter],
    names: Names,
    overrides: Sequence[Given] = (),
    *,
    takes_rest: bool = False,
) -> Matched:
    """Which argument of the text names which parameter; values follow in the parameters' order."""
    order = [slot.name for slot in slots]
    free = iter(order)
    given: dict[str, t.Argument] = {}
    rest: dict[str, t.Argument] = {}
    further: list[t.Argument] = []
    diagnostics: list[Diagnostic] = []
    clear = True
    for argument in as_meant(call, spread(call.arguments, names), order, names, diagnostics):
        name = argument.name or next(free, None)
        if name is None:
            further.append(argument)
        elif name in given or name in rest:
            word = stray_word(call, argument, order, names) if argument.form == "place" else None
            before = given.get(name) or rest[name]
            diagnostics.append(word or given_twice(call, argument, name, before))
            clear = clear and word is not None
        elif name in order:
            given[name] = argument
        elif takes_rest:
            rest[name] = argument
        else:
            problem, meant = unknown_key(argument, call.name.name, name, tuple(order), call.span)
            diagnostics.append(problem)
            if problem.code == "E0216":
                continue  # the step is clear without it
            if meant is None or meant in given:
                clear = False
            else:
                given[meant] = argument
    if further:
        diagnostics.append(too_many(call, further, len(order)))
    said = given.keys() | {name for override in overrides for name in override.arguments}
    missing = [slot for slot in slots if slot.required and slot.name not in said]
    if missing and not diagnostics:
        first = missing[0]
        diagnostics.append(missing_value(call, first.name, first.doc, [s.name for s in missing]))
    return Matched(given, rest, tuple(diagnostics), clear and not missing)


def spread(arguments: Iterable[t.Argument], names: Names) -> Iterator[t.Argument]:
    """The arguments with `..rest` written out; what the step says itself comes first."""
    said = {argument.name for argument in arguments}
    for argument in arguments:
        if argument.form != "rest":
            yield argument
            continue
        passed = names.get(argument.name or "")
        if not isinstance(passed, Rest):
            continue
        for name, value in passed.items:
            if name not in said:
                inner: Any = Evaluated(passed.places[name], value, passed.others)
                yield t.Argument(passed.places[name], "key", name, inner)


def at_missing_pipe(call: t.Call, names: Names) -> int | None:
    """The place of an argument that is a step of its own: the word of a layer, where no value has
    this name."""
    for index, argument in enumerate(call.arguments):
        value = argument.value
        if argument.form != "place" or not isinstance(value, t.Name) or value.name in names:
            continue
        if value.name in LAYERS or value.name.lower() in ALIASES:
            return None if index and is_activation(call.arguments[index - 1].value) else index
    return None


def _make(declared: type[Layer], values: Mapping[str, object], rank: int | None) -> Layer:
    """The layer of values as their kinds read them, with defaults for the others."""
    read: dict[str, object] = {}
    for parameter in declared.parameters:
        source = parameter.default_from
        if parameter.name in values:
            value = values[parameter.name]
        elif source is not None:
            value = read[attribute(source)]
        else:
            value = _default_value(parameter, rank)
        read[attribute(parameter.name)] = value
    return declared(**read)


def _with_defaults(parameters: Iterable[Parameter], given: Mapping[str, Arg]) -> dict[str, Arg]:
    """Every argument in the parameters' order, with who gave it."""
    args: dict[str, Arg] = {}
    for parameter in parameters:
        source = parameter.default_from
        if parameter.name in given:
            args[parameter.name] = given[parameter.name]
        elif source is not None and source in args:
            args[parameter.name] = args[source]._replace(source="layer")
        else:
            args[parameter.name] = _default(parameter).arg
    return args


class Default(NamedTuple):
    """The default of a layer's parameter, for all steps that take it: as an argument, and as it
    reads behind values of each rank. It holds its parameter, whose identity is its key."""

    parameter: Parameter
    arg: Arg
    read: dict[int | None, object]


_DEFAULTS: dict[int, Default] = {}


def _default(parameter: Parameter) -> Default:
    found = _DEFAULTS.get(id(parameter))
    if found is None:
        made = Default(parameter, Arg(parameter.default, None, "layer"), {})
        found = _DEFAULTS[id(parameter)] = made
    return found


def _default_value(parameter: Parameter, rank: int | None) -> object:
    read = _default(parameter).read
    if rank not in read:
        read[rank] = parameter.kind.read(parameter.default, rank)
    return read[rank]
