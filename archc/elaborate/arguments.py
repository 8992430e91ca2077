"""Arguments of a step to a bound layer: who names what, and whether every value is of its kind."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from archc.diagnostic import Diagnostic
from archc.elaborate.evaluate import Fault, Unknown, evaluate
from archc.errors import names as errors
from archc.graph import Arg
from archc.layers.base import ALIASES, LAYERS, Layer, Parameter, attribute
from archc.layers.kinds import Unfit
from archc.layers.values import Value, kind_of
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


class Bound(NamedTuple):
    """A layer with its arguments, and the place of each that the step gives. `layer` is None where
    a mistake leaves a value unknown."""

    layer: Layer | None
    args: Mapping[str, Arg]
    places: Mapping[str, Span]
    diagnostics: tuple[Diagnostic, ...]


def bind(
    call: t.Call, declared: type[Layer], names: Mapping[str, Value], rank: int | None
) -> Bound:
    """Binds a step's arguments to a layer's. `rank` is the number of the input's positions."""
    given, diagnostics = match(call, declared.parameters)
    values: dict[str, Value] = {}
    complete = not diagnostics
    for parameter in declared.parameters:
        argument = given.get(parameter.name)
        if argument is None:
            continue
        try:
            value = evaluate(argument.value, names)
            parameter.kind.read(value, rank)
            values[parameter.name] = value
        except Fault as fault:
            diagnostics.append(fault.diagnostic)
        except Unknown:
            complete = False
        except Unfit as unfit:
            diagnostics.append(_unfit(call, parameter, argument, value, unfit))
    layer = _make(declared, values, rank) if complete and not diagnostics else None
    args = _args(declared.parameters, values, given)
    places = {name: argument.span for name, argument in given.items()}
    return Bound(layer, args, places, tuple(diagnostics))


def match(
    call: t.Call, parameters: Iterable[Parameter]
) -> tuple[dict[str, t.Argument], list[Diagnostic]]:
    """Which argument of the text names which parameter; values follow in the parameters' order."""
    order = [parameter.name for parameter in parameters]
    free = iter(order)
    given: dict[str, t.Argument] = {}
    diagnostics: list[Diagnostic] = []
    arguments = list(call.arguments)
    while arguments:
        argument = arguments.pop(0)
        if argument.form == "rest":
            diagnostics.append(errors.not_yet(argument.span, "a rest of arguments"))
            continue
        slip = _slip(call, argument, arguments)
        if slip is not None:
            # What follows belongs to the slip: one mistake, one diagnostic.
            return given, [*diagnostics, slip]
        name = argument.name or next(free, None)
        if name is None:
            diagnostics.append(errors.too_many_values(argument.span, call.name.name, len(order)))
        elif name not in order:
            diagnostics.append(_unknown(call, argument, name, order))
        elif name in given:
            before = given[name].span
            diagnostics.append(errors.given_twice(argument.span, call.name.name, name, before))
        else:
            given[name] = argument
    missing = [p for p in parameters if p.required and p.name not in given]
    if missing and not diagnostics:
        first = missing[0]
        example = LAYERS[call.name.name].examples[0][0] if call.name.name in LAYERS else ""
        diagnostics.append(
            errors.missing_argument(call.span, call.name.name, first.name, first.doc, example)
        )
    return given, diagnostics


def _slip(call: t.Call, argument: t.Argument, rest: list[t.Argument]) -> Diagnostic | None:
    """A missing `|`, or `k 3` for `k3`."""
    if argument.form != "place" or not isinstance(argument.value, t.Name):
        return None
    name = argument.value.name
    follows = rest[0] if rest and rest[0].form == "place" else None
    if len(name) == 1 and name in "kspdg" and follows and isinstance(follows.value, t.Literal):
        place = argument.span.to(follows.span)
        return errors.spaced_short(place, name, follows.span.text)
    if name in LAYERS or name.lower() in ALIASES:
        return errors.missing_pipe(argument.span, call.name.name, name)
    return None


def _unknown(call: t.Call, argument: t.Argument, name: str, order: list[str]) -> Diagnostic:
    place = argument.span
    if argument.form == "key":
        place = place._replace(end=place.start + len(name))
    elsewhere = _ELSEWHERE.get(name)
    if elsewhere not in order:
        elsewhere = None
    return errors.unknown_argument(place, call.name.name, name, tuple(order), elsewhere)


def _unfit(
    call: t.Call, parameter: Parameter, argument: t.Argument, value: Value, unfit: Unfit
) -> Diagnostic:
    word, place = call.name.name, argument.value.span
    make = errors.out_of_range if unfit.out_of_range else errors.wrong_kind
    return make(place, word, parameter.name, unfit.expected, kind_of(value))


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


def _args(
    parameters: Iterable[Parameter],
    values: Mapping[str, Value],
    given: Mapping[str, t.Argument],
) -> dict[str, Arg]:
    """Every argument in the parameters' order, with who gave it."""
    args: dict[str, Arg] = {}
    for parameter in parameters:
        source = parameter.default_from
        if parameter.name in values:
            args[parameter.name] = Arg(values[parameter.name], given[parameter.name].value, "step")
        elif source is not None and source in args:
            args[parameter.name] = args[source]._replace(source="layer")
        else:
            args[parameter.name] = Arg(parameter.default, None, "layer")
    return args
