"""Graph to rows: what each step makes and costs."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from archc.collection import without_collection
from archc.cost.walk import Step, steps
from archc.cost.words import step_text
from archc.graph import Graph, LayerItem, known
from archc.shape import Shape
from archc.symbolic import Size
from archc.tuples import NamedTuple

FLOAT32 = 4
INT64 = 8
"""Bytes of a number, and of a token id."""

Shapes = Shape | Mapping[str, Shape]
"""A shape, or several by name."""


class Row(NamedTuple):
    """A step that builds something, a merge, or several steps that were folded into one.

    `path` is the part's name in the state dict, `step` its word and `text` the step as written, on
    one line. `macs` are those of one example, `memory` the bytes of a batch's results. A later use
    of shared weights has no `parameters`. What depends on an open size of the input is open too.
    `receptive_field` has one size a dimension of the input's
    positions, or is None where they can't be told apart. `train` is true of what only outputs of
    training need.
    """

    path: str
    step: str
    text: str
    line: int
    input: Shape
    output: Shape
    parameters: int
    macs: Size
    memory: Size
    receptive_field: tuple[Size, ...] | None
    train: bool
    merge: bool = False


class Summary(NamedTuple):
    """A network's rows in order of execution. Memory is for `batch` examples. Several inputs or
    outputs are mappings by name; `train_outputs` are returned in training besides."""

    name: str
    input: Shapes
    output: Shapes
    train_outputs: Mapping[str, Shape]
    batch: int
    rows: tuple[Row, ...]

    @property
    def parameters(self) -> int:
        """Trainable numbers, those that only training uses too."""
        return sum(row.parameters for row in self.rows)

    @property
    def macs(self) -> Size:
        """Multiply-accumulates of one example in evaluation."""
        return sum(row.macs for row in self.rows if not row.train)

    @property
    def flops(self) -> Size:
        """Twice the MACs: a multiplication and an addition each."""
        return 2 * self.macs

    @property
    def memory(self) -> Size:
        """Bytes of the results of all steps of an evaluation for the batch, without the input."""
        return sum(row.memory for row in self.rows if not row.train)

    @property
    def inputs(self) -> tuple[Shape, ...]:
        """The shapes of all inputs."""
        return (self.input,) if isinstance(self.input, Shape) else tuple(self.input.values())

    @property
    def input_memory(self) -> Size:
        """Bytes of the batch itself."""
        return self.batch * sum(
            shape.numel * (INT64 if shape.layout == "ids" else FLOAT32) for shape in self.inputs
        )

    @property
    def parameter_memory(self) -> int:
        """Bytes of the parameters."""
        return FLOAT32 * self.parameters

    @property
    def train_rows(self) -> tuple[Row, ...]:
        """What only outputs of training need."""
        return tuple(row for row in self.rows if row.train)

    @property
    def evaluated_rows(self) -> tuple[Row, ...]:
        """What an evaluation runs."""
        return tuple(row for row in self.rows if not row.train)

    def __str__(self) -> str:
        from archc.cost.table import as_text

        return as_text(self)

    def _repr_markdown_(self) -> str:
        from archc.cost.table import as_markdown

        return as_markdown(self)


@without_collection()
def summarize(graph: Graph, batch: int = 1, depth: int | None = None) -> Summary:
    """The costs of a network. Parts nested deeper than `depth` are folded into the part that holds
    them; 1 leaves the parts of the network itself."""
    rows = _Rows(batch)
    found = (rows.row(step) for step in steps(graph) if leaves_anything(step))
    return Summary(
        graph.name,
        _one_or_all({put.name or "x": known(put.value) for put in graph.inputs}),
        _one_or_all(graph.outputs),
        graph.train_outputs,
        batch,
        tuple(found if depth is None else _folded(found, depth)),
    )


def leaves_anything(step: Step) -> bool:
    """Whether a step is a merge, or a layer that leaves something in the network."""
    return not isinstance(step.item, LayerItem) or built(step.item)


def built(item: LayerItem) -> bool:
    """Whether a layer leaves anything in the network; `id` and `expect` do not."""
    code = item.code
    return code.init is not None or code.call is not None


def short_path(path: str, depth: int) -> str:
    """The part at most `depth` levels deep that holds a part, or is it: `layer1` for
    `layer1.0.conv1` at depth 1."""
    return ".".join(path.split(".")[:depth])


def _one_or_all(shapes: Mapping[str, Shape]) -> Shapes:
    return shapes if len(shapes) > 1 else next(iter(shapes.values()))


class _Rows:
    """Makes rows; what copies of a step have in common is found once."""

    def __init__(self, batch: int) -> None:
        self.batch = batch
        self.known: dict[int, Row] = {}

    def row(self, step: Step) -> Row:
        if id(step.item) not in self.known:
            self.known[id(step.item)] = self.first(step)
        row = self.known[id(step.item)]
        return row._replace(
            path=step.path,
            parameters=0 if step.again else row.parameters,
            receptive_field=step.field.sizes,
            train=step.train,
        )

    def first(self, step: Step) -> Row:
        item = step.item
        shape = known(item.out)
        memory = FLOAT32 * self.batch * shape.numel * step.windows
        line = item.site.first[0]
        if isinstance(item, LayerItem):
            once = item.layer.macs_once(item.input_shape)
            macs = (item.macs - once) * step.windows + once
            entry, parameters = item.input_shape, item.parameters
            word, text, view = item.word, step_text(item), item.layer.view
        else:
            entry, parameters, macs = known(item.entry), 0, item.macs * step.windows
            word, text, view = item.kind, f"{item.kind} of {len(item.regions)}", False
        return Row(
            step.path, word, text, line, entry, shape, parameters, macs, 0 if view else memory,
            None, False, not isinstance(item, LayerItem),
        )  # fmt: skip


def _folded(rows: Iterable[Row], depth: int) -> Iterator[Row]:
    for (path, train), group in groupby(rows, lambda row: (short_path(row.path, depth), row.train)):
        held = list(group)
        first, last = held[0], held[-1]
        if len(held) == 1:
            yield first
            continue
        yield Row(
            path=path,
            step=path.rpartition(".")[2],
            text=f"{sum(not row.merge for row in held):,} steps",
            line=first.line,
            input=first.input,
            output=last.output,
            parameters=sum(row.parameters for row in held),
            macs=sum(row.macs for row in held),
            memory=sum(row.memory for row in held),
            receptive_field=last.receptive_field,
            train=train,
        )
