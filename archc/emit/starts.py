"""What a class does behind all its layers to start its own tensors."""

from collections.abc import Container, Iterator

from archc.elaborate.scope import sizes
from archc.emit.choices import Arm, Choice, GuardedMerge, is_chain
from archc.emit.constructor import Named, Part, When, blank_part
from archc.emit.expression import Hole, Origin, of_init
from archc.emit.forward import below
from archc.emit.initial import module_of, starts_of, tensor_path
from archc.graph import (
    CallItem,
    GroupItem,
    LayerItem,
    LoopItem,
    MergeItem,
    Region,
    RepeatItem,
    ShareItem,
    WindowItem,
    parts,
)


def initialisations(region: Region, alike: Container[str]) -> tuple[Part, ...]:
    """What starts a class's own tensors, apart from modules of the kinds that a loop starts."""
    return tuple(_Starts(region, alike).region(region, "self", "self", ()))


class _Starts:
    def __init__(self, region: Region, alike: Container[str]) -> None:
        self.entry = region.entry
        self.alike = alike

    def region(
        self, region: Region, here: str, home: str, outer: tuple[tuple[str, str], ...]
    ) -> Iterator[Part]:
        for item in region.items:
            yield from self.item(item, here, home, outer)

    def item(
        self, item: object, here: str, home: str, outer: tuple[tuple[str, str], ...]
    ) -> Iterator[Part]:
        if isinstance(item, LayerItem):
            path = below(here, item.name)
            if module_of(item) not in self.alike:
                for start in starts_of(item):
                    yield Named("", of_init(start.init, path + tensor_path(start.tensor)))
        elif isinstance(item, Choice):
            yield from self.choice(item, here, home, outer)
        elif isinstance(item, GuardedMerge):
            for branch in item.branches:
                if isinstance(branch, Region):
                    yield from self.region(branch, here, home, outer)
                else:
                    inner = self.arm(branch.arm, here, home, outer)
                    if inner:
                        yield When(branch.flag, Hole((branch.holds,), branch.flag), inner, ())
        elif isinstance(item, GroupItem) and item.region.kind == "body":
            yield from self.region(item.region, *outer[-1], outer[:-1])
        elif isinstance(item, CallItem):
            if item.inline:
                path = below(here, item.name)
                yield from self.region(item.region, path, path, (*outer, (here, home)))
        elif isinstance(item, ShareItem):
            if item.first:
                yield from self.region(item.region, below(home, item.name), home, outer)
        elif isinstance(item, RepeatItem | LoopItem | MergeItem | GroupItem | WindowItem):
            for path, inner_region in parts(item):
                yield from self.region(inner_region, _indexed(here, path), home, outer)

    def choice(
        self, item: Choice, here: str, home: str, outer: tuple[tuple[str, str], ...]
    ) -> Iterator[Part]:
        then, otherwise = (self.arm(arm, here, home, outer) for arm in item.arms)
        if then or otherwise:
            enters = item.entry.id == self.entry.id
            origin = Origin(item.test, sizes(item.entry.shape, None), enters)
            test = Hole((item.holds,), item.flag, False, (origin,))
            yield When("" if is_chain(item) else item.flag, test, then, otherwise)

    def arm(
        self, arm: Arm, here: str, home: str, outer: tuple[tuple[str, str], ...]
    ) -> tuple[Part, ...]:
        made = tuple(self.region(arm.region, here, home, outer))
        return tuple(map(blank_part, made)) if arm.borrowed else made


def _indexed(here: str, path: str) -> str:
    """`loop1.0` as an expression: `self.loop1[0]`."""
    name, dot, index = path.rpartition(".")
    return f"{below(here, name)}[{index}]" if dot and index.isdigit() else below(here, path)
