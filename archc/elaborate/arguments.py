"""Arguments of a step to a bound layer: who names what, and whether every value is of its kind."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from archc.diagnostic import Diagnostic
from archc.elaborate.evaluate import Evaluated, Fault, Unknown, evaluate
from archc.elaborate.names import Names
from archc.elaborate.overrides import Given
from archc.elaborate.scope import Rest
from archc.errors import names as errors
from archc.errors.shapes import open_size
from archc.graph import Arg
from archc.layers.base import ALIASES, LAYERS, Layer, Parameter, attribute
from archc.layers.kinds import Unfit
from archc.layers.values import Value, depends_on_open, kind_of
from archc.source import Span
from archc.syntax import tree as t

# Names of arguments that users of PyTorch or Keras would type.
_ELSEWHERE = {
    "out_channels": "c",
    "out_features": "c",
    "filters": "c",
    "units": "c",
    "in_channels": "in",
    "in_features": "in",
    "kernel_size": "k",
    "pool_size": "k",
    "stride": "s",
    "strides": "s",
    "padding": "p",
    "pad": "p",
    "rate": "p",
    "dilation": "d",
    "groups": "g",
    "padding_mode": "mode",
    "ceil_mode": "ceil",
    "count_include_pad": "pad_count",
    "output_size": "to",
    "use_bias": "bias",
    "elementwise_affine": "affine",
    "negative_slope": "p",
    "alpha": "a",
    "dim": "axis",
    "start_dim": "from",
    "end_dim": "to",
    "approximate": "approx",
}


class Slot(NamedTuple):
    """A parameter that an argument can name."""

    name: str
    required: bool
    doc: str


class Matched(NamedTuple):
    """Which argument names which parameter, and the `key=value`s for a parameter that takes all
    further ones."""

    given: Mapping[str, t.Argument]
    rest: Mapping[str, t.Argument]
    diagnostics: tuple[Diagnostic, ...]


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
    slots = [Slot(p.name, p.required, p.doc) for p in declared.parameters]
    matched = match(call, slots, names, overrides, is_layer=True)
    diagnostics = list(matched.diagnostics)
    args: dict[str, Arg] = {}
    complete = not diagnostics
    for parameter in declared.parameters:
        try:
            arg = find(parameter.name, matched.given, names, overrides)
            if arg is not None:
                parameter.kind.read(arg.value, rank)
                args[parameter.name] = arg
        except Fault as fault:
            diagnostics.append(fault.diagnostic)
        except Unknown:
            complete = False
        except Unfit as unfit:
            argument = matched.given.get(parameter.name)
            place = argument.value.span if argument else call.name.span
            assert arg is not None
            name = parameter.name
            diagnostics.append(unfit_value(call.name.name, name, place, arg.value, unfit))
    values = {name: arg.value for name, arg in args.items()}
    layer = _make(declared, values, rank) if complete and not diagnostics else None
    bound = _with_defaults(declared.parameters, args)
    return Bound(layer, bound, matched.given, tuple(diagnostics))


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
    slots: Sequence[Slot],
    names: Names,
    overrides: Sequence[Given] = (),
    *,
    takes_rest: bool = False,
    is_layer: bool = False,
) -> Matched:
    """Which argument of the text names which parameter; values follow in the parameters' order."""
    order = [slot.name for slot in slots]
    free = iter(order)
    given: dict[str, t.Argument] = {}
    rest: dict[str, t.Argument] = {}
    diagnostics: list[Diagnostic] = []
    arguments = list(spread(call.arguments, names))
    while arguments:
        argument = arguments.pop(0)
        slip = _slip(call, argument, arguments, names, is_layer)
        if slip is not None:
            # What follows belongs to the slip: one mistake, one diagnostic.
            return Matched(given, rest, (*diagnostics, slip))
        name = argument.name or next(free, None)
        if name is None:
            diagnostics.append(_one_too_many(call, argument, len(order)))
        elif name in given or name in rest:
            before = (given.get(name) or rest[name]).span
            diagnostics.append(errors.given_twice(argument.span, call.name.name, name, before))
        elif name in order:
            given[name] = argument
        elif takes_rest:
            rest[name] = argument
        else:
            diagnostics.append(unknown_key(argument, call.name.name, name, tuple(order)))
    said = given.keys() | {name for override in overrides for name in override.arguments}
    missing = [slot for slot in slots if slot.required and slot.name not in said]
    if missing and not diagnostics:
        first = missing[0]
        example = LAYERS[call.name.name].examples[0][0] if call.name.name in LAYERS else None
        diagnostics.append(
            errors.missing_argument(call.span, call.name.name, first.name, first.doc, example)
        )
    return Matched(given, rest, tuple(diagnostics))


