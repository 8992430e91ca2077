"""The uses of one text made alike: what only some of them build becomes a choice in all of them.

The regions of a block's uses are walked along together. Where an `if`, a guarded branch or a
repeat of no copies comes out differently, every use gets both arms: those that it does not build
are borrowed from a use that does, and their numbers count for nothing (`expression.ANY`).
"""

from collections.abc import Iterator, Sequence
from typing import Any

from archc.emit.choices import (
    Applied,
    Arm,
    Attribute,
    BorrowedRepeat,
    Choice,
    Guarded,
    GuardedMerge,
    Varied,
    VariedWindow,
    chained,
)
from archc.emit.functions import Function, function_of
from archc.emit.hints import hinted
from archc.emit.names import RESERVED, identifier
from archc.emit.uses import calls_in
from archc.graph import (
    Absent,
    CallItem,
    GroupItem,
    Item,
    LayerItem,
    LoopItem,
    MergeItem,
    Region,
    RepeatItem,
    ShareItem,
    WindowItem,
    inner_regions,
)
from archc.layers.windowed import InWindow
from archc.syntax import tree


class Alike:
    """Makes regions alike. `parameters` are the block's, which may name functions."""

    def __init__(self, regions: Sequence[Region], parameters: frozenset[str]) -> None:
        self.parameters = parameters
        self.taken = {name for region in regions for name in _part_names(region)}

    def regions(
        self, regions: Sequence[Region], own: bool = True, listed: bool = False
    ) -> list[Region]:
        """Regions of one text, with what only some of them build in all of them. `own` is false in
        the text of another block, `listed` is true in an element of a list, where only a chain
        of modules can be a choice."""
        distinct = {id(region): region for region in regions}
        if len(distinct) < len(regions):
            found = self.regions(tuple(distinct.values()), own, listed)
            known = dict(zip(distinct, found, strict=True))
            return [known[id(region)] for region in regions]
        columns = list(zip(*(region.items for region in regions), strict=False))
        if len({len(region.items) for region in regions}) > 1:
            return list(regions)
        made = [self.items(column, own, listed) for column in columns]
        return [
            _with_items(region, [column[place] for column in made])
            for place, region in enumerate(regions)
        ]

    def items(self, items: Sequence[Item], own: bool, listed: bool) -> Sequence[object]:
        """One step's items in all uses."""
        first = items[0]
        if len({type(item) for item in items}) > 1:
            return items
        if isinstance(first, GroupItem):
            return self.groups(items, own, listed)  # type: ignore[arg-type]
        if isinstance(first, MergeItem):
            return self.merges(items, own, listed)  # type: ignore[arg-type]
        if isinstance(first, LayerItem):
            return self.layers(items, own, listed)  # type: ignore[arg-type]
        if isinstance(first, RepeatItem):
            return _repeats(items)  # type: ignore[arg-type]
        if isinstance(first, LoopItem):
            # The turns of a loop are made alike among themselves.
            loops = [item for item in items if isinstance(item, LoopItem)]
            return [i._replace(turns=tuple(self.regions(i.turns, own, True))) for i in loops]
        if isinstance(first, CallItem) and first.inline:
            return self.inside(items, False, True)  # type: ignore[arg-type]
        if isinstance(first, ShareItem):
            return self.inside(items, own, True)  # type: ignore[arg-type]
        if isinstance(first, WindowItem):
            return self.windows(items, own, listed)  # type: ignore[arg-type]
        return items

    def inside(
        self, items: Sequence[CallItem | WindowItem | ShareItem], own: bool, listed: bool
    ) -> Sequence[object]:
        found = self.regions([item.region for item in items], own, listed)
        return [item._replace(region=region) for item, region in zip(items, found, strict=True)]

    def groups(self, items: Sequence[GroupItem], own: bool, listed: bool) -> Sequence[object]:
        inner = own and items[0].region.kind != "body"
        tests = [item.test for item in items]
        held = {test.holds for test in tests if test is not None}
        if len(held) < 2:
            named = listed or items[0].name is not None
            found = self.regions([item.region for item in items], inner, named)
            return [i._replace(region=region) for i, region in zip(items, found, strict=True)]
        arms = [
            self.regions([i.region for i in items if i.test and i.test.holds is way], inner, listed)
            for way in (True, False)
        ]
        if listed and not chained(arms[0][0], arms[1][0]):
            return items
        decided = [item.test for item in items if item.test is not None]
        flag = self.flag(decided[0].expr, arms[0][0], "chosen")
        then, otherwise = (Arm(regions[0], True) for regions in arms)
        made = []
        for item, test in zip(items, decided, strict=True):
            own_arm = Arm(arms[not test.holds].pop(0), False)
            both = (own_arm, otherwise) if test.holds else (then, own_arm)
            made.append(Choice(item.site, flag, test.expr, test.holds, both, item.entry, item.out))
        return made

    def merges(self, items: Sequence[MergeItem], own: bool, listed: bool) -> Sequence[object]:
        columns = list(zip(*(item.branches for item in items), strict=True))
        absent = [any(isinstance(branch, Absent) for branch in column) for column in columns]
        differs = [
            flag and any(isinstance(branch, Region) for branch in column)
            for flag, column in zip(absent, columns, strict=True)
        ]
        if not any(differs):
            made = [
                column if flag else self.regions(column, own, listed)
                for flag, column in zip(absent, columns, strict=True)
            ]
            rows = zip(*made, strict=True)
            return [i._replace(branches=tuple(row)) for i, row in zip(items, rows, strict=True)]
        if listed or len(columns) != 2 or sum(absent) != 1 or items[0].kind == "split":
            return items
        sides: list[Sequence[object]] = [
            self.guarded(column) if flag else self.regions(column, own, listed)
            for flag, column in zip(absent, columns, strict=True)
        ]
        rows = zip(*sides, strict=True)
        return [GuardedMerge(item, tuple(row)) for item, row in zip(items, rows, strict=True)]

    def guarded(self, column: Sequence[Region | Absent]) -> Sequence[Guarded]:
        there = [branch for branch in column if isinstance(branch, Region)]
        found = self.regions(there)
        branch = next(branch.branch for branch in column if isinstance(branch, Absent))
        assert branch.test is not None
        flag = self.flag(branch.test, found[0], "residual")
        sample = found[0]
        return [
            Guarded(flag, branch.test, True, Arm(found.pop(0), False))
            if isinstance(region, Region)
            else Guarded(flag, branch.test, False, Arm(sample, True))
            for region in column
        ]

    def layers(self, items: Sequence[LayerItem], own: bool, listed: bool) -> Sequence[object]:
        word = items[0].name.rstrip("0123456789")
        if own and word in self.parameters:
            functions = [function_of(item.layer, item.input_shape) for item in items]
            known = [function for function in functions if function is not None]
            if len(set(functions)) > 1 and len(known) == len(items):
                return [Applied(i, word, made) for i, made in zip(items, known, strict=True)]
        return items if listed else self.varied(items)

    def varied(self, items: Sequence[LayerItem]) -> Sequence[object]:
        """Functions of one text whose numbers differ."""
        codes = [item.code for item in items]
        calls = [code.call for code in codes if code.call is not None and code.init is None]
        forms = {
            (call.target, len(call.terms), tuple(k for k, _ in call.keywords)) for call in calls
        }
        terms = [(*call.terms, *(term for _, term in call.keywords)) for call in calls]
        if len(calls) < len(items) or len(forms) > 1 or all(row == terms[0] for row in terms):
            return items
        names = [
            self.free(identifier(hinted(column[0].origin), RESERVED))
            if any(term != column[0] for term in column)
            else ""
            for column in zip(*terms, strict=True)
        ]
        made = []
        for item, code, row in zip(items, codes, terms, strict=True):
            assert code.call is not None
            read = [
                term._replace(value=Function(f"self.{name}"), default=None) if name else term
                for term, name in zip(row, names, strict=True)
            ]
            count = len(code.call.terms)
            keys = (key for key, _ in code.call.keywords)
            call = code.call._replace(
                terms=tuple(read[:count]), keywords=tuple(zip(keys, read[count:], strict=True))
            )
            kept = tuple(
                Attribute(name, term.value, term.origin)
                for term, name in zip(row, names, strict=True)
                if name
            )
            made.append(Varied(item, code._replace(call=call), kept))
        return made

    def windows(self, items: Sequence[WindowItem], own: bool, listed: bool) -> Sequence[object]:
        shifts = [item.window.shift for item in items]
        bare = {item.window._replace(shift=(0, 0), number=0) for item in items}
        if len(set(shifts)) == 1 or len(bare) > 1 or listed or any(map(_calls, items)):
            return self.inside(items, own, listed)
        regions = self.regions([_masked(item.region) for item in items], own, listed)
        name = self.free("shift")
        return [
            VariedWindow(item._replace(region=region), Attribute(name, item.window.shift, "s"))
            for item, region in zip(items, regions, strict=True)
        ]

    def flag(self, test: tree.Expr, region: Region, otherwise: str) -> str:
        """An attribute's name for the outcome of a test."""
        if isinstance(test, tree.Name):
            name = test.name
        else:
            part = next(_part_names(region, modules=True), "")
            name = f"has_{part}" if part.isidentifier() else otherwise
        return self.free(identifier(name, RESERVED))

    def free(self, name: str) -> str:
        """An attribute's name that nothing else has."""
        number, free = 2, name
        while free in self.taken:
            free = f"{name}{number}"
            number += 1
        self.taken.add(free)
        return free


