"""The parts that a class makes in `__init__`: expressions with holes, in the order of the text."""

from collections.abc import Callable, Container, Iterator

from archc.emit.expression import Copies, Expression, Hole, Keyed, Make, Sequence, of_call, of_init
from archc.emit.forward import is_identity, is_sequential
from archc.emit.initial import module_of, starts_of, tensor_path
from archc.graph import (
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
    parts,
)

Part = tuple[str, Expression]
OfCall = Callable[[CallItem], Expression]
"""The expression that makes a called block's module."""


class Parts:
    """Collects the parts of one class. `home` holds those at the class's own level: shares and what
    bodies make belong there, wherever they are used."""

    def __init__(self, of_block: OfCall) -> None:
        self.of_block = of_block

    def of_class(self, region: Region) -> list[Part]:
        """All parts of a class, by name."""
        home: list[Part] = []
        self.region(region, home, home, ())
        return home

    def region(
        self, region: Region, here: list[Part], home: list[Part], outer: tuple[list[Part], ...]
    ) -> None:
        """Adds a region's parts to its container."""
        for item in region.items:
            self.item(item, here, home, outer)

    def item(
        self, item: Item, here: list[Part], home: list[Part], outer: tuple[list[Part], ...]
    ) -> None:
        if isinstance(item, LayerItem):
            init = item.layer.code(item.input_shape).init
            if init is not None:
                here.append((item.name, of_call(init)))
        elif isinstance(item, MergeItem):
            for region in item.regions:
                self.region(region, here, home, outer)
        elif isinstance(item, WindowItem):
            self.region(item.region, here, home, outer)
        elif isinstance(item, CallItem):
            self.call(item, here, home, outer)
        elif isinstance(item, GroupItem):
            self.group(item, here, home, outer)
        elif isinstance(item, RepeatItem):
            self.repeat(item, here, home, outer)
        elif isinstance(item, LoopItem):
            turns = [self.element(region, home, outer) for region in item.turns]
            if any(turn is not None for turn in turns):
                listed = tuple(turn or Keyed(()) for turn in turns)
                here.append((item.name, Sequence("nn.ModuleList", listed)))
        elif isinstance(item, ShareItem) and item.first:
            made = self.element(item.region, home, outer)
            if made is not None:
                home.append((item.name, made))

    def call(
        self, item: CallItem, here: list[Part], home: list[Part], outer: tuple[list[Part], ...]
    ) -> None:
        if is_identity(item.region):
            return
        if not item.inline:
            here.append((item.name, self.of_block(item)))
            return
        own: list[Part] = []
        place = len(here)
        self.region(item.region, own, own, (*outer, here))
        if own:
            # The block's word stands before its body in the text.
            here.insert(place, (item.name, Keyed(tuple(own))))

    def group(
        self, item: GroupItem, here: list[Part], home: list[Part], outer: tuple[list[Part], ...]
    ) -> None:
        if item.region.kind == "body":
            self.region(item.region, outer[-1], outer[-1], outer[:-1])
        elif item.name is None:
            self.region(item.region, here, home, outer)
        else:
            own: list[Part] = []
            self.region(item.region, own, home, outer)
            if own:
                here.append((item.name, Keyed(tuple(own))))

    def repeat(
        self, item: RepeatItem, here: list[Part], home: list[Part], outer: tuple[list[Part], ...]
    ) -> None:
        made = [(self.element(region, home, outer), count) for region, count in item.runs]
        elements = [(element, count) for element, count in made if element is not None]
        if not elements:
            return
        if is_sequential(item):
            starred = tuple(("", _copies("*", *pair)) for pair in elements)
            here.append((item.name, Make("nn.Sequential", starred)))
        elif len(elements) == 1:
            here.append((item.name, _copies("nn.ModuleList", *elements[0])))
        else:
            listed = tuple(_copies("*", *pair) for pair in elements)
            here.append((item.name, Sequence("nn.ModuleList", listed)))

    def element(
        self, region: Region, home: list[Part], outer: tuple[list[Part], ...]
    ) -> Expression | None:
        """What a list holds for one copy: a single step's module, else parts by their names."""
        own: list[Part] = []
        self.region(region, own, home, outer)
        if len(own) == 1 and not own[0][0]:
            return own[0][1]
        return Keyed(tuple(own)) if own else None


def _copies(target: str, element: Expression, count: int) -> Expression:
    if count == 1:
        return element if target == "*" else Sequence(target, (element,))
    return Copies(target, element, Hole(count, "count"))


def initialisations(region: Region, alike: Container[str]) -> list[Expression]:
    """What a class does behind all its layers to start its own tensors, apart from modules of the
    kinds that a loop starts."""
    return list(_starts(region, "self", "self", (), alike))


def _starts(
    region: Region,
    here: str,
    home: str,
    outer: tuple[tuple[str, str], ...],
    alike: Container[str],
) -> Iterator[Expression]:
    for item in region.items:
        if isinstance(item, LayerItem):
            path = _below(here, item.name)
            if module_of(item) not in alike:
                for start in starts_of(item):
                    yield of_init(start.init, path + tensor_path(start.tensor))
        elif isinstance(item, GroupItem) and item.region.kind == "body":
            yield from _starts(item.region, *outer[-1], outer[:-1], alike)
        elif isinstance(item, CallItem):
            if item.inline:
                path = _below(here, item.name)
                yield from _starts(item.region, path, path, (*outer, (here, home)), alike)
        elif isinstance(item, ShareItem):
            if item.first:
                yield from _starts(item.region, _below(home, item.name), home, outer, alike)
        elif isinstance(item, RepeatItem | LoopItem | MergeItem | GroupItem | WindowItem):
            for path, inner in parts(item):
                yield from _starts(inner, _indexed(here, path), home, outer, alike)


def _indexed(here: str, path: str) -> str:
    """`loop1.0` as an expression: `self.loop1[0]`."""
    name, dot, index = path.rpartition(".")
    return f"{_below(here, name)}[{index}]" if dot and index.isdigit() else _below(here, path)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if name else path
