"""The lines of `forward`: calls nested as a person would write them, with the shapes they reach."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from archc.emit.merges import merge_text
from archc.emit.names import RESERVED, identifier
from archc.emit.pytorch import WIDTH, applied_text, call_text, repeats
from archc.emit.statements import Pending, without_comments, wrapped
from archc.emit.windows import from_text, into_text, mask_text, window_helpers
from archc.graph import (
    Arg,
    CallItem,
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
    WindowItem,
)
from archc.layers.code import Code
from archc.layers.values import Ref

_BRANCH_NAMES = ("y", "z", "u", "v")


class Home(NamedTuple):
    """Where the parts of a text are: of the current container, and of the block's class."""

    here: str
    block: str


class Forward:
    """Writes statements for regions. `x` is the variable that the pipe is in; the value may be an
    expression over it that is not assigned yet."""

    def __init__(
        self,
        depth: int = 0,
        bodies: tuple[Home, ...] = (),
        train_only: frozenset[int] = frozenset(),
        indexed: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        self.lines: list[str] = []
        self.train_only = train_only
        self.indexed = indexed
        self.helpers: dict[str, str] = {}
        self.depth = depth
        self.bodies = bodies
        self.indent = ""
        self.training_end = -1

    # --- statements ---

    def put(self, line: str) -> None:
        self.lines.append(self.indent + line)

    def assign(self, variable: str, value: "Pending") -> None:
        """Assigns a pending value, with the shape that it has reached."""
        if value.text == variable:
            return
        line = f"{variable} = {value.text}"
        comment = f"  # {value.shape}" if value.shape != value.before and value.shape else ""
        room = WIDTH - 12
        if comment and len(line + comment) <= room:
            self.put(line + comment)
            return
        if comment:
            self.put(comment.strip())
        for part in wrapped(line, room):
            self.put(part)

    def region(self, region: Region, value: "Pending", x: str, home: Home) -> "Pending":
        """The value behind a region; statements assign to `x`."""
        train_only, self.train_only = self.train_only, frozenset()
        for place, item in enumerate(region.items):
            if place in train_only and not self.indent:
                value = self.settle(value, x)
                # Neighbouring steps of training alone share one `if`.
                if self.training_end != len(self.lines):
                    self.put("if self.training:")
                self.indent = "    "
            elif place not in train_only and not isinstance(item, OutputItem) and self.indent:
                self.indent = ""
                self.training_end = len(self.lines)
            value = self.item(item, value, x, home)
        return value

    def settle(self, value: "Pending", x: str) -> "Pending":
        """The value in a variable: a plain name, so that it can be read twice."""
        if value.is_name:
            return value
        self.assign(x, value)
        return Pending(x, value.shape, value.shape)

    def item(self, item: Item, value: "Pending", x: str, home: Home) -> "Pending":
        if isinstance(item, LayerItem):
            return self.layer(item, value, x, home)
        if isinstance(item, MergeItem):
            return self.merge(item, value, x, home)
        if isinstance(item, CallItem):
            return self.call(item, value, x, home)
        if isinstance(item, RepeatItem):
            return self.repeat(item, value, x, home)
        if isinstance(item, LoopItem):
            return self.loop(item, value, x, home)
        if isinstance(item, GroupItem):
            return self.group(item, value, x, home)
        if isinstance(item, ShareItem):
            inner = Home(f"{home.block}.{item.name}", home.block)
            return self.region(item.region, value, x, inner)
        if isinstance(item, WindowItem):
            return self.windows(item, value, x, home)
        if isinstance(item, TapItem):
            return self.tap(item, value)
        if isinstance(item, RecallItem):
            name = self.variable(item.name)
            return Pending(name, item.out.shape, item.out.shape)
        return self.output(item, value)

    def group(self, item: GroupItem, value: "Pending", x: str, home: Home) -> "Pending":
        if item.region.kind != "body":
            here = below(home.here, item.name or "")
            return self.region(item.region, value, x, Home(here, home.block))
        *outer, around = bodies = self.bodies
        self.bodies = tuple(outer)
        value = self.region(item.region, value, x, around)
        self.bodies = bodies
        return value

    def variable(self, name: str) -> str:
        """The variable of a named value."""
        return identifier(name.replace(".", "_"), RESERVED)

    # --- items ---

    def layer(self, item: LayerItem, value: "Pending", x: str, home: Home) -> "Pending":
        code = item.layer.code(item.input_shape)
        self.helpers.update(code.helpers)
        if code.init is None and code.call is None:
            return value
        if item.out.id in self.indexed:
            return self.pool_with_places(item, value, x)
        starts_line = bool(item.macs) or item.layer.view or value.views or repeats(code.call)
        if starts_line and not value.is_name:
            value = self.settle(value, x)
        text = self.layer_text(item, code, value.text, home)
        if len(text) > WIDTH - 30 and not value.is_name:
            value = self.settle(value, x)
            text = self.layer_text(item, code, value.text, home)
        return Pending(text, value.before, item.output_shape, item.layer.view)

    def pool_with_places(self, item: LayerItem, value: "Pending", x: str) -> "Pending":
        """A pool whose places of maxima are read further on."""
        call = item.layer.indices(item.input_shape)
        assert call is not None
        value = self.settle(value, x)
        places = self.indexed[item.out.id]
        self.put(f"{x}, {places} = {call_text(call, value.text)}  # {item.output_shape}")
        return Pending(x, item.output_shape, item.output_shape)

    def layer_text(self, item: LayerItem, code: Code, x: str, home: Home) -> str:
        module = below(home.here, item.name)
        ports = {
            port: self.indexed.get(item.inputs[port].id) or self.variable(arg.value.name)
            for port, arg in item.args.items()
            if isinstance(arg.value, Ref)
        }
        return applied_text(
            code,
            x,
            module,
            {**dict.fromkeys(item.layer.ports, x), **ports, "mask": ports.get("mask", "mask")},
        )

    def merge(self, item: MergeItem, value: "Pending", x: str, home: Home) -> "Pending":
        before = value.before
        value = self.settle(value, x)
        entry = value.text
        if item.kind == "split":
            return self.split(item, value, x, home)
        texts: list[str] = []
        depth = self.depth
        for region in item.regions:
            variable = self.fresh()
            self.depth += 1
            start = Pending(entry, value.shape, value.shape)
            result = self.region(region, start, variable, home)
            if self.unsafe(result, texts):
                result = self.settle(result, variable)
            texts.append(result.text)
            # A variable that the result reads is held until the branches are combined.
            if not re.search(rf"\b{variable}\b", result.text):
                self.depth -= 1
        self.depth = depth
        shape = item.out.shape
        if len(texts) == 1:
            return Pending(texts[0], before, shape)
        return Pending(merge_text(item, texts), before, shape)

    def unsafe(self, result: "Pending", texts: list[str]) -> bool:
        """Whether an expression is too long to stand inside another one."""
        return len(result.text) > 40 or sum(map(len, texts)) + len(result.text) > 60

    def split(self, item: MergeItem, value: "Pending", x: str, home: Home) -> "Pending":
        names = [self.fresh(index) for index in range(len(item.branches))]
        dim = -1 if value.shape and value.shape.layout == "last" else 1
        count = len(item.branches)
        self.put(f"{', '.join(names)} = torch.chunk({value.text}, {count}, {dim})")
        self.depth += count
        texts = []
        for name, region in zip(names, item.regions, strict=True):
            start = Pending(name, region.entry.shape, region.entry.shape)
            texts.append(self.settle(self.region(region, start, name, home), name).text)
        self.depth -= count
        return Pending(merge_text(item, texts), value.shape, item.out.shape)

    def windows(self, item: WindowItem, value: "Pending", x: str, home: Home) -> "Pending":
        """A map to windows of tokens, what works on them, and back."""
        value = self.settle(value, x)
        window, entry = item.window, value.text
        self.helpers.update(window_helpers(window))
        last = value.shape is not None and value.shape.layout == "last"
        channels_last = entry if last else f"{entry}.movedim(1, -1)"
        variable = self.fresh()
        self.put(f"{variable} = {into_text(window, channels_last)}")
        if window.masked:
            self.put(f"mask = {mask_text(window, entry, last)}")
        self.depth += 1
        start = Pending(variable, item.region.entry.shape, item.region.entry.shape)
        result = self.settle(self.region(item.region, start, variable, home), variable)
        self.depth -= 1
        text = from_text(window, result.text, entry, last)
        return Pending(text if last else f"{text}.movedim(-1, 1)", value.shape, item.out.shape)

    def fresh(self, ahead: int = 0) -> str:
        """A variable for a branch."""
        place = self.depth + ahead
        return _BRANCH_NAMES[place] if place < len(_BRANCH_NAMES) else f"y{place}"

    def call(self, item: CallItem, value: "Pending", x: str, home: Home) -> "Pending":
        path = below(home.here, item.name)
        if is_identity(item.region):
            return value
        if item.inline:
            value = self.settle(value, x)
            return self.inline(item, value, x, path, home)
        value = self.settle(value, x)
        arguments = [value.text, *(self.passed(arg) for arg in item.args.values() if passes(arg))]
        return Pending(f"{path}({', '.join(arguments)})", value.shape, item.out.shape)

    def inline(self, item: CallItem, value: "Pending", x: str, path: str, home: Home) -> "Pending":
        """A block around a body is written out in place: the body's parts are the caller's."""
        bodies = self.bodies
        self.bodies = (*bodies, home)
        result = self.region(item.region, value, x, Home(path, path))
        self.bodies = bodies
        return result

    def passed(self, arg: Arg) -> str:
        """The variable of a value that a call passes on."""
        assert isinstance(arg.value, Ref)
        return self.variable(arg.value.name)

    def repeat(self, item: RepeatItem, value: "Pending", x: str, home: Home) -> "Pending":
        if not item.runs:
            return value
        path = below(home.here, item.name)
        copies = [region for region, count in item.runs for _ in range(min(count, 2))]
        if is_sequential(item):
            value = self.settle(value, x)
            return Pending(f"{path}({value.text})", value.shape, item.out.shape)
        return self.over_list(item.runs, copies, value, x, path, home)

    def loop(self, item: LoopItem, value: "Pending", x: str, home: Home) -> "Pending":
        path = below(home.here, item.name)
        runs = tuple((region, 1) for region in item.turns)
        return self.over_list(runs, list(item.turns), value, x, path, home)

    def over_list(
        self,
        runs: tuple[tuple[Region, int], ...],
        regions: list[Region],
        value: "Pending",
        x: str,
        path: str,
        home: Home,
    ) -> "Pending":
        """A `for` over the parts where every turn reads the same, else turn by turn."""
        value = self.settle(value, x)
        if value.text != x:
            self.assign(x, value._replace(before=value.shape))
            value = value._replace(text=x)
        name = f"{path.rpartition('.')[2].rstrip('0123456789')}_part"
        if path == name or path.startswith(f"{name}."):
            name = f"inner_{name}"
        bodies = {tuple(self.body_lines(region, value, x, name, home)) for region in regions}
        exit_ = regions[-1].exit.shape
        total = sum(count for _, count in runs)
        if len(bodies) == 1 and total > 1:
            (body,) = bodies
            has_parts = any(f"{name}." in line or f"{name}(" in line for line in body)
            source = path if has_parts else f"range({total})"
            self.put(f"for {name if has_parts else '_'} in {source}:")
            for line in body:
                self.put("    " + line)
            return Pending(x, value.shape, exit_)
        index = 0
        for region, count in runs:
            for _ in range(count):
                inner = Home(f"{path}[{index}]", home.block)
                value = self.region(region, Pending(x, value.shape, value.shape), x, inner)
                value = self.settle(value, x)
                index += 1
        return value

    def body_lines(
        self, region: Region, value: "Pending", x: str, name: str, home: Home
    ) -> list[str]:
        """The statements of a turn, without comments on shapes, which change from turn to turn."""
        inner = Forward(self.depth, self.bodies, indexed=self.indexed)
        start = Pending(x, None, None)
        result = inner.region(region, start, x, Home(name, home.block))
        inner.assign(x, result)
        self.helpers.update(inner.helpers)
        return without_comments(inner.lines)

    def give_back(self, value: "Pending") -> None:
        """Returns a value."""
        line = f"return {value.text}"
        comment = f"  # {value.shape}" if value.shape != value.before and value.shape else ""
        if len(line + comment) <= WIDTH - 8:
            self.put(line + comment)
            return
        for part in wrapped(line, WIDTH - 8):
            self.put(part)

    def tap(self, item: TapItem, value: "Pending") -> "Pending":
        name = self.variable(item.name)
        self.assign(name, value)
        return Pending(name, item.value.shape, item.value.shape)

    def output(self, item: OutputItem, value: "Pending") -> "Pending":
        name = self.variable(item.name)
        self.assign(name, value)
        return Pending(name, item.value.shape, item.value.shape)


def below(path: str, name: str) -> str:
    """A part of a container; a single step in it has no name of its own."""
    return f"{path}.{name}" if name else path


def is_identity(region: Region) -> bool:
    """Whether a region builds nothing and passes its value on."""
    if region.exit != region.entry:
        return False
    return all(isinstance(i, GroupItem) and is_identity(i.region) for i in region.items)


def passes(arg: Arg) -> bool:
    """Whether an argument is a value of the network."""
    return isinstance(arg.value, Ref)


def is_sequential(item: RepeatItem) -> bool:
    """Whether the copies are modules that `nn.Sequential` can run."""
    for region, _ in item.runs:
        if len(region.items) != 1:
            return False
        inner = region.items[0]
        if isinstance(inner, LayerItem):
            code = inner.layer.code(inner.input_shape)
            if code.init is None or code.call is not None or inner.name:
                return False
        elif not isinstance(inner, CallItem) or inner.inline or inner.values:
            return False
    return True
