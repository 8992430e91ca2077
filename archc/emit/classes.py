"""One class a block, as far as its uses can be made alike: numbers that differ between them are
arguments of its constructor, and what only some of them build is under an `if`."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from archc.emit.arguments import Arguments, Unsuitable, Use
from archc.emit.choices import Alike
from archc.emit.constructor import (
    Named,
    OriginOf,
    Part,
    Parts,
    When,
    joined_parts,
    part_holes,
)
from archc.emit.draft import body_of
from archc.emit.expression import Expression, Hole, Make, Rows, Table, children, with_children
from archc.emit.initial import Start, alike
from archc.emit.names import class_name
from archc.emit.proof import constant
from archc.emit.pytorch import literal
from archc.emit.starts import initialisations
from archc.emit.statements import without_comments
from archc.emit.uses import groups
from archc.graph import CallItem, Graph, Region


class Draft(NamedTuple):
    """A use's text: lines of `forward` and the names of its inputs, parts, and what starts them."""

    use: Use
    forward: list[str]
    inputs: list[str]
    parts: tuple[Part, ...]
    starts: tuple[Part, ...]

    @property
    def key(self) -> object:
        """Equal for uses that one class can serve."""
        made = tuple(map(part_holes, (*self.parts, *self.starts)))
        return tuple(without_comments(self.forward)), made


class BlockClass:
    """A class and the regions that are its instances. With `offered` it is a network's, which may
    take these arguments and no others."""

    def __init__(
        self, name: str, drafts: list[Draft], offered: frozenset[str] | None = None
    ) -> None:
        first = drafts[0]
        self.name = name
        equal = all(draft.forward == first.forward for draft in drafts)
        self.forward = first.forward if equal else without_comments(first.forward)
        self.inputs = first.inputs
        self.arguments, self.parts, self.starts = _constructor(drafts, offered)
        self._places = {id(draft.use.region): i for i, draft in enumerate(drafts)}

    def instance(self, item: CallItem, origin: OriginOf) -> Make:
        """The call that makes the instance of a region."""
        place = self._places[id(item.region)]
        given: list[tuple[str, Expression]] = []
        for p in self.arguments.parameters:
            hint = "C" if p.name == "in_channels" else p.name
            value, key = p.values[place], "" if p.required else p.name
            hole = Hole((value,), hint, value == p.default, (origin(p.name.rstrip("_")),))
            given.append((key, hole))
        return Make(self.name, tuple(given))


class Classes:
    """The classes of a graph in the order of their definition, the network's last.

    `variants` are the same network at other values of the parameters that are `offered` as
    arguments of its class. Raises Unsuitable where one class cannot serve all of them.
    """

    def __init__(
        self,
        graph: Graph,
        name: str,
        variants: Sequence[Graph] = (),
        offered: frozenset[str] = frozenset(),
    ) -> None:
        self.graph = graph
        self.classes: list[BlockClass] = []
        self.helpers: dict[str, str] = {}
        self.alike: Mapping[str, tuple[Start, ...]] = alike(graph)
        self._of_region: dict[int, BlockClass] = {}
        self._names = {name}
        graphs = (graph, *variants)
        if any(alike(variant) != self.alike for variant in variants):
            raise Unsuitable
        for uses in groups(made.region for made in graphs):
            block = uses[0].call
            assert block is not None
            self._add(uses, class_name(block.block.name.name))
        regions = Alike([made.region for made in graphs], frozenset()).regions(
            [made.region for made in graphs]
        )
        drafts = [
            self._draft(Use(made.region, made.call), region, network=True)
            for made, region in zip(graphs, regions, strict=True)
        ]
        if len({draft.key for draft in drafts}) > 1:
            raise Unsuitable
        # Sizes along the way are those of the network itself.
        network = BlockClass(name, drafts, offered)
        network.forward = drafts[0].forward
        self.classes.append(network)

    def _add(self, uses: list[Use], name: str) -> None:
        """The classes of a block: one if all uses can be made alike."""
        call = uses[0].call
        assert call is not None
        parameters = frozenset(p.name.name for p in call.block.parameters)
        regions = Alike([use.region for use in uses], parameters).regions(
            [use.region for use in uses]
        )
        drafts = [self._draft(use, made) for use, made in zip(uses, regions, strict=True)]
        groups: dict[object, list[Draft]] = {}
        for draft in drafts:
            groups.setdefault(draft.key, []).append(draft)
        if len(groups) > 1:
            for group in groups.values():
                self._add([draft.use for draft in group], name)
            return
        if _is_identity(drafts[0]):
            return
        made = BlockClass(self._free(name), drafts)
        self.classes.append(made)
        for use in uses:
            self._of_region[id(use.region)] = made

    def _draft(self, use: Use, region: Region, network: bool = False) -> Draft:
        body = body_of(self.graph, use, region, self._builds, network)
        self.helpers.update(body.helpers)
        parts = Parts(self._make, region.entry).of_class(region)
        starts = initialisations(region, self.alike)
        return Draft(use, body.lines, body.inputs, parts, starts)

    def _builds(self, item: CallItem) -> bool:
        return id(item.region) in self._of_region

    def _free(self, name: str) -> str:
        number, free = 2, name
        while free in self._names:
            free = f"{name}{number}"
            number += 1
        self._names.add(free)
        return free

    def _make(self, item: CallItem, origin: OriginOf) -> Make | None:
        made = self._of_region.get(id(item.region))
        return None if made is None else made.instance(item, origin)


