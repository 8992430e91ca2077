"""One class a block, as far as its uses agree in structure: numbers that differ between them are
arguments of its constructor, under the spec's names where it has one."""

from collections.abc import Iterator
from typing import NamedTuple

from archc.emit.constructor import Part, Parts, initialisations
from archc.emit.expression import Expression, Hole, Make, holes, lines, shape_of
from archc.emit.forward import (
    Forward,
    Home,
    Pending,
    is_identity,
    passes,
    without_comments,
)
from archc.emit.initial import Start, alike, loop_lines
from archc.emit.liveness import train_only
from archc.emit.names import RESERVED, class_name, identifier
from archc.emit.pytorch import WIDTH, literal
from archc.graph import CallItem, Graph, OutputItem, Region, inner_regions, outputs

_INDENT = " " * 8

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


class Use(NamedTuple):
    """A block's region that becomes an instance of its class, and one of its calls."""

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
        self.parameters: list[tuple[str, tuple[object, ...]]] = []

    def arguments(self, region: Region) -> list[Hole]:
        """The arguments that make an instance a region."""
        place = next(i for i, use in enumerate(self.uses) if use.region is region)
        return [Hole(column[place], name) for name, column in self.parameters]


class Classes:
    """The classes of a graph, the innermost first."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.classes: list[BlockClass] = []
        self.of_region: dict[int, BlockClass] = {}
        self.helpers: dict[str, str] = {}
        self.alike = alike(graph)
        self._keys: dict[object, BlockClass] = {}
        self._names: set[str] = set()

    def collect(self, name: str) -> None:
        """Finds all classes; the network's is the last one, called `name`."""
        self._names.add(name)
        for use in _uses(self.graph.region, {}):
            self._add(use, class_name(use.call.block.name.name) if use.call else name)
        self._add(Use(self.graph.region, None), name)
        for made in self.classes:
            self._parametrize(made)

    def _add(self, use: Use, name: str) -> None:
        forward, inputs = self._forward(use)
        found = Parts(self._of_block).of_class(use.region)
        starts = initialisations(use.region, self.alike)
        key = (
            use.call.block.span if use.call else None,
            tuple(without_comments(forward)),
            tuple((part, shape_of(made)) for part, made in found),
            tuple(map(shape_of, starts)),
        )
        made = self._keys.get(key)
        if made is None:
            made = BlockClass(self._free(name, network=use.call is None), forward, inputs)
            self._keys[key] = made
            self.classes.append(made)
        elif made.forward != forward:
            made.forward = without_comments(forward)
        made.uses.append(use)
        made.parts.append(found)
        made.starts.append(starts)
        self.of_region[id(use.region)] = made

    def _free(self, name: str, network: bool) -> str:
        if network:
            return name
        number, free = 2, name
        while free in self._names:
            free = f"{name}{number}"
            number += 1
        self._names.add(free)
        return free

    def _of_block(self, item: CallItem) -> Make:
        """A nested block's instance. Its arguments are known once all classes are."""
        made = self.of_region[id(item.region)]
        return Make(made.name, (("", _Nested(id(item.region))),))  # type: ignore[arg-type]

    def _parametrize(self, made: BlockClass) -> None:
        """Makes an argument of every value that differs between the uses."""
        made.parts = [self._resolved(found) for found in made.parts]
        columns = list(zip(*([*_values(found, starts)] for found, starts in zip(made.parts, made.starts, strict=True)), strict=True))
        taken: dict[tuple[object, ...], str] = {}
        for column in columns:
            values = tuple(hole.value for hole in column)
            if len(set(map(repr, values))) == 1 or values in taken:
                continue
            name = self._parameter_name(made, values, column[0].hint)
            while name in taken.values():
                name += "_"
            taken[values] = name
        made.parameters = [(name, values) for values, name in taken.items()]

    def _resolved(self, found: list[Part]) -> list[Part]:
        return [(name, self._resolve(made)) for name, made in found]

    def _resolve(self, expression: Expression) -> Expression:
        """Nested instances with their arguments."""
        if isinstance(expression, Make):
            arguments = expression.arguments
            if len(arguments) == 1 and isinstance(arguments[0][1], _Nested):
                region = arguments[0][1].region
                block = self.of_region[region]
                use = next(use for use in block.uses if id(use.region) == region)
                given = tuple(("", hole) for hole in block.arguments(use.region))
                return Make(expression.target, given)
            inner = tuple((key, self._resolve(argument)) for key, argument in arguments)
            return expression._replace(arguments=inner)
        if isinstance(expression, tuple) and hasattr(expression, "items"):
            items = expression.items  # type: ignore[union-attr]
            if type(expression).__name__ == "Keyed":
                resolved = tuple((key, self._resolve(item)) for key, item in items)
            else:
                resolved = tuple(self._resolve(item) for item in items)
            return expression._replace(items=resolved)  # type: ignore[union-attr, return-value]
        if type(expression).__name__ == "Copies":
            return expression._replace(item=self._resolve(expression.item))  # type: ignore[union-attr]
        return expression

    def _parameter_name(
        self, made: BlockClass, values: tuple[object, ...], hint: str
    ) -> str:
        """The spec's name of a value, else what it is."""
        regions = [use.region for use in made.uses]
        for name in regions[0].bindings:
            if all(_same(r.bindings.get(name), v) for r, v in zip(regions, values, strict=True)):
                if name.isidentifier():
                    return identifier(name, RESERVED)
        sizes = {
            "in_channels": [r.entry.shape for r in regions],
            "out_channels": [r.exit.shape for r in regions],
        }
        for name, shapes in sizes.items():
            channels = [s.channels if s and s.layout != "ids" else None for s in shapes]
            if all(_same(c, v) for c, v in zip(channels, values, strict=True)):
                return name
        return identifier(_HINTS.get(hint, hint or "value"), RESERVED)

    def _forward(self, use: Use) -> tuple[list[str], list[str]]:
        """The lines of `forward` and the names of its inputs."""
        region = use.region
        writer = Forward(train_only=train_only(region) if use.call is None else frozenset())
        inputs = _inputs(self.graph, use, writer)
        shape = region.entry.shape
        value = writer.region(region, Pending(inputs[0], shape, shape), "x", Home("self", "self"))
        found = list(outputs(region)) if use.call is None else []
        self.helpers.update(writer.helpers)
        if found:
            _return_outputs(writer, writer.settle(value, "x"), found)
        else:
            writer.assign("return", value)
            writer.lines = [line.replace("return = ", "return ", 1) for line in writer.lines]
            if value.text == "return" or not writer.lines or not writer.lines[-1].lstrip().startswith(("return", ")")):
                writer.lines.append(f"return {value.text}")
        return writer.lines, inputs

    # --- text ---

    def source(self) -> Iterator[list[str]]:
        """The lines of each class."""
        for made in self.classes:
            ways = self.alike if made is self.classes[-1] else {}
            yield list(_class_lines(made, ways))


