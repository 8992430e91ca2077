"""One class a block, as far as its uses can be made alike: numbers that differ between them are
arguments of its constructor, and what only some of them build is under an `if`."""

from collections.abc import Mapping, Sequence

from archc.emit.alike import Alike
from archc.emit.arguments import Unsuitable, Use
from archc.emit.constructor import OriginOf, Part, Parts, part_holes
from archc.emit.draft import body_of
from archc.emit.expression import Expression, Hole, Make
from archc.emit.imports import imported_classes
from archc.emit.initial import Start, alike
from archc.emit.names import class_name
from archc.emit.room import Room
from archc.emit.starts import initialisations
from archc.emit.statements import without_comments
from archc.emit.uses import groups
from archc.emit.windows import Masks
from archc.emit.writing import again, written
from archc.graph import CallItem, Graph, Region, largest
from archc.tuples import NamedTuple


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
        self.arguments, self.parts, self.starts = written(
            [draft.use for draft in drafts],
            [draft.parts for draft in drafts],
            [draft.starts for draft in drafts],
            offered,
        )
        self._places = {id(draft.use.region): i for i, draft in enumerate(drafts)}

    def instance(self, item: CallItem, origin: OriginOf) -> Make:
        """The call that makes the instance of a region."""
        place = self._places[id(item.region)]
        given: list[tuple[str, Expression]] = []
        for p in self.arguments.parameters:
            hint = "C" if p.name == "in_channels" else p.name
            value, key = p.values[place], "" if p.required else p.name
            by_default = not p.required and value == p.default
            hole = Hole((value,), hint, by_default, (origin(p.name.rstrip("_")),))
            given.append((key, hole))
        return Make(self.name, tuple(given))


class Classes:
    """The classes of a graph in the order of their definition, the network's last.

    `variants` are the same network at other values of the parameters that are `offered` as
    arguments of its class. Raises Unsuitable where one class cannot serve all of them, ArchError
    where there is no room for their text.
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
        self.imported = imported_classes(graph, name)
        self._names = {name, *self.imported.values()}
        graphs = (graph, *variants)
        self.room = Room(largest(graph.region), len(graphs))
        self.masks = Masks()
        if any(alike(variant) != self.alike for variant in variants):
            raise Unsuitable
        self._owners = frozenset(
            item.owner.site
            for made in graphs
            for item in made.distinct_layers()
            if item.owner is not None
        )
        self._again: dict[int, str] = {}
        for depths in groups(made.region for made in graphs):
            if len(depths) == 1 or not self._add_recursive(depths):
                for uses in depths:
                    self._add(uses)
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

    def _add(self, uses: list[Use]) -> None:
        """The classes of a block: one if all uses can be made alike."""
        drafts = self._drafts(uses)
        alike: dict[object, list[Draft]] = {}
        for draft in drafts:
            alike.setdefault(draft.key, []).append(draft)
        if len(alike) > 1:
            for group in alike.values():
                self._add([draft.use for draft in group])
        elif not _is_identity(drafts[0]):
            self._define(BlockClass(self._free(_name_of(uses)), drafts))

    def _add_recursive(self, depths: list[list[Use]]) -> bool:
        """One class for a block that calls itself; false where its depths cannot be made alike."""
        uses = [use for found in depths for use in found]
        name = self._free(_name_of(uses))
        self._again = {id(use.region): name for use in uses}
        drafts = self._drafts(uses)
        self._again = {}
        try:
            if len({draft.key for draft in drafts}) > 1:
                raise Unsuitable
            self._define(BlockClass(name, drafts))
        except Unsuitable:
            self._names.discard(name)
            return False
        return True

    def _drafts(self, uses: list[Use]) -> list[Draft]:
        call = uses[0].call
        assert call is not None
        parameters = frozenset(p.name.name for p in call.block.parameters)
        given = [use.region for use in uses]
        regions = Alike(given, parameters).regions(given)
        return [self._draft(use, made) for use, made in zip(uses, regions, strict=True)]

    def _define(self, made: BlockClass) -> None:
        self.classes.append(made)
        for use in made.arguments.uses:
            self._of_region[id(use.region)] = made

    def _draft(self, use: Use, region: Region, network: bool = False) -> Draft:
        body = body_of(self.graph, use, region, self._builds, self.room, self.masks, network)
        self.helpers.update(body.helpers)
        parts = Parts(self._make, region.entry, self.imported).of_class(region)
        starts = initialisations(region, self.alike, self._owners)
        return Draft(use, body.lines, body.inputs, parts, starts)

    def _builds(self, item: CallItem) -> bool:
        return id(item.region) in self._of_region or id(item.region) in self._again

    def _free(self, name: str) -> str:
        number, free = 2, name
        while free in self._names:
            free = f"{name}{number}"
            number += 1
        self._names.add(free)
        return free

    def _make(self, item: CallItem, origin: OriginOf) -> Expression | None:
        region = id(item.region)
        if region in self._again:
            return again(self._again[region], item, origin)
        made = self._of_region.get(region)
        return None if made is None else made.instance(item, origin)


def _name_of(uses: list[Use]) -> str:
    assert uses[0].call is not None
    return class_name(uses[0].call.block.name.name)


def _is_identity(draft: Draft) -> bool:
    return draft.forward == ["return x"] and not draft.parts
