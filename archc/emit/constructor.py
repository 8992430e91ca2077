"""The parts that a class makes in `__init__`: expressions with holes, in the order of the text."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from archc.elaborate.scope import sizes
from archc.emit.choices import Applied, Arm, BorrowedRepeat, Choice, GuardedMerge, is_chain
from archc.emit.expression import (
    NOWHERE,
    Either,
    Expression,
    Formula,
    Hole,
    Keyed,
    Make,
    Origin,
    Table,
    Unrolled,
    blank,
    joined,
    of_call,
    shape_of,
)
from archc.emit.expression import Sequence as Listed
from archc.emit.tables import folded
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
from archc.syntax.tree import Expr

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


class Parts:
    """Collects the parts of one class. `home` holds those at the class's own level: shares and what
    bodies make belong there, wherever they are used."""

    def __init__(self, instances: Instances, entry: Value) -> None:
        self.instances = instances
        self.entry = entry

    def of_class(self, region: Region) -> tuple[Part, ...]:
        """All parts of a class."""
        home: list[Part] = []
        self.region(region, home, home, ())
        return tuple(map(_folded, home))

    def region(
        self, region: Region, here: list[Part], home: list[Part], outer: tuple[list[Part], ...]
    ) -> None:
        """Adds a region's parts to its container."""
        for item in region.items:
            self.item(item, here, home, outer)

    def item(
        self, item: object, here: list[Part], home: list[Part], outer: tuple[list[Part], ...]
    ) -> None:
        if isinstance(item, LayerItem):
            init = item.layer.code(item.input_shape).init
            if init is not None:
                origin = self.origins(item.args, item.inputs["x"])
                here.append(Named(item.name, of_call(init, origin)))
        elif isinstance(item, Applied):
            self.applied(item, home)
        elif isinstance(item, MergeItem):
            for region in item.regions:
                self.region(region, here, home, outer)
        elif isinstance(item, GuardedMerge):
            self.guarded(item, here, home, outer)
        elif isinstance(item, Choice):
            self.choice(item, here, home, outer)
        elif isinstance(item, WindowItem):
            self.region(item.region, here, home, outer)
        elif isinstance(item, CallItem):
            self.call(item, here, home, outer)
        elif isinstance(item, GroupItem):
            self.group(item, here, home, outer)
        elif isinstance(item, RepeatItem):
            self.repeat(item, here, home, outer)
        elif isinstance(item, BorrowedRepeat):
            self.no_copies(item, here, home, outer)
        elif isinstance(item, LoopItem):
            self.loop(item, here, home, outer)
        elif isinstance(item, ShareItem) and item.first:
            element = self.element(item.region, home, outer)
            if element is not None:
                home.append(Named(item.name, element))

    def origins(self, args: Mapping[str, Arg], value: Value) -> OriginOf:
        """Where each argument of an item comes from."""

        def origin(name: str) -> Origin:
            arg = args.get(name)
            return self.origin(arg.expr if arg and arg.source == "step" else None, value)

        return origin

    def origin(self, expr: Expr | None, value: Value) -> Origin:
        """An expression of the text, with the sizes of the value at its place."""
        return Origin(expr, sizes(value.shape, self.entry.shape), value.id == self.entry.id)

    def applied(self, item: Applied, home: list[Part]) -> None:
        """The function is kept once, however often it is applied."""
        if not any(isinstance(part, Named) and part.name == item.name for part in home):
            home.append(Named(item.name, Hole((item.function,), item.name)))

    def choice(
        self, item: Choice, here: list[Part], home: list[Part], outer: tuple[list[Part], ...]
    ) -> None:
        then, otherwise = (self.arm(arm, home, outer) for arm in item.arms)
        if then or otherwise or not is_chain(item):
            origin = Origin(
                item.test, sizes(item.entry.shape, None), item.entry.id == self.entry.id
            )
            test = Hole((item.holds,), item.flag, False, (origin,))
            flag = "" if is_chain(item) else item.flag
            here.append(When(flag, test, then, otherwise))

    def arm(self, arm: Arm, home: list[Part], outer: tuple[list[Part], ...]) -> tuple[Part, ...]:
        made: list[Part] = []
        self.region(arm.region, made, home, outer)
        return tuple(map(blank_part, made)) if arm.borrowed else tuple(made)

    def guarded(
        self, item: GuardedMerge, here: list[Part], home: list[Part], outer: tuple[list[Part], ...]
    ) -> None:
        for branch in item.branches:
            if isinstance(branch, Region):
                self.region(branch, here, home, outer)
                continue
            origin = self.origin(branch.test, item.entry)
            test = Hole((branch.holds,), branch.flag, False, (origin,))
            here.append(When(branch.flag, test, self.arm(branch.arm, home, outer), ()))

    def call(
        self, item: CallItem, here: list[Part], home: list[Part], outer: tuple[list[Part], ...]
    ) -> None:
        if not item.inline:
            made = self.instances(item, self.origins(item.args, item.entry))
            if made is not None:
                here.append(Named(item.name, made))
            return
        own: list[Part] = []
        place = len(here)
        self.region(item.region, own, own, (*outer, here))
        if own:
            # The block's word stands before its body in the text.
            here.insert(place, Named(item.name, _keyed(own)))

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
                here.append(Named(item.name, _keyed(own)))

    def repeat(
        self, item: RepeatItem, here: list[Part], home: list[Part], outer: tuple[list[Part], ...]
    ) -> None:
        made = [(self.element(region, home, outer), count) for region, count in item.runs]
        elements = [(element, count) for element, count in made if element is not None]
        if not elements:
            return
        starred = is_sequential(item)
        target = "*" if starred else "nn.ModuleList"
        turns = tuple(element for element, count in elements for _ in range(min(count, _FEW)))
        found: tuple[Expression, ...]
        # In a list's element it may have as many copies as the list has elements.
        if len(elements) == 1 and (here is home or elements[0][1] > _FEW):
            found = (_copies(target, *elements[0], self.origin(item.times, item.entry)),)
        elif len(set(map(shape_of, turns))) == 1 and len(turns) < _FEW:
            found = (Unrolled(target, turns, {}),)
        else:
            found = tuple(e if count == 1 else _copies("*", e, count) for e, count in elements)
            found = found if starred else (Listed(target, found),)
        whole = Make("nn.Sequential", tuple(("", e) for e in found)) if starred else found[0]
        here.append(Named(item.name, whole))

    def no_copies(
        self,
        item: BorrowedRepeat,
        here: list[Part],
        home: list[Part],
        outer: tuple[list[Part], ...],
    ) -> None:
        """Copies that this use has none of."""
        sample, own = item.sample, item.item
        element = self.element(sample.runs[0][0], home, outer)
        if element is not None:
            starred = is_sequential(sample)
            target = "*" if starred else "nn.ModuleList"
            made = _copies(target, blank(element), 0, self.origin(own.times, own.entry))
            whole = Make("nn.Sequential", (("", made),)) if starred else made
            here.append(Named(own.name, whole))

    def loop(
        self, item: LoopItem, here: list[Part], home: list[Part], outer: tuple[list[Part], ...]
    ) -> None:
        turns = [self.element(region, home, outer) or Keyed(()) for region in item.turns]
        if all(turn == Keyed(()) for turn in turns):
            return
        names = [name.name for name in item.loop.names]
        bound = {name: tuple(t.bindings.get(name) for t in item.turns) for name in names}
        here.append(Named(item.name, Unrolled("nn.ModuleList", tuple(turns), bound)))

    def element(
        self, region: Region, home: list[Part], outer: tuple[list[Part], ...]
    ) -> Expression | None:
        """What a list holds for one copy: a single step's module, else parts by their names."""
        own: list[Part] = []
        self.region(region, own, home, outer)
        first = own[0] if own else None
        if len(own) == 1 and isinstance(first, Named) and not first.name:
            return first.made
        return _keyed(own) if own else None


def _folded(part: Part) -> Part:
    """A part with its loops folded."""
    if isinstance(part, Named):
        return part._replace(made=folded(part.made))
    then, otherwise = tuple(map(_folded, part.then)), tuple(map(_folded, part.otherwise))
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
