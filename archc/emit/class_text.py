"""A class as text."""

from collections.abc import Iterator

from archc.emit.classes import BlockClass
from archc.emit.expression import Hole, lines
from archc.emit.initial import Start, loop_lines
from archc.emit.pytorch import WIDTH, literal

_INDENT = " " * 8


def class_lines(made: BlockClass, alike: dict[str, tuple[Start, ...]]) -> Iterator[str]:
    """The lines of a class; `alike` are the kinds of modules that its constructor starts."""
    yield f"class {made.name}(nn.Module):"
    if made.parts[0]:
        yield from _constructor(made, alike)
        yield ""
    yield _forward_head(made)
    yield from (_INDENT + line for line in made.forward)


def _constructor(made: BlockClass, alike: dict[str, tuple[Start, ...]]) -> Iterator[str]:
    texts = {id(hole): _text(made, column, hole) for column, hole in made.columns()}

    def write(hole: Hole) -> str:
        return texts[id(hole)]

    yield from _head(made)
    yield f"{_INDENT}super().__init__()"
    for name, part in made.parts[0]:
        yield from lines(f"{_INDENT}self.{name} = ", part, write)
    for depth, line in loop_lines(alike) if alike else ():
        margin = _INDENT + "    " * depth
        yield from [margin + line] if isinstance(line, str) else lines(margin, line, _plain)
    for start in made.starts[0]:
        yield from lines(_INDENT, start, write)


def _text(made: BlockClass, column: tuple[object, ...], hole: Hole) -> str:
    return made.parameters[column] if column in made.parameters else _plain(hole)


def _plain(hole: Hole) -> str:
    return "" if hole.is_default else literal(hole.value)


def _head(made: BlockClass) -> Iterator[str]:
    parameters = [f"{name}: {_type(column)}" for column, name in made.parameters.items()]
    head = f"    def __init__({', '.join(['self', *parameters])}) -> None:"
    if len(head) <= WIDTH:
        yield head
        return
    yield "    def __init__("
    yield from (f"        {parameter}," for parameter in ("self", *parameters))
    yield "    ) -> None:"


def _forward_head(made: BlockClass) -> str:
    inputs = ", ".join(f"{name}: torch.Tensor" for name in made.inputs)
    returns = [line.strip() for line in made.forward if line.strip().startswith("return ")]
    kinds = {"dict[str, torch.Tensor]" if "{" in line else "torch.Tensor" for line in returns}
    return f"    def forward(self, {inputs}) -> {' | '.join(sorted(kinds, reverse=True))}:"


def _type(column: tuple[object, ...]) -> str:
    kinds = {type(value) for value in column}
    names = {bool: "bool", int: "int", float: "float", str: "str", tuple: "tuple[int, ...]"}
    if kinds == {int, float}:
        return "float"
    return " | ".join(sorted(names.get(kind, "None") for kind in kinds))
