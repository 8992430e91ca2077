"""How repeats and loops read in `forward`."""

from archc.emit.choices import BorrowedRepeat
from archc.emit.forward import Forward, Home, below, writes
from archc.emit.statements import Pending, without_comments
from archc.graph import CallItem, GroupItem, LayerItem, LoopItem, Region, RepeatItem

Runs = tuple[tuple[Region, int], ...]


@writes(RepeatItem)
def repeat(writer: Forward, item: RepeatItem, value: Pending, x: str, home: Home) -> Pending:
    if all(builds_nothing(writer, region) for region, _ in item.runs):
        return value
    path = below(home.here, item.name)
    if is_sequential(item):
        value = writer.settle(value, x)
        return Pending(f"{path}({value.text})", value.shape, item.out.shape)
    return _over_list(writer, item, item.runs, value, x, path, home)


@writes(BorrowedRepeat)
def borrowed(writer: Forward, item: BorrowedRepeat, value: Pending, x: str, home: Home) -> Pending:
    """Copies of which this use has none read as those of the others."""
    return repeat(writer, item.sample, value, x, home)


@writes(LoopItem)
def loop(writer: Forward, item: LoopItem, value: Pending, x: str, home: Home) -> Pending:
    if all(builds_nothing(writer, region) for region in item.turns):
        return value
    path = below(home.here, item.name)
    runs = tuple((region, 1) for region in item.turns)
    return _over_list(writer, item, runs, value, x, path, home)


def _over_list(
    writer: Forward,
    item: RepeatItem | LoopItem,
    runs: Runs,
    value: Pending,
    x: str,
    path: str,
    home: Home,
) -> Pending:
    """A `for` over the parts where every turn reads the same, else turn by turn."""
    name = f"{path.rpartition('.')[2].rstrip('0123456789')}_part"
    while name in writer.turns:
        name = f"inner_{name}"
    part = Home(name, (*home.homes, name))
    body = _body(writer, item, runs, x, part)
    if body == ():
        return value
    value = writer.hold(writer.settle(value, x), x)
    total = sum(count for _, count in runs)
    if body is not None and (total > 1 or writer.turns):
        has_parts = any(f"{name}." in line or f"{name}(" in line for line in body)
        source = path if has_parts else f"range({total})"
        writer.put(f"for {name if has_parts else '_'} in {source}:")
        with writer.indented():
            for line in body:
                writer.put(line)
        exit_ = runs[-1][0].exit.shape
        return Pending(x, value.shape, exit_)
    index = 0
    for region, count in runs:
        for _ in range(count):
            here = f"{path}[{index}]"
            inner = Home(here, (*home.homes, here))
            value = writer.hold(
                writer.region(region, Pending(x, value.shape, value.shape), x, inner), x
            )
            index += 1
    return value


def _body(
    writer: Forward, item: RepeatItem | LoopItem, runs: Runs, x: str, part: Home
) -> tuple[str, ...] | None:
    """The lines of each turn, without comments, since shapes change from turn to turn; None where
    turns read differently. Lists in lists are compared once, not again in each turn around."""
    if id(item) in writer.text.unlike:
        return None
    found: tuple[str, ...] | None = None
    for region, _ in _distinct(runs):
        lines = tuple(without_comments(writer.lines_of(region, x, part)))
        if found is not None and lines != found:
            writer.text.unlike.add(id(item))
            return None
        found = lines
    return found


def _distinct(runs: Runs) -> Runs:
    """Each region once."""
    return tuple({id(region): (region, count) for region, count in runs}.values())


def builds_nothing(writer: Forward, region: Region) -> bool:
    """Whether a region builds nothing and passes its value on."""
    return all(_is_nothing(writer, item) for item in region.items)


def _is_nothing(writer: Forward, item: object) -> bool:
    if isinstance(item, GroupItem):
        return item.region.kind != "body" and builds_nothing(writer, item.region)
    if isinstance(item, CallItem):
        return not item.inline and not writer.text.builds(item)
    if isinstance(item, RepeatItem):
        return all(builds_nothing(writer, region) for region, _ in item.runs)
    return False


def is_sequential(item: RepeatItem) -> bool:
    """Whether the copies are modules that `nn.Sequential` can run."""
    return all(_is_one_module(region) for region, _ in item.runs)


def _is_one_module(region: Region) -> bool:
    if len(region.items) != 1:
        return False
    (inner,) = region.items
    if isinstance(inner, LayerItem):
        code = inner.code
        return code.init is not None and code.call is None and not inner.name
    if not isinstance(inner, CallItem) or inner.name:
        return False
    return not (inner.inline or inner.values or inner.handed)
