"""A layer in its place: its arguments bound, what arrives at its ports, its shape."""

from collections.abc import Hashable, Mapping

from archc.elaborate.arguments import Bound, bind
from archc.elaborate.evaluate import evaluate
from archc.elaborate.faults import Fault, Unknown
from archc.elaborate.names import exact
from archc.elaborate.walk import Walker
from archc.errors import names as errors
from archc.errors.steps import no_body
from archc.graph import Arg, Item, LayerItem, Value, known
from archc.layers.base import Layer, Mismatch, Pooled
from archc.layers.cures import Put
from archc.layers.kinds import Named, Tied
from archc.layers.settled import refuse_large_weights, refuse_open, settled
from archc.layers.values import Ref, Word
from archc.layers.windowed import InWindow, Placed
from archc.shape import Shape
from archc.syntax import tree as t
from archc.tuples import NamedTuple


class Made(NamedTuple):
    """What becomes of a step: layer, arguments, the values at its ports, the result, and the
    label of the step whose weight it takes, with the layer that has it."""

    layer: Layer
    args: Mapping[str, Arg]
    ports: Mapping[str, Value]
    shape: Shape
    label: str | None = None
    owner: LayerItem | None = None


def place_layer(
    walker: Walker, call: t.Call, declared: type[Layer], name: str, in_text: bool
) -> None:
    """A layer in the pipe."""
    made = _made(walker, call, declared, in_text)
    if made is None:
        return
    inputs = {"x": walker.value, **made.ports}
    out = walker.flow(made.shape, call.span)
    item = LayerItem(call.span, declared.word, name, made.layer, made.args, inputs, out, made.owner)
    if declared.indices is not Layer.indices:
        walker.frame.pools[out.id] = item
    walker.items.append(item)


def _key(walker: Walker, call: t.Call, declared: type[Layer]) -> Hashable:
    """All that decides what a step's arguments are; None where the shape or one of them is not
    known."""
    x, names = walker.x, walker.names
    if x is None:
        return None
    overrides = walker.scope.overrides(declared.word)
    values: list[Hashable] = []
    try:
        for argument in call.arguments:
            if argument.form == "rest":
                values.append(exact(names.get(argument.name or "")))
            else:
                values.append(exact(evaluate(argument.value, names)))
        for given in overrides:
            there = names.bind(given.names)
            values += [exact(evaluate(one.value, there)) for one in given.arguments.values()]
    except (Fault, Unknown):
        return None
    return (id(call), declared, x.rank, tuple(given.key for given in overrides), tuple(values))


def _made(walker: Walker, call: t.Call, declared: type[Layer], in_text: bool) -> Made | None:
    """The layer of a step; None behind a mistake, which is reported here."""
    x = walker.x
    if call.body is not None:
        walker.report(no_body(call.body.span, call.name.name))
    if x is not None:
        try:
            declared.accept(x)
        except Mismatch as mismatch:
            walker.refuse(call.span, mismatch, call)
            cures = () if walker.inner or walker.frame.calls else mismatch.cures
            given = next((cure.gives for cure in cures if isinstance(cure, Put)), None)
            # Its arguments are still checked; what flows on is what the help would lead to.
            bound = _bound(walker, call, declared, given, None)
            walker.flow(mismatch.result or _behind(bound.layer, given), call.span)
            return None
    bound = _bound(walker, call, declared, x, _key(walker, call, declared) if in_text else None)
    inputs = _ports(walker, bound)
    label, named = _tied(walker, call, bound)
    if x is None or bound.layer is None or inputs is None:
        walker.flow(None, call.span)
        return None
    layer = _placed(walker, call, bound.layer, inputs)
    owner = named.owner or named if isinstance(named, LayerItem) else None
    if label is not None:
        layer = layer.with_ports(tie=named and Tied(label, owner.weight if owner else None))
    try:
        shape = settled(layer.word, x, lambda: layer.shape(x))
        if x.open or layer.ports:
            refuse_open(layer, x)
        refuse_large_weights(layer, x)
        return Made(layer, bound.args, inputs, shape, label, owner)
    except Mismatch as mismatch:
        walker.refuse(call.span, mismatch, call, bound.given)
        walker.flow(mismatch.result, call.span)
        return None


def _behind(layer: Layer | None, x: Shape | None) -> Shape | None:
    """The shape behind a layer, if it takes what it is given."""
    if layer is None or x is None or layer.ports:
        return None
    try:
        layer.accept(x)
        return settled(layer.word, x, lambda: layer.shape(x))
    except Mismatch:
        return None


def _placed(walker: Walker, call: t.Call, layer: Layer, inputs: dict[str, Value]) -> Layer:
    """The layer with what it knows of its place."""
    frame = walker.frame
    if inputs:
        arriving = {port: _arriving(walker, layer, port, inputs[port]) for port in inputs}
        layer = layer.with_ports(**arriving)
    around = frame.window or frame.outer_window
    if not isinstance(layer, InWindow) or around is None:
        return layer
    return layer.inside(Placed(around.sides, around.masked))


def _tied(walker: Walker, call: t.Call, bound: Bound) -> tuple[str | None, Item | None]:
    """The label that a layer's `tie` gives, and what has it: None behind a mistake."""
    given = bound.args.get("tie")
    if given is None or not isinstance(given.value, Word):
        return None, None
    label, labels = given.value, walker.frame.labels
    if label not in labels:
        place = bound.given["tie"].span if "tie" in bound.given else call.span
        walker.report(errors.unknown_label(place, label, tuple(labels)))
    elif bound.args["w"].source == "step":
        both = "expected `tie` without `w`: the weight starts where it is made"
        walker.refuse(call.span, Mismatch("E0211", both, about="w"), call, bound.given)
    return label, labels.get(label)


def _arriving(walker: Walker, layer: Layer, port: str, value: Value) -> Shape | Pooled:
    """What arrives at a port: of a pool's result the pool as well, where the port asks for it."""
    shape = known(value)
    made = walker.frame.pools.get(value.id)
    kind = next(parameter.kind for parameter in layer.parameters if parameter.name == port)
    if made is None or not (isinstance(kind, Named) and kind.indices):
        return shape
    return Pooled(made.layer, made.input_shape, shape)


def _bound(
    walker: Walker, call: t.Call, declared: type[Layer], x: Shape | None, key: Hashable
) -> Bound:
    """The layer of a step's arguments. What they make under a key is remembered: most steps of a
    large network are copies."""
    bound = walker.context.bound.get(key)
    if bound is None:
        rank = None if x is None else x.rank
        overrides = walker.scope.overrides(declared.word)
        bound = bind(call, declared, walker.names, rank, overrides)
        walker.report(*bound.diagnostics)
        if key is not None and bound.layer is not None and not bound.diagnostics:
            walker.context.bound[key] = bound
    return bound


def _ports(walker: Walker, bound: Bound) -> dict[str, Value] | None:
    """The values that a layer's arguments name; None where one is not there or not known."""
    found: dict[str, Value] = {}
    for port, arg in bound.args.items():
        if not isinstance(arg.value, Ref):
            continue
        value = walker.frame.find(arg.value.name)
        if value is None and not walker.named_later(arg.value.name):
            value = walker.no_value(bound.given[port].span, arg.value.name)
        if value is None or value.shape is None:
            return None
        found[port] = value
    return found