def _repeats(items: Sequence[RepeatItem]) -> Sequence[object]:
    lengths = {len(item.runs) for item in items}
    if lengths != {0, 1}:
        return items
    sample = next(item for item in items if item.runs)
    if not _holds_module(sample.runs[0][0], set()):
        # Copies of modules are a list, which may be empty; copies of functions are a number.
        return items
    return [item if item.runs else BorrowedRepeat(item, sample) for item in items]


def _calls(item: WindowItem) -> bool:
    """Whether other classes work in windows: they would have to be told of a mask."""
    return any(True for _ in calls_in(item.region))


def _masked(region: Region) -> Region:
    """Steps in windows that may be shifted, as those in shifted ones."""
    items: list[object] = []
    for item in region.items:
        if isinstance(item, LayerItem) and isinstance(item.layer, InWindow) and item.layer.placed:
            placed = item.layer.placed._replace(masked=True)
            items.append(item._replace(layer=item.layer.inside(placed)))
        elif isinstance(item, GroupItem | ShareItem):
            items.append(item._replace(region=_masked(item.region)))
        else:
            items.append(item)
    return _with_items(region, items)


def _with_items(region: Region, items: Sequence[Any]) -> Region:
    return region._replace(items=tuple(items))


def _part_names(region: Region, modules: bool = False) -> Iterator[str]:
    """The names in a class's text, or those of its modules alone."""
    for item in region.items:
        name = getattr(item, "name", None)
        if name and not (modules and _is_function(item)):
            yield name
        if not isinstance(item, CallItem | LoopItem | RepeatItem):
            for inner in inner_regions(item):
                yield from _part_names(inner, modules)


def _is_function(item: Item) -> bool:
    return isinstance(item, LayerItem) and item.code.init is None


def _holds_module(region: Region, seen: set[int]) -> bool:
    """Whether a region has modules, those of called blocks too; each region is looked at once."""
    if id(region) in seen:
        return False
    seen.add(id(region))
    return any(
        (isinstance(item, LayerItem) and not _is_function(item))
        or any(_holds_module(inner, seen) for inner in inner_regions(item))
        for item in region.items
    )