def spread(arguments: Iterable[t.Argument], names: Names) -> Iterator[t.Argument]:
    """The arguments with `..rest` written out; what the step says itself comes first."""
    said = {argument.name for argument in arguments}
    for argument in arguments:
        if argument.form != "rest":
            yield argument
            continue
        passed = names.get(argument.name or "")
        for name, value in passed.items if isinstance(passed, Rest) else ():
            if name not in said:
                inner: Any = Evaluated(argument.span, value)
                yield t.Argument(argument.span, "key", name, inner)


def _slip(
    call: t.Call,
    argument: t.Argument,
    rest: list[t.Argument],
    names: Names,
    is_layer: bool,
) -> Diagnostic | None:
    """A missing `|`, or `k 3` for `k3`."""
    if argument.form != "place" or not isinstance(argument.value, t.Name):
        return None
    name = argument.value.name
    if name in names:
        return None
    follows = rest[0] if rest and rest[0].form == "place" else None
    if len(name) == 1 and name in "kspdg" and follows and isinstance(follows.value, t.Literal):
        place = argument.span.to(follows.span)
        return errors.spaced_short(place, name, follows.span.text)
    if is_layer and (name in LAYERS or name.lower() in ALIASES):
        return errors.missing_pipe(argument.span, call.name.name, name)
    return None


def _one_too_many(call: t.Call, argument: t.Argument, most: int) -> Diagnostic:
    value = argument.value
    if isinstance(value, t.Name) and (value.name in LAYERS or value.name.lower() in ALIASES):
        return errors.missing_pipe(argument.span, call.name.name, value.name)
    return errors.too_many_values(argument.span, call.name.name, most)


def unknown_key(argument: t.Argument, step: str, name: str, order: tuple[str, ...]) -> Diagnostic:
    """What to say of an argument that a step has not."""
    place = argument.span
    if argument.form == "key":
        place = place._replace(end=place.start + len(name))
    elsewhere = _ELSEWHERE.get(name)
    if elsewhere not in order:
        elsewhere = None
    return errors.unknown_argument(place, step, name, order, elsewhere)


def unfit_value(word: str, name: str, place: Span, value: Value, unfit: Unfit) -> Diagnostic:
    """What to say of a value that is not of its argument's kind."""
    if depends_on_open(value):
        return open_size(place, f"for `{name}` of `{word}`")
    make = errors.out_of_range if unfit.out_of_range else errors.wrong_kind
    return make(place, word, name, unfit.expected, kind_of(value))


def _make(declared: type[Layer], values: Mapping[str, Value], rank: int | None) -> Layer:
    """The layer of values that are of their kinds, with defaults for the others."""
    read: dict[str, object] = {}
    for parameter in declared.parameters:
        source = parameter.default_from
        if parameter.name in values:
            value = parameter.kind.read(values[parameter.name], rank)
        elif source is not None:
            value = read[attribute(source)]
        else:
            value = parameter.kind.read(parameter.default, rank)
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
            args[parameter.name] = Arg(parameter.default, None, "layer")
    return args
