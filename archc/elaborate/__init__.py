"""Tree to Graph: names, arguments and shapes in one walk."""

from typing import NamedTuple, TypeGuard

from archc.diagnostic import Diagnostic
from archc.elaborate.inputs import Entries, Entry, read_lines, read_option
from archc.elaborate.walk import walk
from archc.errors import names as errors
from archc.graph import Graph
from archc.shape import Shape
from archc.source import Span
from archc.spec import Spec
from archc.syntax import tree as t


class Elaborated(NamedTuple):
    """The network of a file, as far as it could be made out, and what is wrong with it."""

    graph: Graph
    diagnostics: tuple[Diagnostic, ...]


def elaborate(file: t.File, spec: Spec, data_shape: Shape | None = None) -> Elaborated:
    """The network of a file. `data_shape` is what the data set gives where nothing else says the
    input."""
    start = Span(file.span.source, 0, 0)
    diagnostics = [*_later(file), *_outside(spec, start)]
    steps = [item for item in file.items if _is_step(item)]
    found = _entries(file, spec.inputs)
    diagnostics += found.diagnostics
    entry = found.entry
    if entry is None and data_shape is not None:
        entry = Entry(data_shape, _train_site(file) or start)
    if entry is None:
        if not any(isinstance(item, t.Broken) and item.word == "input" for item in file.items):
            diagnostics.append(errors.no_input(steps[0].span if steps else start))
        entry = Entry(None, start)
    walked = walk(file.span, steps, entry)
    diagnostics += walked.diagnostics
    if not steps and not any(isinstance(item, t.Block) for item in file.items):
        diagnostics.append(errors.no_steps(start))
    return Elaborated(Graph(spec.name, _title(file), walked.region), tuple(diagnostics))


def _is_step(item: t.Item) -> TypeGuard[t.Step | t.Broken]:
    if isinstance(item, t.Broken):
        return item.word not in ("input", "param", "use", "block", "train")
    return not isinstance(item, t.Input | t.Param | t.Use | t.Block | t.Train)


def _entries(file: t.File, inputs: tuple[str, ...]) -> Entries:
    if inputs:
        return read_option(inputs[0])
    return read_lines([item for item in file.items if isinstance(item, t.Input)])


def _later(file: t.File) -> list[Diagnostic]:
    """Declarations that are not built yet, and a second `train`."""
    trains = [item for item in file.items if isinstance(item, t.Train)]
    diagnostics = [errors.second_train(train.span, trains[0].span) for train in trains[1:]]
    for item in file.items:
        if isinstance(item, t.Param | t.Use | t.Block):
            word = {t.Param: "`param`", t.Use: "`use`", t.Block: "a block"}[type(item)]
            place = (
                item.span._replace(end=item.name.span.end)
                if not isinstance(item, t.Use)
                else item.span
            )
            diagnostics.append(errors.not_yet(place, word))
    return diagnostics


def _outside(spec: Spec, start: Span) -> list[Diagnostic]:
    """What is asked for from outside and not built yet."""
    asked = [f"the block `{spec.block}`"] if spec.block else []
    asked += ["`--set`"] if spec.settings else []
    asked += ["a further input"] if len(spec.inputs) > 1 else []
    return [errors.not_yet(start, what) for what in asked]


def _train_site(file: t.File) -> Span | None:
    return next((item.span for item in file.items if isinstance(item, t.Train)), None)


def _title(file: t.File) -> str:
    """The comment that opens the text."""
    first = file.span.source.text.lstrip("\ufeff").split("\n", 1)[0].strip()
    return first.lstrip("# ").rstrip() if first.startswith("#") else ""
