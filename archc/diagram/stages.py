"""Graph to units: what a picture shows, and in which order.

A stage is a layer with the norms, activations and dropouts behind it. Calls of blocks are nodes, in
tables where they follow each other; what a block holds is drawn aside, once for all its uses that
look the same. The builder goes along all those uses at once.
"""

from collections.abc import Sequence

from archc.diagram.copies import count_text, times, turns, window_title
from archc.diagram.costs import Costs
from archc.diagram.describe import describe, family
from archc.diagram.scopes import Scopes, column, inside, scoped, texts_of, values_read
from archc.diagram.structures import FOLLOWERS, Structures, kept
from archc.diagram.tables import joined_calls
from archc.diagram.units import Alias, Calls, Fork, Group, Output, Recall, Row, Stage, Tap, Unit
from archc.graph import (
    CallItem,
    Graph,
    GroupItem,
    Item,
    LayerItem,
    LoopItem,
    MergeItem,
    RecallItem,
    Region,
    RepeatItem,
    ShareItem,
    TapItem,
    WindowItem,
    built_steps,
    known,
)


class Builder:
    """Makes units of regions that look the same. With `whole` they are the network's own, with all
    their numbers; else one of a block's structures."""

    def __init__(self, graph: Graph, structures: Structures, depth: int | None) -> None:
        self.structures = structures
        self.depth = depth
        self.whole = True
        self.costs = Costs(graph)
        self._held: dict[tuple[int, int, int], Calls | None] = {}

    def units(self, regions: Sequence[Region], level: int, whole: bool) -> tuple[Unit, ...]:
        """The units of a text in all its uses; its own parts are at nesting `level`."""
        self.whole = self.costs.shown = whole
        return self.region(regions, level, ())

    def region(self, regions: Sequence[Region], level: int, scopes: Scopes) -> tuple[Unit, ...]:
        found: list[Unit] = []
        for items in zip(*map(kept, regions), strict=True):
            self.item(items, found, level, scopes)
        return joined_calls(found, self.whole)

    def item(self, items: Sequence[Item], found: list[Unit], level: int, scopes: Scopes) -> None:
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
            found.append(Tap(scoped(first.name, scopes)))
        elif isinstance(first, RecallItem):
            found.append(Recall(scoped(first.name, scopes)))
        elif isinstance(first, WindowItem):
            self.windows([i for i in items if isinstance(i, WindowItem)], found, level, scopes)
        else:
            found.append(Output(first.name, first.train, known(first.value)))

    def layer(self, items: Sequence[LayerItem], found: list[Unit], scopes: Scopes) -> None:
        """A layer: a stage, or behind the one before it."""
        first = items[0]
        reads = tuple(values_read(first.args, scopes))
        text = describe(items, texts_of(scopes))
        if not text:
            return
        parameters, macs = self.costs.layer(first)
        stage = found[-1] if found else None
        if isinstance(stage, Stage) and stage.copies == 1 and _follows(first, stage):
            found[-1] = stage._replace(
                behind=(*stage.behind, text),
                output=first.output_shape,
                parameters=stage.parameters + parameters,
                macs=stage.macs + macs,
                reads=(*stage.reads, *reads),
            )
            return
        shapes = first.input_shape, first.output_shape
        found.append(Stage(family(first), text, (), *shapes, parameters, macs, reads=reads))

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
        macs = self.costs.merge(first)
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
            inner = inside(items, scopes)
            for name, of in zip(first.values, values_read(first.args, scopes), strict=False):
                found.append(Alias(scoped(name, inner), of))
            for parallel in zip(*map(kept, regions), strict=True):
                self.item(parallel, found, level, inner)
            return
        held = self.only_calls(first, level)
        if held is not None:
            found.append(held)
            return
        parameters, macs = self.costs.region(first.region)
        row = Row(
            tuple(dict.fromkeys(self.structures.key(item) for item in items)),
            {name: text for name in first.args if (text := column(items, name, scopes))},
            known(first.entry),
            known(first.out),
            parameters,
            macs,
            fixed=len({(item.entry.shape, item.out.shape) for item in items}) == 1,
        )
        reads = tuple(values_read(first.args, scopes))
        found.append(Calls(first.block.name.name, (row,), first.name, reads, level=level))

    def only_calls(self, item: CallItem, level: int) -> Calls | None:
        """The calls of a block that holds nothing but calls of one other block."""
        if not self.whole or not self.opens(level) or item.values:
            return None
        key = id(item.region), level, id(self.costs.window)
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
        parameters, macs = self.costs.region(first.region)
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
        made: dict[tuple[int, ...], tuple[Unit, ...]] = {}
        for regions, count in self.runs(items):
            key = tuple(map(id, regions))
            if key not in made:
                made[key] = self.region(regions, level + 1, scopes)
            inner += made[key] if count == 1 else times(made[key], count)
        if self.opens(level) or len(inner) <= 1:
            found += inner
            return
        whole = Region("group", first.site, {}, (first,), first.entry, first.out)
        found.append(self.folded(first.name, whole, turns(first)))

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
        return count_text(text)

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
            found.append(
                self.folded(first.name, first.region, f"{built_steps(first.region)} steps")
            )
        else:
            found.append(Group(first.name, units))

    def windows(
        self,
        items: Sequence[WindowItem],
        found: list[Unit],
        level: int,
        scopes: Scopes,
    ) -> None:
        """Steps that work on windows of a map: a frame around them."""
        first = items[0]
        around, self.costs.window = self.costs.window, first
        units = self.region([item.region for item in items], level, scopes)
        self.costs.window = around
        titles = {window_title(item.window) for item in items}
        found.append(Group(titles.pop() if len(titles) == 1 else "windows", units))

    def folded(self, name: str, region: Region, text: str) -> Stage:
        """A part that is not opened."""
        shapes = known(region.entry), known(region.exit)
        return Stage("part", name, (text,), *shapes, *self.costs.region(region))

    def opens(self, level: int) -> bool:
        """Whether what is nested one level deeper is drawn."""
        return self.depth is None or level < self.depth


def _follows(item: LayerItem, stage: Stage) -> bool:
    return stage.family != "part" and not stage.shared and family(item) in FOLLOWERS


def _is_chain(region: Region) -> bool:
    return all(isinstance(item, CallItem | RepeatItem | LoopItem) for item in kept(region))
