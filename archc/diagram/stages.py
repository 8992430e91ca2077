"""Graph to units: what a picture shows, and in which order.

A stage is a layer with the norms, activations and dropouts behind it. Calls of blocks are nodes, in
tables where they follow each other; what a block holds is drawn aside, once for all its uses that
look the same. The builder goes along all those uses at once.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from archc.diagram.describe import Texts, argument_text, describe, family
from archc.diagram.structures import FOLLOWERS, Structures, kept
from archc.diagram.tables import joined_calls
from archc.diagram.units import Alias, Calls, Fork, Group, Output, Recall, Row, Stage, Tap, Unit
from archc.graph import (
    Arg,
    CallItem,
    Graph,
    GroupItem,
    Item,
    LayerItem,
    LoopItem,
    MergeItem,
    OutputItem,
    RecallItem,
    Region,
    RepeatItem,
    ShareItem,
    TapItem,
    built_steps,
    known,
)
from archc.layers.values import Ref

_LONGEST = 14
"""Letters of an argument in a table."""


class Scope(NamedTuple):
    """A block that is drawn in place: what tells its names from those of the texts around, and what
    its parameters are called there."""

    id: str
    texts: Texts


Scopes = tuple[Scope, ...]


class Builder:
    """Makes units of regions that look the same. With `whole` they are the network's own, with all
    their numbers; else one of a block's structures."""

    def __init__(self, graph: Graph, structures: Structures, depth: int | None) -> None:
        self.graph = graph
        self.structures = structures
        self.depth = depth
        self.whole = True
        self._costs: dict[int, tuple[int, int]] = {}
        self._held: dict[tuple[int, int], Calls | None] = {}

    def units(self, regions: Sequence[Region], level: int, whole: bool) -> tuple[Unit, ...]:
        """The units of a text in all its uses; its own parts are at nesting `level`."""
        self.whole = whole
        return self.region(regions, level, ())

    def region(
        self, regions: Sequence[Region], level: int, scopes: Scopes
    ) -> tuple[Unit, ...]:
        found: list[Unit] = []
        for items in zip(*map(kept, regions), strict=True):
            self.item(items, found, level, scopes)
        return joined_calls(found, self.whole)

    def item(
        self, items: Sequence[Item], found: list[Unit], level: int, scopes: Scopes
    ) -> None:
        """Adds what an item is drawn as. `scopes` tell the names of a block that is drawn in place
        from those of the texts around."""
        first = items[0]
        if isinstance(first, LayerItem):
            self.layer([i for i in items if isinstance(i, LayerItem)], found, scopes)
        elif isinstance(first, MergeItem):
            self.merge([i for i in items if isinstance(i, MergeItem)], found, level, scopes)
        elif isinstance(first, CallItem):
            self.call([i for i in items if isinstance(i, CallItem)], found, level, scopes)
        elif isinstance(first, ShareItem):
            self.share([i for i in items if isinstance(i, ShareItem)], found, level, scopes)
        elif isinstance(first, RepeatItem | LoopItem):
            turns = [i for i in items if isinstance(i, RepeatItem | LoopItem)]
            self.repeat(turns, found, level, scopes)
        elif isinstance(first, GroupItem):
            self.group([i for i in items if isinstance(i, GroupItem)], found, level, scopes)
        elif isinstance(first, TapItem):
            found.append(Tap(_scoped(first.name, scopes)))
        elif isinstance(first, RecallItem):
            found.append(Recall(_scoped(first.name, scopes)))
        else:
            found.append(Output(first.name, first.train, known(first.value)))

    def layer(
        self, items: Sequence[LayerItem], found: list[Unit], scopes: Scopes
    ) -> None:
        """A layer: a stage, or behind the one before it."""
        first = items[0]
        reads = tuple(_read(first.args, scopes))
        text = describe(items, _texts(scopes))
        parameters, macs = (first.parameters, first.macs) if self.whole else (0, 0)
        stage = found[-1] if found else None
        if isinstance(stage, Stage) and stage.copies == 1 and _follows(first, stage):
            found[-1] = stage._replace(
                behind=(*stage.behind, text) if text else stage.behind,
                output=first.output_shape,
                parameters=stage.parameters + parameters,
                macs=stage.macs + macs,
                reads=(*stage.reads, *reads),
            )
            return
        shapes = first.input_shape, first.output_shape
        found.append(
            Stage(family(first), text or first.word, (), *shapes, parameters, macs, reads=reads)
        )

    def merge(
        self,
        items: Sequence[MergeItem],
        found: list[Unit],
        level: int,
        scopes: Scopes,
    ) -> None:
        first = items[0]
        inner = list(zip(*(item.regions for item in items), strict=True))
        if len(inner) == 1:
            for parallel in zip(*map(kept, inner[0]), strict=True):
                self.item(parallel, found, level, scopes)
            return
        branches = tuple(self.region(regions, level, scopes) for regions in inner)
        macs = first.macs if self.whole else 0
        found.append(Fork(first.kind, branches, known(first.entry), known(first.out), macs))

    def call(
        self,
        items: Sequence[CallItem],
        found: list[Unit],
        level: int,
        scopes: Scopes,
    ) -> None:
        first = items[0]
        regions = [item.region for item in items]
        if not first.inline and self.structures.is_empty(first):
            return
        if first.inline or self.structures.is_small(first):
            inside = (*scopes, self.scope(items, scopes))
            for name, of in zip(first.values, _read(first.args, scopes), strict=False):
                found.append(Alias(_scoped(name, inside), of))
            for parallel in zip(*map(kept, regions), strict=True):
                self.item(parallel, found, level, inside)
            return
        held = self.only_calls(first, level)
        if held is not None:
            found.append(held)
            return
        parameters, macs = self.costs(first.region)
        row = Row(
            tuple(dict.fromkeys(self.structures.key(item) for item in items)),
            {name: text for name in first.args if (text := _column(items, name, scopes))},
            known(first.entry),
            known(first.out),
            parameters,
            macs,
            fixed=len({(item.entry.shape, item.out.shape) for item in items}) == 1,
        )
        reads = tuple(_read(first.args, scopes))
        found.append(Calls(first.block.name.name, (row,), first.name, reads, level=level))

    def scope(self, items: Sequence[CallItem], scopes: Scopes) -> Scope:
        """The scope in a block that is drawn in place."""
        first = items[0]
        texts = {
            name: argument_text([item.args[name] for item in items], _texts(scopes))
            for name in first.args
            if all(name in item.args for item in items)
        }
        return Scope(f"{len(scopes)} {first.site.start}", texts)

    def only_calls(self, item: CallItem, level: int) -> Calls | None:
        """The calls of a block that holds nothing but calls of one other block."""
        if not self.whole or not self.opens(level) or item.values:
            return None
        key = id(item.region), level
        if key not in self._held:
            inner = self.region([item.region], level + 1, ()) if _is_chain(item.region) else ()
            table = inner[0] if len(inner) == 1 else None
            plain = isinstance(table, Calls) and not table.holder and not table.reads
            self._held[key] = table if isinstance(table, Calls) and plain else None
        held = self._held[key]
        return held and held._replace(holder=item.name or item.block.name.name, part=item.name)

    def share(
        self,
        items: Sequence[ShareItem],
        found: list[Unit],
        level: int,
        scopes: Scopes,
    ) -> None:
        """A use of shared weights; later ones have no parameters of their own."""
        first = items[0]
        if self.structures.is_small(first):
            for unit in self.region([item.region for item in items], level, scopes):
                counted = isinstance(unit, Stage) and first.first
                found.append(
                    unit._replace(shared=True, parameters=unit.parameters if counted else 0)
                    if isinstance(unit, Stage)
                    else unit
                )
            return
        parameters, macs = self.costs(first.region)
        keys = tuple(dict.fromkeys(self.structures.key(item) for item in items))
        shapes = known(first.entry), known(first.out)
        row = Row(keys, {}, *shapes, parameters if first.first else 0, macs)
        found.append(Calls(first.name, (row,), first.name, shared=True, level=level))

    def repeat(
        self,
        items: Sequence[RepeatItem | LoopItem],
        found: list[Unit],
        level: int,
        scopes: Scopes,
    ) -> None:
        """Copies or turns: one after the other, or once with their number."""
        first = items[0]
        inner: list[Unit] = []
        for regions, count in self.runs(items):
            units = self.region(regions, level + 1, scopes)
            inner += units if count == 1 else self.times(units, count)
        if self.opens(level) or len(inner) <= 1:
            found += inner
            return
        whole = Region("group", first.site, {}, (first,), first.entry, first.out)
        found.append(self.folded(first.name, whole, _turns(first)))

    def runs(
        self, items: Sequence[RepeatItem | LoopItem]
    ) -> list[tuple[Sequence[Region], int | str]]:
        """What is drawn in sequence, with how often it follows itself."""
        if not self.whole:
            aligned = zip(*map(self.structures.runs, items), strict=True)
            return [
                ([region for regions, _ in run for region in regions], self.number(items, run))
                for run in aligned
            ]
        first = items[0]
        if isinstance(first, LoopItem):
            return [([turn], 1) for turn in first.turns]
        return [([region], count) for region, count in first.runs]

    def number(
        self,
        items: Sequence[RepeatItem | LoopItem],
        run: Sequence[tuple[list[Region], int]],
    ) -> int | str:
        counts = {count for _, count in run}
        if len(counts) == 1:
            return counts.pop()
        text = items[0].site.text if isinstance(items[0], RepeatItem) else "…"
        return _count_text(text)

    def times(self, units: tuple[Unit, ...], count: int | str) -> tuple[Unit, ...]:
        """Units with a number: in the only one of them, or on a frame around them."""
        unit = units[0] if len(units) == 1 else None
        if isinstance(unit, Stage) and unit.copies == 1:
            factor = count if isinstance(count, int) else 1
            costs = factor * unit.parameters, factor * unit.macs
            if unit.shared:
                costs = unit.parameters, costs[1]
            return (unit._replace(copies=count, parameters=costs[0], macs=costs[1]),)
        if isinstance(unit, Calls) and len(unit.rows) == 1 and unit.rows[0].copies == 1:
            (row,) = unit.rows
            factor = count if isinstance(count, int) else 1
            parameters = row.parameters * (1 if unit.shared else factor)
            row = row._replace(copies=count, parameters=parameters, macs=factor * row.macs)
            return (unit._replace(rows=(row,)),)
        return (Group(f"× {count}", units),) if units else ()

    def group(
        self,
        items: Sequence[GroupItem],
        found: list[Unit],
        level: int,
        scopes: Scopes,
    ) -> None:
        first = items[0]
        regions = [item.region for item in items]
        if first.region.kind == "body":
            scopes = scopes[:-1]
        if first.name is None:
            for parallel in zip(*map(kept, regions), strict=True):
                self.item(parallel, found, level, scopes)
            return
        units = self.region(regions, level + 1, scopes)
        if len(units) > 1 and not self.opens(level):
            found.append(self.folded(first.name, first.region, f"{built_steps(first.region)} steps"))
        else:
            found.append(Group(first.name, units))

    def folded(self, name: str, region: Region, text: str) -> Stage:
        """A part that is not opened."""
        shapes = known(region.entry), known(region.exit)
        return Stage("part", name, (text,), *shapes, *self.costs(region))

    def opens(self, level: int) -> bool:
        """Whether what is nested one level deeper is drawn."""
        return self.depth is None or level < self.depth

    def costs(self, region: Region) -> tuple[int, int]:
        """Parameters and MACs of a region; none in a structure, whose uses have different ones."""
        if not self.whole:
            return 0, 0
        if id(region) not in self._costs:
            alone = self.graph._replace(region=region)
            self._costs[id(region)] = alone.parameters, alone.macs
        return self._costs[id(region)]


