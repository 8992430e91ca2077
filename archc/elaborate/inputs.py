"""What enters the network: `input` lines and `--input`."""

from collections.abc import Sequence
from typing import NamedTuple

from archc.diagnostic import Diagnostic
from archc.elaborate.evaluate import Fault, evaluate
from archc.errors import names as errors
from archc.layers.values import OPEN
from archc.shape import Shape
from archc.source import Source, Span
from archc.syntax import tree as t
from archc.syntax.parse import parse


class Entry(NamedTuple):
    """An input and the place that says it. `shape` is None where the line is mistaken."""

    shape: Shape | None
    site: Span


class Entries(NamedTuple):
    """The input of a network, None if nothing says it."""

    entry: Entry | None
    diagnostics: tuple[Diagnostic, ...]


def read_option(text: str) -> Entries:
    """An `--input` such as `3x32x32`, `image=3x32x32` or `256 int`."""
    name, _, shape = text.rpartition("=")
    parsed = parse(Source("--input", f"input {name} {shape}"))
    lines = [item for item in parsed.file.items if isinstance(item, t.Input)]
    entries = read_lines(lines)
    return Entries(entries.entry, (*parsed.diagnostics, *entries.diagnostics))


def read_lines(lines: Sequence[t.Input]) -> Entries:
    """The `input` lines of a file."""
    if not lines:
        return Entries(None, ())
    first, *others = lines
    diagnostics = [_extra(line, first) for line in others]
    try:
        shape = _shape(first)
    except Fault as fault:
        diagnostics.append(fault.diagnostic)
        shape = None
    return Entries(Entry(shape, first.span), tuple(diagnostics))


def _extra(line: t.Input, first: t.Input) -> Diagnostic:
    if line.name is None:
        return errors.second_input(line.span, first.span)
    return errors.not_yet(line.span, "a further input")


def _shape(line: t.Input) -> Shape:
    value = evaluate(line.shape, {})
    dims = value if type(value) is tuple else (value,)
    if OPEN in dims:
        raise Fault(errors.not_yet(line.shape.span, "an open size `?`"))
    if line.ids:
        raise Fault(errors.not_yet(line.span, "an input of token ids"))
    sizes = tuple(size for size in dims if isinstance(size, int) and size >= 1)
    if len(sizes) != len(dims) or not 1 <= len(sizes) <= 4:
        raise Fault(errors.bad_input(line.shape.span, f"`{line.shape.span.text}`"))
    return Shape(sizes, "vector" if len(sizes) == 1 else "first")
