"""A layer in its place: its arguments bound, what arrives at its ports, its shape."""

from archc.elaborate.arguments import Bound, bind
from archc.elaborate.walk import Walker
from archc.errors import composition as composed
from archc.errors import names as errors
from archc.graph import LayerItem, Value, known
from archc.layers.base import Layer, Mismatch, Pooled
from archc.layers.values import Ref
from archc.layers.windowed import InWindow, Placed
from archc.shape import Shape
from archc.syntax import tree as t


def place_layer(walker: Walker, call: t.Call, declared: type[Layer], name: str) -> None:
    """A layer in the pipe."""
    x = walker.x
    if call.body is not None:
        walker.report(errors.no_body(call.body.span, call.name.name))
    if x is not None:
        try:
            declared.accept(x)
        except Mismatch as mismatch:
            walker.refuse(call.span, mismatch, {})
            # Its arguments are still checked for names and kinds.
            _bound(walker, call, declared, None)
            walker.flow(mismatch.result, call.span)
            return
    bound = _bound(walker, call, declared, x)
    inputs = _ports(walker, bound)
    if x is None or bound.layer is None or inputs is None:
        walker.flow(None, call.span)
        return
    layer = _placed(walker, call, bound.layer, inputs)
    try:
        shape = layer.shape(x)
    except Mismatch as mismatch:
        walker.refuse(call.span, mismatch, bound.places)
        walker.flow(mismatch.result, call.span)
        return
    inputs = {"x": walker.value, **inputs}
    out = walker.flow(shape, call.span)
    item = LayerItem(call.span, declared.word, name, layer, bound.args, inputs, out)
    walker.frame.made[out.id] = item
    walker.items.append(item)


def _placed(walker: Walker, call: t.Call, layer: Layer, inputs: dict[str, Value]) -> Layer:
    """The layer with what it knows of its place."""
    frame = walker.frame
    layer = layer.with_ports(**{port: _arriving(walker, v) for port, v in inputs.items()})
    around = frame.window or frame.outer_window
    if not isinstance(layer, InWindow) or around is None:
        return layer
    if around.masked and frame.window is None:
        what = "`attn` in a block that is called inside of shifted windows"
        walker.report(errors.not_yet(call.span, what))
    return layer.inside(Placed(around.sides, around.masked))


def _arriving(walker: Walker, value: Value) -> Shape | Pooled:
    """What arrives at a port: of a pool's result the pool as well."""
    shape = known(value)
    made = walker.frame.made.get(value.id)
    if made is None or made.layer.indices(made.input_shape) is None:
        return shape
    return Pooled(made.layer, made.input_shape, shape)


def _bound(walker: Walker, call: t.Call, declared: type[Layer], x: Shape | None) -> Bound:
    """The layer of a step's arguments."""
    rank = None if x is None else x.rank
    overrides = walker.scope.overrides(declared.word)
    bound = bind(call, declared, walker.names, rank, overrides)
    for diagnostic in bound.diagnostics:
        walker.report(diagnostic)
    return bound


def _ports(walker: Walker, bound: Bound) -> dict[str, Value] | None:
    """The values that a layer's arguments name; None where one is not there or not known."""
    found: dict[str, Value] = {}
    for port, arg in bound.args.items():
        if not isinstance(arg.value, Ref):
            continue
        value = walker.named_value(arg.value.name, bound.places[port])
        if value is None and not walker.named_later(arg.value.name):
            walker.report(composed.unknown_value(bound.places[port], arg.value.name))
        if value is None or value.shape is None:
            return None
        found[port] = value
    return found
