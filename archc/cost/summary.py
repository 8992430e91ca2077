"""Graph to rows: what each step makes and costs."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from archc.cost.receptive import Field, receptive_fields
from archc.graph import Graph, LayerItem
from archc.shape import Shape

FLOAT32 = 4
"""Bytes of a number."""

_COMMENT = re.compile(r'("[^"\n]*")|#[^\n]*')


class Row(NamedTuple):
    """A step that builds something, or several that were folded into one.

    `path` is the part's name in the state dict, `step` its word and `text` the step as written, on
    one line. `macs` are those of one example, `memory` the bytes of a batch's results.
    `receptive_field` has one size a dimension of the input's positions, or is None where they can't
    be told apart.
    """

    path: str
    step: str
    text: str
    line: int
    input: Shape
    output: Shape
    parameters: int
    macs: int
    memory: int
    receptive_field: tuple[int, ...] | None


class Summary(NamedTuple):
    """A network's rows in order of execution. Memory is for `batch` examples."""

    name: str
    input: Shape
    output: Shape
    batch: int
    rows: tuple[Row, ...]

    @property
    def parameters(self) -> int:
        """Trainable numbers."""
        return sum(row.parameters for row in self.rows)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one example."""
        return sum(row.macs for row in self.rows)

    @property
    def flops(self) -> int:
        """Twice the MACs: a multiplication and an addition each."""
        return 2 * self.macs

    @property
    def memory(self) -> int:
        """Bytes of the results of all steps for the batch, without the input."""
        return sum(row.memory for row in self.rows)

    @property
    def input_memory(self) -> int:
        """Bytes of the batch itself."""
        return FLOAT32 * self.batch * self.input.numel

    @property
    def parameter_memory(self) -> int:
        """Bytes of the parameters."""
        return FLOAT32 * self.parameters

    def __str__(self) -> str:
        from archc.cost.table import as_text

        return as_text(self)

    def _repr_markdown_(self) -> str:
        from archc.cost.table import as_markdown

        return as_markdown(self)


def summarize(graph: Graph, batch: int = 1, depth: int | None = None) -> Summary:
    """The costs of a network. Parts nested deeper than `depth` are folded into the part that holds
    them; 1 leaves the parts of the network itself."""
    fields = receptive_fields(graph)
    rows = (_row(item, fields[item.out.id], batch) for item in graph.layers() if built(item))
    folded = tuple(rows if depth is None else _folded(rows, depth))
    return Summary(graph.name, graph.input, graph.output, batch, folded)


def built(item: LayerItem) -> bool:
    """Whether a step leaves anything in the network; `id` and `expect` do not."""
    code = item.layer.code(item.input_shape)
    return code.init is not None or code.call is not None


def short_path(path: str, depth: int) -> str:
    """The part at most `depth` levels deep that holds a part, or is it: `layer1` for
    `layer1.0.conv1` at depth 1."""
    return ".".join(path.split(".")[:depth])


def _row(item: LayerItem, field: Field, batch: int) -> Row:
    shape = item.output_shape
    return Row(
        path=item.name,
        step=item.word,
        text=" ".join(_COMMENT.sub(r"\1", item.site.text).split()),
        line=item.site.first[0],
        input=item.input_shape,
        output=shape,
        parameters=item.parameters,
        macs=item.macs,
        memory=0 if item.layer.view else FLOAT32 * batch * shape.numel,
        receptive_field=None if field is None else tuple(seen.size for seen in field),
    )


def _folded(rows: Iterable[Row], depth: int) -> Iterator[Row]:
    for path, group in groupby(rows, lambda row: short_path(row.path, depth)):
        held = list(group)
        first, last = held[0], held[-1]
        if len(held) == 1:
            yield first
            continue
        yield last._replace(
            path=path,
            step=path.rpartition(".")[2],
            text=f"{len(held)} steps",
            line=first.line,
            input=first.input,
            parameters=sum(row.parameters for row in held),
            macs=sum(row.macs for row in held),
            memory=sum(row.memory for row in held),
        )
