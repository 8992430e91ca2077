"""The lines of `forward`: calls nested as a person would write them, with the shapes they reach."""

from collections.abc import Iterator
from typing import NamedTuple

from archc.emit.pytorch import WIDTH, call_text
from archc.graph import LayerItem, Region
from archc.shape import Shape

_WIDTH = WIDTH - 8  # behind the indentation of a method


class _Statement(NamedTuple):
    """An expression over `x`, the shapes before and behind it, and how many calls are nested."""

    text: str
    before: Shape
    behind: Shape


def forward_lines(region: Region) -> Iterator[str]:
    """The statements of a chain, the last one a `return`."""
    statements = _statements(region)
    for statement in statements[:-1]:
        yield from _lines("x = ", statement)
    if statements:
        yield from _lines("return ", statements[-1])
    else:
        yield "return x"


def _statements(region: Region) -> list[_Statement]:
    statements: list[_Statement] = []
    start_anew = True
    for item in region.items:
        if _text(item, "x") == "x":
            continue
        longer = None if start_anew else _longer(statements[-1], item)
        if longer is None:
            statements.append(_Statement(_text(item, "x"), item.input_shape, item.output_shape))
        else:
            statements[-1] = longer
        start_anew = item.layer.view
    return statements


def _longer(statement: _Statement, item: LayerItem) -> _Statement | None:
    """The statement with one more call around it, if it still reads well: what multiplies begins a
    line of its own, and so does what only reshapes."""
    if item.macs or item.layer.view:
        return None
    longer = _Statement(_text(item, statement.text), statement.before, item.output_shape)
    return longer if len(_line("return ", longer)) <= _WIDTH else None


def _text(item: LayerItem, x: str) -> str:
    code = item.layer.code(item.input_shape)
    if code.init is not None:
        return f"self.{item.name}({x})"
    return x if code.call is None else call_text(code.call, x)


def _line(start: str, statement: _Statement) -> str:
    comment = f"  # {statement.behind}" if statement.behind != statement.before else ""
    return f"{start}{statement.text}{comment}"


def _lines(start: str, statement: _Statement) -> Iterator[str]:
    line = _line(start, statement)
    if len(line) <= _WIDTH or statement.behind == statement.before:
        yield line
    else:
        yield f"# {statement.behind}"
        yield start + statement.text