def _rows(hole: Hole, arguments: Arguments) -> Expression:
    """A table that all uses agree on, else an argument."""
    value = hole.values[0]
    if constant(hole.values) and isinstance(value, tuple):
        return _laid_out(value)
    return arguments.write(hole, {})


def _laid_out(value: object) -> Expression:
    """A tuple of numbers or of further tuples, to be broken into lines where it is long."""
    return Rows(tuple(map(_laid_out, value))) if type(value) is tuple else literal(value)


def _constructor(
    drafts: list[Draft], offered: frozenset[str] | None
) -> tuple[Arguments, tuple[Part, ...], tuple[Part, ...]]:
    """Arguments and parts with the texts of their numbers. What is an argument for one number is
    read by all others whose text names it: they are written again until no further one is found."""
    uses = [draft.use for draft in drafts]
    parts = [joined_parts(row) for row in zip(*(d.parts for d in drafts), strict=True)]
    starts = [joined_parts(row) for row in zip(*(d.starts for d in drafts), strict=True)]
    known: frozenset[str] = frozenset()
    while True:
        arguments = Arguments(uses, known, offered)
        made = tuple(_written(part, arguments) for part in parts)
        started = tuple(_written(part, arguments) for part in starts)
        if known.issuperset(arguments.found):
            return arguments, made, started
        known |= frozenset(arguments.found)


def _is_identity(draft: Draft) -> bool:
    return draft.forward == ["return x"] and not draft.parts


def _written(part: Part, arguments: Arguments) -> Part:
    """A part with the texts of its numbers."""
    if isinstance(part, Named):
        return part._replace(made=_filled(part.made, arguments, {}))
    test = arguments.write(part.test, {})
    then = tuple(_written(inner, arguments) for inner in part.then)
    otherwise = tuple(_written(inner, arguments) for inner in part.otherwise)
    return When(part.flag, test, then, otherwise)  # type: ignore[arg-type]


def _filled(
    expression: Expression, arguments: Arguments, siblings: Mapping[str, Hole]
) -> Expression:
    if isinstance(expression, Hole):
        return arguments.write(expression, siblings)
    if isinstance(expression, Table) and isinstance(expression.rows, Hole):
        rows = _rows(expression.rows, arguments)
        return expression._replace(item=_filled(expression.item, arguments, {}), rows=rows)
    inner = children(expression)
    around = {hole.hint: hole for hole in inner if isinstance(hole, Hole)}
    made = with_children(expression, tuple(_filled(e, arguments, around) for e in inner))
    return made.single() if isinstance(made, Table) else made
