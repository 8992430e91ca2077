"""The parts that a class makes in `__init__`: expressions with holes, in the order of the text."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeAlias

from archc.elaborate.names import sizes
from archc.emit.choices import (
    Applied,
    Arm,
    BorrowedRepeat,
    Choice,
    GuardedMerge,
    Varied,
    VariedWindow,
    is_chain,
)
from archc.emit.expression import (
    NOWHERE,
    Column,
    Either,
    Expression,
    Formula,
    Hole,
    Keyed,
    Make,
    Origin,
    Shapes,
    Table,
    Unrolled,
    blank,
    joined,
    of_call,
    shape_of,
)
from archc.emit.expression import Sequence as Listed
from archc.emit.imports import module_call
from archc.emit.tables import Folds
from archc.emit.turns import is_sequential
from archc.graph import (
    Arg,
    CallItem,
    GroupItem,
    LayerItem,
    LoopItem,
    MergeItem,
    Region,
    RepeatItem,
    ShareItem,
    Value,
    WindowItem,
)
from archc.probe import PythonClass
from archc.shape import Shape
from archc.syntax.tree import Expr
from archc.tuples import NamedTuple

_FEW = 64
"""Copies that are compared with one another; of more only runs of equal ones are told apart."""


class Named(NamedTuple):
    """`self.name = made`."""

    name: str
    made: Expression


class When(NamedTuple):
    """Parts that are made under a condition. A `flag` keeps it for `forward`; without one, the
    parts are a chain, each the identity where it is not made."""

    flag: str
    test: Hole
    then: tuple["Part", ...]
    otherwise: tuple["Part", ...]


Part: TypeAlias = Named | When


OriginOf: TypeAlias = Callable[[str], Origin]
"""Where the argument of a name comes from."""

Instances: TypeAlias = Callable[[CallItem, OriginOf], Expression | None]
"""The expression that makes a called block's module; None for one that builds nothing."""


class At(NamedTuple):
    """Where parts go: their container; where shares belong, the class's own level and the turns
    around; and both for the texts in which the bodies around are written."""

    here: list[Part]
    homes: tuple[list[Part], ...]
    outer: tuple[tuple[list[Part], tuple[list[Part], ...]], ...]