class _Nested(NamedTuple):
    """Stands for the arguments of a nested block's instance."""

    region: int


def _values(found: list[Part], starts: list[Expression]) -> Iterator[Hole]:
    for _, made in found:
        yield from holes(made)
    for start in starts:
        yield from holes(start)


def _same(a: object, b: object) -> bool:
    return type(a) is type(b) and a == b


def _uses(region: Region, seen: dict[int, bool]) -> Iterator[Use]:
    """Every called region once, inner ones first."""
    for item in region.items:
        for inner in inner_regions(item):
            if id(inner) in seen:
                continue
            if isinstance(item, CallItem) and not item.inline and not is_identity(inner):
                seen[id(inner)] = True
                yield from _uses(inner, seen)
                yield Use(inner, item)
            else:
                yield from _uses(inner, seen)


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


def _class_lines(made: BlockClass, ways: dict[str, tuple[Start, ...]]) -> Iterator[str]:
    names = {values: name for name, values in made.parameters}
    columns = list(
        zip(*([*_values(f, s)] for f, s in zip(made.parts, made.starts, strict=True)), strict=True)
    )
    texts: dict[int, str] = {}
    for column in columns:
        values = tuple(hole.value for hole in column)
        first = column[0]
        if values in names:
            texts[id(first)] = names[values]
        else:
            texts[id(first)] = "" if first.is_default else literal(first.value)

    def write(hole: Hole) -> str:
        return texts[id(hole)]

    yield f"class {made.name}(nn.Module):"
    if made.parts[0]:
        annotations = ", ".join(f"{name}: {_type(values)}" for name, values in made.parameters)
        head = f"    def __init__(self{', ' if annotations else ''}{annotations}) -> None:"
        if len(head) <= WIDTH:
            yield head
        else:
            yield "    def __init__("
            yield "        self,"
            for name, values in made.parameters:
                yield f"        {name}: {_type(values)},"
            yield "    ) -> None:"
        yield f"{_INDENT}super().__init__()"
        for name, expression in made.parts[0]:
            yield from lines(f"{_INDENT}self.{name} = ", expression, write)
        for start in made.starts[0]:
            yield from lines(_INDENT, start, write)
        for depth, line in loop_lines(ways) if ways else ():
            margin = _INDENT + "    " * depth
            yield from [margin + line] if isinstance(line, str) else lines(margin, line, plain)
        yield ""
    several = any("return {" in line for line in made.forward)
    inputs = ", ".join(f"{name}: torch.Tensor" for name in made.inputs)
    result = "dict[str, torch.Tensor]" if several else "torch.Tensor"
    if several and any(line.strip().startswith("return ") and "{" not in line for line in made.forward):
        result = "torch.Tensor | dict[str, torch.Tensor]"
    yield f"    def forward(self, {inputs}) -> {result}:"
    yield from (_INDENT + line for line in made.forward)


def plain(hole: Hole) -> str:
    """A value as it is."""
    return "" if hole.is_default else literal(hole.value)


def _type(values: tuple[object, ...]) -> str:
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return "bool"
    if kinds == {int}:
        return "int"
    if kinds <= {int, float}:
        return "float"
    if kinds == {str}:
        return "str"
    return "tuple[int, ...]" if kinds == {tuple} else "int | tuple[int, ...]"
