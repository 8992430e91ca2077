"""What a class does behind all its layers: it ties weights, and starts its own tensors."""

from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any

from archc.elaborate.names import sizes
from archc.emit.choices import Arm, Choice, GuardedMerge, VariedWindow, is_chain
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
from archc.source import Span
from archc.tuples import NamedTuple


class At(NamedTuple):
    """The path of the container; those of the block's class and of the turns around, where shares
    are; and both for the texts in which the bodies around are written."""

    here: str
    homes: tuple[str, ...]
    outer: tuple[tuple[str, tuple[str, ...]], ...] = ()


def initialisations(
    region: Region, alike: Container[str], owners: Container[Span] = ()
) -> tuple[Part, ...]:
    """What ties a class's weights, and starts its own tensors, apart from modules of the kinds that
    a loop starts. `owners` are the places of layers whose weight others take."""
    return tuple(_Starts(region, alike, owners).region(region, At("self", ("self",))))


class _Starts:
    def __init__(self, region: Region, alike: Container[str], owners: Container[Span]) -> None:
        self.entry = region.entry
        self.alike = alike
        self.owners = owners
        self.paths: dict[Span, str] = {}
        """Of the owners so far, by their place in the text: of a copy's the newest."""
        self._met = 0
        """How many parts and owners have been met."""
        self._idle: set[int] = set()
        """The ids of regions that hold none: their copies are passed over."""

    def region(self, region: Region, at: At) -> Iterator[Part]:
        if id(region) in self._idle:
            return
        met = self._met
        for item in region.items:
            handler = _HANDLERS.get(type(item))
            for part in handler(self, item, at) if handler is not None else ():
                self._met += 1
                yield part
        if self._met == met:
            self._idle.add(id(region))

    def layer(self, item: LayerItem, at: At) -> Iterator[Part]:
        path = below(at.here, item.name)
        if item.site in self.owners:
            self._met += 1
            self.paths[item.site] = path
        if item.owner is not None:
            yield Named("", f"{path}.weight = {self.paths[item.owner.site]}.weight")
        if module_of(item) not in self.alike:
            for start in starts_of(item):
                yield Named("", of_init(start.init, path + tensor_path(start.tensor)))

    def choice(self, item: Choice, at: At) -> Iterator[Part]:
        then, otherwise = (self.arm(arm, at) for arm in item.arms)
        if then or otherwise:
            enters = item.entry.id == self.entry.id
            origin = Origin(item.test, sizes(item.entry.shape, self.entry.shape), enters)
            test = Hole((item.holds,), item.flag, False, (origin,))
            yield When("" if is_chain(item) else item.flag, test, then, otherwise)

    def guarded(self, item: GuardedMerge, at: At) -> Iterator[Part]:
        for branch in item.branches:
            if isinstance(branch, Region):
                yield from self.region(branch, at)
            elif inner := self.arm(branch.arm, at):
                yield When(branch.flag, Hole((branch.holds,), branch.flag), inner, ())

    def arm(self, arm: Arm, at: At) -> tuple[Part, ...]:
        made = tuple(self.region(arm.region, at))
        return tuple(map(blank_part, made)) if arm.borrowed else made

    def group(self, item: GroupItem, at: At) -> Iterator[Part]:
        if item.region.kind == "body":
            yield from self.region(item.region, At(*at.outer[-1], at.outer[:-1]))
        else:
            yield from self.several(item, at)

    def call(self, item: CallItem, at: At) -> Iterator[Part]:
        """The class of a called block starts its own tensors, unless it is written out here."""
        if item.inline:
            path = below(at.here, item.name)
            yield from self.region(item.region, At(path, (path,), (*at.outer, (at.here, at.homes))))

    def share(self, item: ShareItem, at: At) -> Iterator[Part]:
        if item.first:
            homes = at.homes[: len(at.homes) - item.up]
            here = below(homes[-1], item.name)
            yield from self.region(item.region, at._replace(here=here, homes=homes))

    def varied_window(self, item: VariedWindow, at: At) -> Iterator[Part]:
        return self.region(item.item.region, at)

    def several(
        self, item: RepeatItem | LoopItem | MergeItem | GroupItem | WindowItem, at: At
    ) -> Iterator[Part]:
        for path, region in parts(item):
            here = _indexed(at.here, path)
            homes = (*at.homes, here) if region.kind == "turn" else at.homes
            yield from self.region(region, at._replace(here=here, homes=homes))


_HANDLERS: Mapping[type, Callable[[_Starts, Any, At], Iterator[Part]]] = {
    LayerItem: _Starts.layer,
    Choice: _Starts.choice,
    GuardedMerge: _Starts.guarded,
    VariedWindow: _Starts.varied_window,
    GroupItem: _Starts.group,
    CallItem: _Starts.call,
    ShareItem: _Starts.share,
    RepeatItem: _Starts.several,
    LoopItem: _Starts.several,
    MergeItem: _Starts.several,
    WindowItem: _Starts.several,
}


def _indexed(here: str, path: str) -> str:
    """`loop1.0` as an expression: `self.loop1[0]`."""
    name, dot, index = path.rpartition(".")
    return f"{below(here, name)}[{index}]" if dot and index.isdigit() else below(here, path)