class Parts:
    """Collects the parts of one class."""

    def __init__(
        self, instances: Instances, entry: Value, imported: Mapping[PythonClass, str]
    ) -> None:
        self.instances = instances
        self.entry = entry
        self.imported = imported
        self.shapes = Shapes()
        self._sizes: dict[Shape | None, Mapping[str, object]] = {}
        self._modules: dict[Hashable, Make | None] = {}
        self.looped = False
        """Whether there are loops to fold."""

    def of_class(self, region: Region) -> tuple[Part, ...]:
        """All parts of a class."""
        home: list[Part] = []
        self.region(region, At(home, (home,), ()))
        if not self.looped:
            return tuple(home)
        folds = Folds(self.shapes)
        return tuple(_folded(part, folds) for part in home)

    def region(self, region: Region, at: At) -> None:
        """Adds a region's parts to its container."""
        for item in region.items:
            self.item(item, at)

    def item(self, item: object, at: At) -> None:
        if isinstance(item, MergeItem):
            for region in item.regions:
                self.region(region, at)
        elif isinstance(item, WindowItem):
            self.region(item.region, at)
        else:
            handler = _HANDLERS.get(type(item))
            if handler is not None:
                handler(self, item, at)

    def layer(self, item: LayerItem, at: At) -> None:
        x = item.inputs["x"]
        # Copies of a step have the same layer and arguments.
        key = item.layer, id(item.args), x.shape, x.id == self.entry.id
        if key not in self._modules:
            init = module_call(item, self.imported)
            self._modules[key] = init and of_call(init, self.origins(item.args, x))
        made = self._modules[key]
        if made is not None:
            at.here.append(Named(item.name, made))

    def share(self, item: ShareItem, at: At) -> None:
        around = at.homes[: len(at.homes) - item.up]
        element = self.element(item.region, at._replace(homes=around)) if item.first else None
        if element is not None:
            at.homes[-1 - item.up].append(Named(item.name, element))

    def origins(self, args: Mapping[str, Arg], value: Value) -> OriginOf:
        """Where each argument of an item comes from."""

        nowhere = self.origin(None, value)

        def origin(name: str) -> Origin:
            arg = args.get(name)
            given = arg.expr if arg and arg.source == "step" else None
            return nowhere if given is None else nowhere._replace(expr=given)

        return origin

    def origin(self, expr: Expr | None, value: Value) -> Origin:
        """An expression of the text, with the sizes of the value at its place."""
        if value.shape not in self._sizes:
            self._sizes[value.shape] = sizes(value.shape, self.entry.shape)
        return Origin(expr, self._sizes[value.shape], value.id == self.entry.id)

    def test(self, expr: Expr, holds: bool, flag: str, entry: Value) -> Hole:
        """What decides a choice."""
        return Hole((holds,), flag, False, (self.origin(expr, entry),))

    def applied(self, item: Applied, at: At) -> None:
        """The function is kept once, however often it is applied."""
        if not any(isinstance(part, Named) and part.name == item.name for part in at.homes[0]):
            at.homes[0].append(Named(item.name, Hole((item.function,), item.name)))

    def varied(self, item: Varied, at: At) -> None:
        origin = self.origins(item.item.args, item.item.inputs["x"])
        for name, value, hint in item.attributes:
            at.homes[0].append(Named(name, Hole((value,), hint, False, (origin(hint),))))

    def varied_window(self, item: VariedWindow, at: At) -> None:
        name, value, _ = item.attribute
        at.homes[0].append(Named(name, Hole((value,), name)))
        self.region(item.item.region, at)

    def choice(self, item: Choice, at: At) -> None:
        then, otherwise = (self.arm(arm, at) for arm in item.arms)
        if then or otherwise or not is_chain(item):
            test = self.test(item.test, item.holds, item.flag, item.entry)
            flag = "" if is_chain(item) else item.flag
            at.here.append(When(flag, test, then, otherwise))

    def arm(self, arm: Arm, at: At) -> tuple[Part, ...]:
        made: list[Part] = []
        self.region(arm.region, at._replace(here=made))
        return tuple(map(blank_part, made)) if arm.borrowed else tuple(made)

    def guarded(self, item: GuardedMerge, at: At) -> None:
        for branch in item.branches:
            if isinstance(branch, Region):
                self.region(branch, at)
                continue
            test = self.test(branch.test, branch.holds, branch.flag, item.entry)
            at.here.append(When(branch.flag, test, self.arm(branch.arm, at), ()))

    def call(self, item: CallItem, at: At) -> None:
        if not item.inline:
            made = self.instances(item, self.origins(item.args, item.entry))
            if made is not None:
                at.here.append(Named(item.name, made))
            return
        own: list[Part] = []
        place = len(at.here)
        self.region(item.region, At(own, (own,), (*at.outer, (at.here, at.homes))))
        if own:
            # The block's word stands before its body in the text.
            at.here.insert(place, Named(item.name, _keyed(own)))

    def group(self, item: GroupItem, at: At) -> None:
        if item.region.kind == "body":
            self.region(item.region, At(*at.outer[-1], at.outer[:-1]))
        elif item.name is None:
            self.region(item.region, at)
        else:
            own: list[Part] = []
            self.region(item.region, at._replace(here=own))
            if own:
                at.here.append(Named(item.name, _keyed(own)))

    def repeat(self, item: RepeatItem, at: At) -> None:
        elements = [(self.element(region, at), count) for region, count in item.runs]
        if all(element == _NOTHING for element, _ in elements):
            return
        starred = is_sequential(item)
        target = "*" if starred else "nn.ModuleList"
        turns = tuple(element for element, count in elements for _ in range(min(count, _FEW)))
        found: tuple[Expression, ...]
        # In a list's element it may have as many copies as the list has elements.
        if len(elements) == 1 and (at.here is at.homes[0] or elements[0][1] > _FEW):
            found = (_copies(target, *elements[0], self.origin(item.times, item.entry)),)
        elif self.shapes.alike(turns) and len(turns) < _FEW:
            found = (self.unrolled(target, turns, {}),)
        else:
            found = tuple(e if count == 1 else _copies("*", e, count) for e, count in elements)
            found = found if starred else (Listed(target, found),)
        whole = Make("nn.Sequential", tuple(("", e) for e in found)) if starred else found[0]
        at.here.append(Named(item.name, whole))

    def no_copies(self, item: BorrowedRepeat, at: At) -> None:
        """Copies that this use has none of."""
        sample, own = item.sample, item.item
        element = self.element(sample.runs[0][0], at)
        if element != _NOTHING:
            starred = is_sequential(sample)
            target = "*" if starred else "nn.ModuleList"
            made = _copies(target, blank(element), 0, self.origin(own.times, own.entry))
            whole = Make("nn.Sequential", (("", made),)) if starred else made
            at.here.append(Named(own.name, whole))

    def loop(self, item: LoopItem, at: At) -> None:
        distinct = {id(region): region for region in item.turns}
        made = {key: self.element(region, at) for key, region in distinct.items()}
        turns = [made[id(region)] for region in item.turns]
        if all(turn == _NOTHING for turn in turns):
            return
        names = [name.name for name in item.loop.names]
        bound = {name: tuple(t.bindings.get(name) for t in item.turns) for name in names}
        whole = self.unrolled("nn.ModuleList", tuple(turns), bound)
        at.here.append(Named(item.name, whole))

    def unrolled(
        self, target: str, turns: tuple[Expression, ...], bound: Mapping[str, Column]
    ) -> Unrolled:
        self.looped = True
        return Unrolled(target, turns, bound)

    def element(self, region: Region, at: At) -> Expression:
        """What a list holds for one copy: a single step's module, else parts by their names. One
        without parts holds its place."""
        own: list[Part] = []
        homes = (*at.homes, own) if region.kind == "turn" else at.homes
        self.region(region, at._replace(here=own, homes=homes))
        first = own[0] if own else None
        if len(own) == 1 and isinstance(first, Named) and not first.name:
            return first.made
        return _keyed(own)


