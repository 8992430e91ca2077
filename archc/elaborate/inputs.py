"""What enters the network: `input` lines and `--input`."""

from collections.abc import Sequence

from archc.diagnostic import Diagnostic
from archc.elaborate.evaluate import evaluate
from archc.elaborate.faults import Fault, Unknown
from archc.elaborate.names import Names
from archc.errors import declarations
from archc.layers.base import Mismatch
from archc.layers.settled import refuse_large
from archc.layers.values import OPEN
from archc.shape import Shape
from archc.source import Source, Span
from archc.symbolic import Open, symbol
from archc.syntax import tree as t
from archc.syntax.parse import parse
from archc.tuples import NamedTuple


class Entry(NamedTuple):
    """An input and the place that says it. `shape` is None where the line is mistaken."""

    name: str | None
    shape: Shape | None
    site: Span


class Entries(NamedTuple):
    """The inputs of a network in order, none if nothing says them."""

    entries: tuple[Entry, ...]
    diagnostics: tuple[Diagnostic, ...]


def read_option(texts: Sequence[str]) -> Entries:
    """`--input`s such as `3x32x32`, `image=3x32x32` or `256 int`."""
    lines: list[t.Input] = []
    problems: list[Diagnostic] = []
    for text in texts:
        name, _, shape = text.rpartition("=")
        parsed = parse(Source("--input", f"input {name} {shape}"))
        problems += parsed.diagnostics
        lines += [item for item in parsed.file.items if isinstance(item, t.Input)]
    found = read_lines(lines, Names({}))
    return Entries(found.entries, (*problems, *found.diagnostics))


def read_lines(lines: Sequence[t.Input], names: Names) -> Entries:
    """The `input` lines of a file; `names` are its parameters."""
    entries: list[Entry] = []
    problems: list[Diagnostic] = []
    for line in lines:
        if entries and (line.name is None or entries[0].name is None):
            problems.append(declarations.second_input(line.span, lines[0].span))
            if line.name is None:
                continue
        name = line.name.name if line.name else None
        try:
            shape = _shape(line, names, len(entries))
        except Fault as fault:
            problems += fault.diagnostics
            shape = None
        except Unknown:
            shape = None
        entries.append(Entry(name, shape, line.span))
    return Entries(tuple(entries), tuple(problems))


def _shape(line: t.Input, names: Names, place: int) -> Shape:
    """An input's shape. Each `?` is a symbol of its own, told from others by the input's place."""
    value = evaluate(line.shape, names)
    dims = value if type(value) is tuple else (value,)
    named = (symbol(place, axis) if size == OPEN else size for axis, size in enumerate(dims))
    sizes = tuple(size for size in named if isinstance(size, int | Open) and size >= 1)
    if len(sizes) != len(dims) or not 1 <= len(sizes) <= 4 or (line.ids and len(sizes) > 1):
        raise Fault(declarations.bad_input(line.shape.span, f"`{line.shape.span.text}`"))
    try:
        refuse_large("the input", sizes)
    except Mismatch as mismatch:
        problem = Diagnostic(mismatch.code, "error", mismatch.message, line.shape.span)
        raise Fault(problem._replace(help=mismatch.help)) from None
    if line.ids:
        return Shape(sizes, "ids")
    return Shape(sizes, "vector" if len(sizes) == 1 else "first")
