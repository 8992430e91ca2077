"""A random network's structure, and its text: one step a line, so that a place is a step."""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from archc.layers.values import written


class Expr(NamedTuple):
    """An expression that archc and Python read alike, and what it gives where it was drawn."""

    text: str


class Arg(NamedTuple):
    """An argument: a value, or an Expr; `text` is how it stands in the spec."""

    name: str
    value: object
    text: str


class Use(NamedTuple):
    """A layer, a block, a share or a name for one of them; `body` is None where none is given."""

    word: str
    args: tuple[Arg, ...] = ()
    body: "tuple[Step, ...] | None" = None


class Branch(NamedTuple):
    """Steps of a merge; `guard` is a condition."""

    steps: "tuple[Step, ...]"
    guard: str = ""


class Merge(NamedTuple):
    kind: str
    branches: tuple[Branch, ...]


class Repeat(NamedTuple):
    count: str
    steps: "tuple[Step, ...]"


class Loop(NamedTuple):
    """`rows` is archc's text, `turns` what the names are bound to."""

    names: tuple[str, ...]
    rows: str
    turns: tuple[tuple[int, ...], ...]
    steps: "tuple[Step, ...]"


class If(NamedTuple):
    test: str
    then: "tuple[Step, ...]"
    otherwise: "tuple[Step, ...]" = ()


class Group(NamedTuple):
    """Steps in braces, under a label if it is not empty."""

    label: str
    steps: "tuple[Step, ...]"


class With(NamedTuple):
    word: str
    args: tuple[Arg, ...]
    steps: "tuple[Step, ...]"


class Windows(NamedTuple):
    sides: tuple[int, int]
    shift: tuple[int, int]
    grid: bool
    steps: "tuple[Step, ...]"


class Let(NamedTuple):
    name: str
    value: str
    top: bool = False  # at the top of the file: its blocks know the name too


class Tap(NamedTuple):
    name: str


class Recall(NamedTuple):
    name: str


class Output(NamedTuple):
    name: str
    train: bool


class Share(NamedTuple):
    name: str
    steps: "tuple[Step, ...]"


class Body(NamedTuple):
    """The place of a call's body in a block."""


Step: TypeAlias = (
    Use | Merge | Repeat | Loop | If | Group | With | Windows | Let | Tap | Recall | Output
    | Share | Body
)  # fmt: skip


class Block(NamedTuple):
    """`defaults` are expressions by name, empty for a parameter that must be given."""

    name: str
    defaults: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]


class Network(NamedTuple):
    """`ids` is the size of the vocabulary where token ids enter, 0 for numbers."""

    dims: tuple[int, ...]
    layout: str
    ids: int
    defaults: tuple[tuple[str, tuple[Arg, ...]], ...]
    blocks: tuple[Block, ...]
    steps: tuple[Step, ...]


class Text(NamedTuple):
    """A spec, and the line of each step, and of each branch's end, by its identity."""

    spec: str
    lines: dict[int, int]


def write(network: Network) -> Text:
    """The network as a spec."""
    lines = [f"input {'x'.join(map(str, network.dims))}{' int' if network.layout == 'ids' else ''}"]
    places: dict[int, int] = {}
    for word, args in network.defaults:
        lines.append(" ".join(["default", word, *(arg.text for arg in args)]))
    blocks = [_block(block) for block in network.blocks]
    # Blocks may stand in front of the steps or behind them.
    half = len(blocks) // 2
    parts = [*blocks[:half], _lines(network.steps, ""), *blocks[half:]]
    for part in parts:
        for line, these in part:
            lines.append(line)
            places.update((id(step), len(lines)) for step in these)
    return Text("\n".join(lines) + "\n", places)


_Line: TypeAlias = "tuple[str, tuple[Step | Branch, ...]]"


def _block(block: Block) -> list[_Line]:
    names = [f"{name}={default}" if default else name for name, default in block.defaults]
    head = f"block {block.name}({', '.join(names)}) {{" if names else f"block {block.name} {{"
    return [(head, ()), *_lines(block.steps, "  "), ("}", ())]


def _lines(steps: tuple[Step, ...], indent: str) -> list[_Line]:
    return [line for step in steps for line in _step(step, indent)]


def _braces(head: str, step: Step, steps: tuple[Step, ...], indent: str) -> Iterator[_Line]:
    yield f"{indent}{head} {{".replace("  {", " {"), (step,)
    yield from _lines(steps, indent + "  ")
    yield indent + "}", ()


def _step(step: Step, indent: str) -> Iterator[_Line]:
    if isinstance(step, Use):
        text = " ".join([step.word, *(arg.text for arg in step.args)])
        if step.body is None:
            yield indent + text, (step,)
        else:
            yield from _braces(text, step, step.body, indent)
    elif isinstance(step, Merge):
        yield f"{indent}{step.kind}(", (step,)
        for branch in step.branches:
            inner = _lines(branch.steps, indent + "  ")
            last, made_by = inner[-1]
            guard = f" if {branch.guard}" if branch.guard else ""
            yield from inner[:-1]
            yield f"{last}{guard},", (*made_by, branch)
        yield indent + ")", ()
    elif isinstance(step, Repeat):
        yield from _braces(f"{step.count} *", step, step.steps, indent)
    elif isinstance(step, Loop):
        head = f"for {' '.join(step.names)} in {step.rows}"
        yield from _braces(head, step, step.steps, indent)
    elif isinstance(step, If):
        inner = list(_braces(f"if {step.test}", step, step.then, indent))
        yield from inner[:-1] if step.otherwise else inner
        if step.otherwise:
            yield indent + "} else {", ()
            yield from _lines(step.otherwise, indent + "  ")
            yield indent + "}", ()
    elif isinstance(step, Group):
        head = f"{step.label}: {{" if step.label else "{"
        yield indent + head, (step,)
        yield from _lines(step.steps, indent + "  ")
        yield indent + "}", ()
    elif isinstance(step, With):
        head = " ".join(["with", step.word, *(arg.text for arg in step.args)])
        yield from _braces(head, step, step.steps, indent)
    elif isinstance(step, Windows):
        head = f"windows {written(step.sides)} s={written(step.shift)}"
        yield from _braces(head + " grid=yes" * step.grid, step, step.steps, indent)
    elif isinstance(step, Share):
        yield from _braces(f"share {step.name} =", step, step.steps, indent)
    else:
        yield indent + _plain(step), (step,)


def _plain(step: Step) -> str:
    if isinstance(step, Let):
        return f"let {step.name} = {step.value}"
    if isinstance(step, Tap):
        return f"-> {step.name}"
    if isinstance(step, Recall):
        return f"@{step.name}"
    if isinstance(step, Output):
        return f"output {step.name}{' train' if step.train else ''}"
    assert isinstance(step, Body)
    return "body"