_NOTHING = Keyed(())
"""What a copy without parts is."""

_HANDLERS: Mapping[type, Callable[[Parts, Any, At], None]] = {
    LayerItem: Parts.layer,
    Applied: Parts.applied,
    Varied: Parts.varied,
    VariedWindow: Parts.varied_window,
    Choice: Parts.choice,
    GuardedMerge: Parts.guarded,
    CallItem: Parts.call,
    GroupItem: Parts.group,
    RepeatItem: Parts.repeat,
    BorrowedRepeat: Parts.no_copies,
    LoopItem: Parts.loop,
    ShareItem: Parts.share,
}


def _folded(part: Part, folds: Folds) -> Part:
    """A part with its loops folded."""
    if isinstance(part, Named):
        return part._replace(made=folds.folded(part.made))
    then, otherwise = (
        tuple(_folded(inner, folds) for inner in arm) for arm in (part.then, part.otherwise)
    )
    return part._replace(then=then, otherwise=otherwise)


def _keyed(parts: Sequence[Part]) -> Keyed:
    """Parts in a container: choices in one are chains, each part of them perhaps the identity."""
    items: list[tuple[str, Expression]] = []
    for part in parts:
        if isinstance(part, Named):
            items.append((part.name, part.made))
        else:
            chain = [inner for inner in part.then if isinstance(inner, Named)]
            items += [(inner.name, Either(inner.made, part.test)) for inner in chain]
    return Keyed(tuple(items))


def _copies(target: str, element: Expression, count: int, origin: Origin = NOWHERE) -> Expression:
    number = Hole((count,), "count", False, (origin,))
    return Table(target, element, ("_",), Formula("range({})", (number,)))


def blank_part(part: Part) -> Part:
    if isinstance(part, Named):
        return part._replace(made=blank(part.made))
    test = part.test._replace(values=blank(part.test).values)  # type: ignore[union-attr]
    return When(
        part.flag, test, tuple(map(blank_part, part.then)), tuple(map(blank_part, part.otherwise))
    )


def part_holes(part: Part) -> object:
    """What is left of a part without its values."""
    if isinstance(part, Named):
        return part.name, shape_of(part.made)
    arms = (tuple(map(part_holes, part.then)), tuple(map(part_holes, part.otherwise)))
    return part.flag, arms


def joined_parts(parts: tuple[Part, ...]) -> Part:
    """One part of all uses, its holes with the values of all."""
    first = parts[0]
    if isinstance(first, Named):
        made = tuple(part.made for part in parts if isinstance(part, Named))
        return first._replace(made=joined(made))
    found = [part for part in parts if isinstance(part, When)]
    test = joined(tuple(part.test for part in found))
    assert isinstance(test, Hole)
    then = zip(*(part.then for part in found), strict=True)
    otherwise = zip(*(part.otherwise for part in found), strict=True)
    return When(
        first.flag, test, tuple(map(joined_parts, then)), tuple(map(joined_parts, otherwise))
    )