def _follows(item: LayerItem, stage: Stage) -> bool:
    return stage.family != "part" and not stage.shared and family(item) in FOLLOWERS


def _is_chain(region: Region) -> bool:
    return all(isinstance(item, CallItem | RepeatItem | LoopItem) for item in kept(region))


def _turns(item: RepeatItem | LoopItem) -> str:
    if isinstance(item, LoopItem):
        return f"{len(item.turns)} turns"
    return f"{sum(count for _, count in item.runs)} copies"


def _count_text(text: str) -> str:
    """The number in front of a repeat: `(n-1)` of `(n-1) * unit`."""
    depth = 0
    for place, letter in enumerate(text[: _LONGEST + 1]):
        depth += (letter == "(") - (letter == ")")
        if letter == "*" and not depth:
            return text[:place].strip()
    return "…"


def _column(items: Sequence[CallItem], name: str, scopes: Scopes) -> str:
    """An argument that a call gives, if it is a number of layers or sizes, or a word."""
    args = [item.args[name] for item in items if name in item.args]
    if not _is_column(args[0]):
        return ""
    text = argument_text(args, _texts(scopes))
    return text if len(text) <= _LONGEST else ""


def _is_column(arg: Arg) -> bool:
    # Rates and scales, which are floats, say nothing of what is built.
    value = arg.value
    plain = value if type(value) is tuple else (value,)
    return arg.source != "layer" and all(isinstance(one, int | str) for one in plain)


def _read(args: Mapping[str, Arg], scopes: Scopes) -> list[str]:
    return [
        _scoped(arg.value.name, scopes) for arg in args.values() if isinstance(arg.value, Ref)
    ]


def _texts(scopes: Scopes) -> Texts:
    return scopes[-1].texts if scopes else {}


def _scoped(name: str, scopes: Scopes) -> str:
    return "\0".join((*(scope.id for scope in scopes), name))
