"""The tree of a text: what was written and where, nothing of what it means."""

from typing import Literal as Choice
from typing import TypeAlias

from archc.source import Span
from archc.tuples import NamedTuple

SIZES = ("C", "Cin", "H", "W", "D", "L")
"""The words for sizes of a value."""

# --- expressions ---------------------------------------------------------------------------------


class Literal(NamedTuple):
    """A number, `yes`, `no`, `none` or a "text"."""

    span: Span
    value: int | float | bool | str | None


class Size(NamedTuple):
    """`3x32x32`; `?` is None."""

    span: Span
    dims: tuple[int | None, ...]


class Open(NamedTuple):
    """`?` standing alone."""

    span: Span


class Name(NamedTuple):
    """The name of a value, a layer, a block or a word such as `same`."""

    span: Span
    name: str


class At(NamedTuple):
    """`@name` or `@name.C`, without the `@`."""

    span: Span
    name: str


class Unary(NamedTuple):
    """`-a`, `not a`."""

    span: Span
    operator: str
    operand: "Expr"


class Binary(NamedTuple):
    """`a + b`, comparisons, `and`, `or`, and `a..b`."""

    span: Span
    operator: str
    left: "Expr"
    right: "Expr"


class Ternary(NamedTuple):
    """`then if test else otherwise`."""

    span: Span
    then: "Expr"
    test: "Expr"
    otherwise: "Expr"


class Apply(NamedTuple):
    """`f(a, key=b)`: a function or an initialisation."""

    span: Span
    name: str
    arguments: tuple["Argument", ...]


class Index(NamedTuple):
    """`a[place]`."""

    span: Span
    value: "Expr"
    place: "Expr"


class Slice(NamedTuple):
    """`a[i:j]` or `a[i:j:step]`."""

    span: Span
    value: "Expr"
    start: "Expr | None"
    stop: "Expr | None"
    step: "Expr | None"


class ListOf(NamedTuple):
    """`[1 2 3]` has one row; a table has one tuple a row and `table` set."""

    span: Span
    rows: tuple[tuple["Expr", ...], ...]
    table: bool


class Comprehension(NamedTuple):
    """`[element for names in rows]`."""

    span: Span
    element: "Expr"
    names: tuple[Name, ...]
    rows: "Expr"


Expr: TypeAlias = (
    Literal | Size | Open | Name | At
    | Unary | Binary | Ternary | Apply | Index | Slice | ListOf | Comprehension
)  # fmt: skip


class Argument(NamedTuple):
    """A value of a step: by place (`name` is None), `key=value`, short (`k3`), or `..rest`."""

    span: Span
    form: Choice["place", "key", "short", "rest"]
    name: str | None
    value: Expr


# --- steps ---------------------------------------------------------------------------------------


class Call(NamedTuple):
    """`conv 32 k3`, `residual { ... }`: a layer, a block, a share or `body`."""

    span: Span
    name: Name
    arguments: tuple[Argument, ...]
    body: "Group | None"


class Group(NamedTuple):
    """`{ a | b }`."""

    span: Span
    steps: tuple["Step", ...]


class Branch(NamedTuple):
    """One branch of a merge, perhaps with `if test`."""

    span: Span
    steps: tuple["Step", ...]
    test: Expr | None


class Merge(NamedTuple):
    """`add(a, b)`, `concat(...)`, `split(...)`, ..."""

    span: Span
    kind: Name
    branches: tuple[Branch, ...]


class Repeat(NamedTuple):
    """`times * step`."""

    span: Span
    times: Expr
    step: "Step"


class Loop(NamedTuple):
    """`for c n in rows { ... }`."""

    span: Span
    names: tuple[Name, ...]
    rows: Expr
    body: Group


class Condition(NamedTuple):
    """`if test { ... } else ...`."""

    span: Span
    test: Expr
    then: Group
    otherwise: "Group | Condition | None"


class Recall(NamedTuple):
    """`@name` as a step."""

    span: Span
    name: str


class Labelled(NamedTuple):
    """`stem: step`."""

    span: Span
    label: Name
    step: "Step"


class With(NamedTuple):
    """`with bn eps=1e-3 { ... }`."""

    span: Span
    name: Name
    arguments: tuple[Argument, ...]
    body: Group


class Tap(NamedTuple):
    """`step -> name`, or `-> name` alone (`step` is None)."""

    span: Span
    step: "Step | None"
    name: Name


class Let(NamedTuple):
    """`let name = value`."""

    span: Span
    name: Name
    value: Expr


class Output(NamedTuple):
    """`output name`, `output name train`."""

    span: Span
    name: Name
    train: bool


class Default(NamedTuple):
    """`default conv bias=no`."""

    span: Span
    name: Name
    arguments: tuple[Argument, ...]


class Share(NamedTuple):
    """`share head = step`."""

    span: Span
    name: Name
    step: "Step"


class Broken(NamedTuple):
    """An item or a step that could not be read. `word` is what an item begins with, `names` are
    those that it would declare."""

    span: Span
    word: str
    names: tuple[str, ...]


Step: TypeAlias = (
    Call | Group | Merge | Repeat | Loop | Condition | Recall
    | Labelled | With | Tap | Let | Output | Default | Share | Broken
)  # fmt: skip

# --- declarations --------------------------------------------------------------------------------


class Input(NamedTuple):
    """`input image 3x224x224`; `shape` is a Size, an integer or a list."""

    span: Span
    name: Name | None
    shape: Expr
    ids: bool


class Param(NamedTuple):
    """`param width = 64`."""

    span: Span
    name: Name
    value: Expr


class Use(NamedTuple):
    """`use "x.arch" as r`, `use std`, `use python "pkg:Class" as gate`."""

    span: Span
    target: Literal | Name
    python: bool
    alias: Name | None


class Parameter(NamedTuple):
    """A parameter of a block; `rest` marks `..a`."""

    span: Span
    name: Name
    default: Expr | None
    rest: bool


class Block(NamedTuple):
    """`block name(c, s=1) { ... }` or `block name = step`."""

    span: Span
    name: Name
    parameters: tuple[Parameter, ...]
    body: Group | None
    alias: Step | None


class Train(NamedTuple):
    """`train { ... }`; every line is a Call."""

    span: Span
    body: Group


Item: TypeAlias = Input | Param | Use | Block | Train | Step


class File(NamedTuple):
    """A whole text."""

    span: Span
    items: tuple[Item, ...]
