"""How branches read in `forward`: merges, splits, choices and windows."""

from archc.emit.choices import Choice, GuardedMerge, VariedWindow, is_chain
from archc.emit.forward import Forward, Home, writes
from archc.emit.merges import merge_text
from archc.emit.pytorch import literal
from archc.emit.statements import Pending
from archc.emit.windows import from_text, into_text, mask_text, window_helpers
from archc.graph import MergeItem, Region, WindowItem, known
from archc.source import words


@writes(MergeItem)
def merge(writer: Forward, item: MergeItem, value: Pending, x: str, home: Home) -> Pending:
    regions = item.regions
    if len(regions) == 1:
        return writer.region(regions[0], value, x, home)
    before = value.before
    value = writer.settle(value, x)
    if item.kind == "split":
        return _split(writer, item, value, home)
    texts: list[str] = []
    length = 0
    depth = writer.depth
    for place, region in enumerate(regions, 1):
        variable = writer.fresh()
        writer.depth += 1
        result = writer.region(region, _start(value.text, value), variable, home)
        if place < len(regions) and writer.reads_further(result.text):
            result = writer.hold(result, variable)
        elif len(result.text) > 40 or length + len(result.text) > 60:
            # It is too long to stand inside another expression.
            result = writer.settle(result, variable)
        texts.append(result.text)
        length += len(result.text)
        # A variable that the result reads is held until the branches are combined.
        if variable not in words(result.text):
            writer.depth -= 1
    writer.depth = depth
    return Pending(merge_text(item, texts), before, item.out.shape)


def _start(name: str, value: Pending) -> Pending:
    return Pending(name, value.shape, value.shape)


def _split(writer: Forward, item: MergeItem, value: Pending, home: Home) -> Pending:
    names = [writer.fresh(index) for index in range(len(item.branches))]
    dim = -1 if known(item.entry).layout == "last" else 1
    count = len(item.branches)
    writer.put(f"{', '.join(names)} = torch.chunk({value.text}, {count}, {dim})")
    writer.depth += count
    texts = []
    for name, region in zip(names, item.regions, strict=True):
        start = Pending(name, region.entry.shape, region.entry.shape)
        texts.append(writer.settle(writer.region(region, start, name, home), name).text)
    writer.depth -= count
    return Pending(merge_text(item, texts), value.shape, item.out.shape)


@writes(GuardedMerge)
def guarded(writer: Forward, item: GuardedMerge, value: Pending, x: str, home: Home) -> Pending:
    """A merge of two branches of which one may be missing: the other is the value then."""
    value = writer.settle(value, x)
    main = writer.fresh()
    writer.depth += 1
    for branch in item.branches:
        if isinstance(branch, Region):
            start = _start(value.text, value)
            writer.hold(writer.region(branch, start, main, home), main)
    for place, branch in enumerate(item.branches):
        if isinstance(branch, Region):
            continue
        writer.put(f"if self.{branch.flag}:")
        with writer.indented():
            start = _start(value.text, value)
            side = writer.region(branch.arm.region, start, writer.fresh(), home)
            texts = [side.text, main] if place == 0 else [main, side.text]
            writer.put(f"{main} = {merge_text(item.item, texts)}")
    writer.depth -= 1
    return Pending(main, item.out.shape, item.out.shape)


@writes(Choice)
def choice(writer: Forward, item: Choice, value: Pending, x: str, home: Home) -> Pending:
    then, otherwise = (arm.region for arm in item.arms)
    if is_chain(item):
        return writer.region(then, value, x, home)
    start = writer.hold(value, x)._replace(shape=None, before=None)
    word = f"if self.{item.flag}:" if then.items else f"if not self.{item.flag}:"
    for region in (then, otherwise):
        if region.items:
            writer.put(word)
            with writer.indented():
                lines = len(writer.lines)
                writer.hold(writer.region(region, start, x, home), x)
                if len(writer.lines) == lines:
                    writer.put("pass")
            word = "else:"
    return Pending(x, item.out.shape, item.out.shape)


@writes(WindowItem)
def windows(writer: Forward, item: WindowItem, value: Pending, x: str, home: Home) -> Pending:
    shift = literal(item.window.shift) if item.window.masked else ""
    return _windows(writer, item, shift, value, x, home)


@writes(VariedWindow)
def varied_windows(
    writer: Forward, item: VariedWindow, value: Pending, x: str, home: Home
) -> Pending:
    return _windows(writer, item.item, f"self.{item.attribute.name}", value, x, home)


def _windows(
    writer: Forward, item: WindowItem, shift: str, value: Pending, x: str, home: Home
) -> Pending:
    """A map to windows of tokens, what works on them, and back; `shift` is a text, empty for
    windows that are never shifted."""
    value = writer.settle(value, x)
    window, entry = item.window, value.text
    writer.helpers.update(window_helpers(window, bool(shift)))
    last = known(item.entry).layout == "last"
    channels_last = entry if last else f"{entry}.movedim(1, -1)"
    variable = writer.fresh()
    writer.put(f"{variable} = {into_text(window, channels_last, shift)}")
    if shift:
        writer.put(f"mask = {mask_text(window, entry, last, shift)}")
    writer.depth += 1
    start = Pending(variable, item.region.entry.shape, item.region.entry.shape)
    result = writer.settle(writer.region(item.region, start, variable, home), variable)
    writer.depth -= 1
    text = from_text(window, result.text, entry, last, shift)
    return Pending(text if last else f"{text}.movedim(-1, 1)", value.shape, item.out.shape)
