"""How single steps and calls read in `forward`."""

from archc.emit.choices import Applied, Varied
from archc.emit.forward import Forward, Home, below, writes
from archc.emit.pytorch import WIDTH, applied_text, call_text, repeats
from archc.emit.statements import Pending
from archc.graph import (
    Arg,
    CallItem,
    GroupItem,
    LayerItem,
    OutputItem,
    RecallItem,
    ShareItem,
    TapItem,
)
from archc.layers.code import Code
from archc.layers.values import Ref


@writes(LayerItem)
def layer(writer: Forward, item: LayerItem, value: Pending, x: str, home: Home) -> Pending:
    return _written(writer, item, item.code, value, x, home)


@writes(Varied)
def varied(writer: Forward, item: Varied, value: Pending, x: str, home: Home) -> Pending:
    return _written(writer, item.item, item.code, value, x, home)


def _written(
    writer: Forward, item: LayerItem, code: Code, value: Pending, x: str, home: Home
) -> Pending:
    writer.helpers.update(code.helpers)
    if code.init is None and code.call is None:
        return value
    if item.out.id in writer.text.indexed:
        return _pool_with_places(writer, item, value, x)
    starts_line = item.macs != 0 or item.layer.view or value.views or repeats(code.call)
    if starts_line and not value.is_name:
        value = writer.settle(value, x)
    text = _layer_text(writer, item, code, value.text, home)
    if len(text) > WIDTH - 30 and not value.is_name:
        value = writer.settle(value, x)
        text = _layer_text(writer, item, code, value.text, home)
    return Pending(text, value.before, item.output_shape, item.layer.view)


def _pool_with_places(writer: Forward, item: LayerItem, value: Pending, x: str) -> Pending:
    """A pool whose places of maxima are read further on."""
    call = item.layer.indices(item.input_shape)
    assert call is not None
    value = writer.settle(value, x)
    places = writer.text.indexed[item.out.id]
    writer.put(f"{x}, {places} = {call_text(call, value.text)}  # {item.output_shape}")
    return Pending(x, item.output_shape, item.output_shape)


def _layer_text(writer: Forward, item: LayerItem, code: Code, x: str, home: Home) -> str:
    ports = {
        port: writer.text.indexed.get(item.inputs[port].id) or writer.variable(arg.value.name)
        for port, arg in item.args.items()
        if isinstance(arg.value, Ref)
    }
    given = {**dict.fromkeys(item.layer.ports, x), "mask": "mask", **ports}
    return applied_text(code, x, below(home.here, item.name), given)


@writes(Applied)
def applied(writer: Forward, item: Applied, value: Pending, x: str, home: Home) -> Pending:
    """A function that the constructor was given."""
    del x, home
    return Pending(f"self.{item.name}({value.text})", value.before, item.item.output_shape)


@writes(CallItem)
def call(writer: Forward, item: CallItem, value: Pending, x: str, home: Home) -> Pending:
    path = below(home.here, item.name)
    if item.inline:
        value = writer.settle(value, x)
        # The block is written out in place: the body's parts are the caller's.
        bodies = writer.bodies
        writer.bodies = (*bodies, home)
        result = writer.region(item.region, value, x, Home(path, (path,)))
        writer.bodies = bodies
        for hand in item.handed:
            if hand.output is None:
                name = writer.variable(f"{item.name}.{hand.name}")
                writer.put(f"{name} = {writer.variable(hand.name)}")
        return result
    if not writer.text.builds(item):
        return value
    value = writer.settle(value, x)
    arguments = [value.text, *(_passed(writer, arg) for arg in item.args.values() if passes(arg))]
    if writer.text.masks.needed(item.region):
        arguments.append("mask")
    text = f"{path}({', '.join(arguments)})"
    if not item.handed:
        return Pending(text, value.shape, item.out.shape)
    names = [
        writer.variable(f"{item.name}.{hand.name}" if hand.output is None else hand.name)
        for hand in item.handed
    ]
    comment = f"  # {item.out.shape}" if item.out.shape != value.shape else ""
    writer.put(f"{', '.join([x, *names])} = {text}{comment}")
    return Pending(x, item.out.shape, item.out.shape)


def passes(arg: Arg) -> bool:
    """Whether an argument is a value of the network."""
    return isinstance(arg.value, Ref)


def _passed(writer: Forward, arg: Arg) -> str:
    """The variable of a value that a call passes on."""
    assert isinstance(arg.value, Ref)
    return writer.variable(arg.value.name)


@writes(GroupItem)
def group(writer: Forward, item: GroupItem, value: Pending, x: str, home: Home) -> Pending:
    if item.region.kind != "body":
        here = below(home.here, item.name or "")
        return writer.region(item.region, value, x, Home(here, home.homes))
    *outer, around = bodies = writer.bodies
    writer.bodies = tuple(outer)
    value = writer.region(item.region, value, x, around)
    writer.bodies = bodies
    return value


@writes(ShareItem)
def share(writer: Forward, item: ShareItem, value: Pending, x: str, home: Home) -> Pending:
    homes = home.homes[: len(home.homes) - item.up]
    inner = Home(f"{homes[-1]}.{item.name}", homes)
    return writer.region(item.region, value, x, inner)


@writes(TapItem)
def tap(writer: Forward, item: TapItem, value: Pending, x: str, home: Home) -> Pending:
    """A variable for the value, if it is read."""
    if item.name not in writer.text.read:
        return value
    return writer.hold(value._replace(shape=item.value.shape), writer.variable(item.name))


@writes(OutputItem)
def output(writer: Forward, item: OutputItem, value: Pending, x: str, home: Home) -> Pending:
    return writer.hold(value._replace(shape=item.value.shape), writer.variable(item.name))


@writes(RecallItem)
def recall(writer: Forward, item: RecallItem, value: Pending, x: str, home: Home) -> Pending:
    return Pending(writer.variable(item.name), item.out.shape, item.out.shape)
