"""What one use of a class's text gives: `forward` as lines, and its inputs."""

from collections.abc import Callable, Iterator

from archc.emit import branches, flow, turns  # noqa: F401  (they say how items read)
from archc.emit.arguments import Use
from archc.emit.flow import passes
from archc.emit.forward import Forward, Home, Text
from archc.emit.pytorch import literal
from archc.emit.room import Room
from archc.emit.statements import Pending
from archc.emit.windows import Masks
from archc.graph import (
    CallItem,
    Graph,
    LayerItem,
    OutputItem,
    RecallItem,
    Region,
    outputs,
    own_items,
)
from archc.layers.base import Pooled
from archc.layers.values import Ref
from archc.tuples import NamedTuple


class Body(NamedTuple):
    """The lines of `forward`, the names of its inputs, and the helpers it needs."""

    lines: list[str]
    inputs: list[str]
    helpers: dict[str, str]


def body_of(
    graph: Graph,
    use: Use,
    region: Region,
    builds: Callable[[CallItem], bool],
    room: Room,
    masks: Masks,
    network: bool,
) -> Body:
    """The text of `forward` for a use, whose region may have been made like others. Raises
    ArchError where there is no room for it."""
    text = Text(
        dict(_places(use.region)),
        frozenset(_read(use.region)) | {h.name for h in use.region.hands},
        builds,
        set(),
        room,
        masks,
    )
    writer = Forward(text)
    inputs = _inputs(graph, use, writer, network)
    shape = region.entry.shape
    start = Pending(inputs[0], shape, shape)
    hands = () if network else use.region.hands
    value = writer.top(region, start, "x", Home("self", ("self",)))
    if any(line.startswith("if self.training:") for line in writer.lines):
        missing = (hand for hand in hands if hand.output is not None and hand.output.train)
        writer.lines[:0] = [f"{writer.variable(hand.name)} = None" for hand in missing]
    found = list(outputs(use.region.items)) if network else []
    if found:
        named = found[-1] is use.region.items[-1] and not found[-1].train
        _return_outputs(writer, writer.settle(value, "x"), found, named)
    elif hands:
        value = writer.settle(value, "x")
        writer.put(f"return {', '.join([value.text, *(writer.variable(h.name) for h in hands)])}")
    else:
        writer.give_back(value)
    return Body(writer.lines, inputs, writer.helpers)


def _inputs(graph: Graph, use: Use, writer: Forward, network: bool) -> list[str]:
    if network:
        return [writer.variable(put.name) if put.name else "x" for put in graph.inputs]
    assert use.call is not None
    names = [name for name, arg in use.call.args.items() if passes(arg)]
    mask = ["mask"] if writer.text.masks.needed(use.region) else []
    return ["x", *map(writer.variable, names), *mask]


def _places(region: Region) -> Iterator[tuple[int, str]]:
    """The pools whose places of maxima are read in a class's text, with a variable for them."""
    for item in own_items(region):
        if isinstance(item, LayerItem):
            for port in item.layer.ports:
                if isinstance(getattr(item.layer, port), Pooled):
                    yield item.inputs[port].id, f"places{item.inputs[port].id}"


def _read(region: Region) -> Iterator[str]:
    """The names of values that a class's text reads."""
    for item in own_items(region):
        if isinstance(item, RecallItem):
            yield item.name
        elif isinstance(item, LayerItem | CallItem):
            yield from (arg.value.name for arg in item.args.values() if isinstance(arg.value, Ref))


def _return_outputs(writer: Forward, value: Pending, found: list[OutputItem], named: bool) -> None:
    """One value is returned bare, several as a dict; training may return more. `named` says whether
    the last output is the final value."""
    final = (found[-1].name if named else "out", value.text)
    others = found[:-1] if named else found
    kept = [(o.name, writer.variable(o.name)) for o in others if not o.train]
    train = [(o.name, writer.variable(o.name)) for o in others if o.train]
    if train:
        writer.put("if self.training:")
        writer.put(f"    return {_dict([final, *kept, *train])}")
    writer.put(f"return {_dict([final, *kept]) if kept else value.text}")


def _dict(pairs: list[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{literal(name)}: {text}" for name, text in pairs) + "}"
