"""One class a block, as far as its uses agree in structure: numbers that differ between them are
arguments of its constructor, under the spec's names where it has one."""

from collections.abc import Iterator
from typing import NamedTuple

from archc.emit.constructor import Part, Parts, initialisations
from archc.emit.expression import Expression, Hole, Instance, Make, holes, resolved, shape_of
from archc.emit.forward import (
    Forward,
    Home,
    is_identity,
    passes,
)
from archc.emit.initial import Start, alike
from archc.emit.liveness import train_only
from archc.emit.names import RESERVED, class_name, identifier
from archc.emit.pytorch import literal
from archc.emit.statements import Pending, without_comments
from archc.graph import CallItem, Graph, LayerItem, OutputItem, Region, inner_regions, outputs
from archc.layers.base import Pooled

# Names for numbers that the spec has no name for, by the argument that they stand in.
_HINTS = {
    "C": "channels",
    "c": "channels",
    "k": "kernel_size",
    "s": "stride",
    "p": "padding",
    "d": "dilation",
    "g": "groups",
}

Column = tuple[object, ...]
"""The values in one place of a class's text, one a use."""


class Use(NamedTuple):
    """A region that becomes an instance of a class, and a call of it; the network has none."""

    region: Region
    call: CallItem | None


class BlockClass:
    """A class and the regions that are its instances."""

    def __init__(self, name: str, forward: list[str], inputs: list[str]) -> None:
        self.name = name
        self.forward = forward
        self.inputs = inputs
        self.uses: list[Use] = []
        self.parts: list[list[Part]] = []
        self.starts: list[list[Expression]] = []
        self.parameters: dict[Column, str] = {}

    def columns(self) -> Iterator[tuple[Column, Hole]]:
        """The values of each place, and the place in the first use's text."""
        rows = [
            [hole for made in (*(part for _, part in found), *starts) for hole in holes(made)]
            for found, starts in zip(self.parts, self.starts, strict=True)
        ]
        for column in zip(*rows, strict=True):
            yield tuple(hole.value for hole in column), column[0]

    def instance(self, region: int) -> Make:
        """The call that makes the instance of a region."""
        place = next(i for i, use in enumerate(self.uses) if id(use.region) == region)
        given = (("", Hole(column[place], name)) for column, name in self.parameters.items())
        return Make(self.name, tuple(given))


class Classes:
    """The classes of a graph in the order of their definition, the network's last."""

    def __init__(self, graph: Graph, name: str) -> None:
        self.graph = graph
        self.classes: list[BlockClass] = []
        self.helpers: dict[str, str] = {}
        self.alike: dict[str, tuple[Start, ...]] = alike(graph)
        self._of_region: dict[int, BlockClass] = {}
        self._keys: dict[object, BlockClass] = {}
        self._names = {name}
        for use in _uses(graph.region, set()):
            assert use.call is not None
            self._add(use, class_name(use.call.block.name.name))
        self._add(Use(graph.region, None), name)
        for made in self.classes:
            self._parametrize(made)

    def _add(self, use: Use, name: str) -> None:
        forward, inputs = self._forward(use)
        found = Parts(self._instance).of_class(use.region)
        starts = initialisations(use.region, self.alike)
        key = (
            use.call.block.span if use.call else None,
            tuple(without_comments(forward)),
            tuple((part, shape_of(made)) for part, made in found),
            tuple(map(shape_of, starts)),
        )
        made = self._keys.get(key)
        if made is None:
            made = BlockClass(name if use.call is None else self._free(name), forward, inputs)
            self._keys[key] = made
            self.classes.append(made)
        elif made.forward != forward:
            made.forward = without_comments(forward)
        made.uses.append(use)
        made.parts.append(found)
        made.starts.append(starts)
        self._of_region[id(use.region)] = made

    def _free(self, name: str) -> str:
        number, free = 2, name
        while free in self._names:
            free = f"{name}{number}"
            number += 1
        self._names.add(free)
        return free

    def _instance(self, item: CallItem) -> Instance:
        region = id(item.region)
        return Instance(self._of_region[region].name, region)

    def _make(self, instance: Instance) -> Make:
        return self._of_region[instance.region].instance(instance.region)

    def _parametrize(self, made: BlockClass) -> None:
        """Makes an argument of every value that differs between the uses; equal columns are one."""
        made.parts = [
            [(name, resolved(part, self._make)) for name, part in found] for found in made.parts
        ]
        for column, hole in made.columns():
            if column in made.parameters or len(set(map(repr, column))) == 1:
                continue
            name = _parameter_name(made, column, hole.hint)
            while name in made.parameters.values():
                name += "_"
            made.parameters[column] = name

    def _forward(self, use: Use) -> tuple[list[str], list[str]]:
        """The lines of `forward` and the names of its inputs."""
        region = use.region
        train = train_only(region) if use.call is None else frozenset()
        writer = Forward(train_only=train, indexed=dict(_places(region)))
        inputs = _inputs(self.graph, use, writer)
        shape = region.entry.shape
        start = Pending(inputs[0], shape, shape)
        value = writer.region(region, start, "x", Home("self", "self"))
        found = list(outputs(region)) if use.call is None else []
        if found:
            _return_outputs(writer, writer.settle(value, "x"), found)
        else:
            writer.give_back(value)
        self.helpers.update(writer.helpers)
        return writer.lines, inputs


def _parameter_name(made: BlockClass, column: Column, hint: str) -> str:
    """The spec's name of a value, else what it is."""
    regions = [use.region for use in made.uses]
    for name in regions[0].bindings:
        bound = (region.bindings.get(name) for region in regions)
        if name.isidentifier() and all(map(_same, bound, column)):
            return identifier(name, RESERVED)
    for name, values in (
        ("in_channels", [region.entry for region in regions]),
        ("out_channels", [region.exit for region in regions]),
    ):
        shapes = [value.shape for value in values]
        channels = (s.channels if s and s.layout != "ids" else None for s in shapes)
        if all(map(_same, channels, column)):
            return name
    return identifier(_HINTS.get(hint, hint or "value"), RESERVED)


def _same(a: object, b: object) -> bool:
    return type(a) is type(b) and a == b


def _uses(region: Region, seen: set[int]) -> Iterator[Use]:
    """Every called region once, inner ones first."""
    for item in region.items:
        for inner in inner_regions(item):
            if id(inner) in seen:
                continue
            seen.add(id(inner))
            yield from _uses(inner, seen)
            if isinstance(item, CallItem) and not item.inline and not is_identity(inner):
                yield Use(inner, item)


def _places(region: Region) -> Iterator[tuple[int, str]]:
    """The pools whose places of maxima are read in a class's text, with a variable for them."""
    for item in region.items:
        if isinstance(item, LayerItem):
            for port in item.layer.ports:
                if isinstance(getattr(item.layer, port), Pooled):
                    yield item.inputs[port].id, f"places{item.inputs[port].id}"
        elif not isinstance(item, CallItem) or item.inline:
            for inner in inner_regions(item):
                yield from _places(inner)


def _inputs(graph: Graph, use: Use, writer: Forward) -> list[str]:
    if use.call is None:
        return [writer.variable(put.name) if put.name else "x" for put in graph.inputs]
    names = [name for name, arg in use.call.args.items() if passes(arg)]
    return ["x", *map(writer.variable, names)]


def _return_outputs(writer: Forward, value: Pending, found: list[OutputItem]) -> None:
    """One value is returned bare, several as a dict; training may return more."""
    named = writer.variable(found[-1].name) == value.text and not found[-1].train
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
