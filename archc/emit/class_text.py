"""A class as text."""

from collections.abc import Iterator, Mapping

from archc.emit.arguments import Parameter
from archc.emit.classes import BlockClass
from archc.emit.constructor import Named, Part, When
from archc.emit.expression import Expression, filled, lines, text
from archc.emit.functions import Function
from archc.emit.initial import Start, loop_lines
from archc.emit.pytorch import WIDTH, literal
from archc.emit.room import Room

_INDENT = " " * 8


def class_lines(
    made: BlockClass, alike: Mapping[str, tuple[Start, ...]], room: Room
) -> Iterator[str]:
    """The lines of a class; `alike` are the kinds of modules that its constructor starts. Raises
    ArchError where there is no room for them."""
    yield f"class {made.name}(nn.Module):"
    if made.parts:
        for line in _constructor(made, alike):
            room.take(line)
            yield line
        yield ""
    yield from _forward_head(made)
    yield from (_INDENT + line for line in made.forward)


def _constructor(made: BlockClass, alike: Mapping[str, tuple[Start, ...]]) -> Iterator[str]:
    yield from _constructor_head(made)
    yield f"{_INDENT}super().__init__()"
    for name, proven in made.arguments.locals.items():
        yield f"{_INDENT}{name} = {proven.text}"
    yield from _part_lines(made.parts, _INDENT)
    for depth, line in loop_lines(dict(alike)) if alike else ():
        margin = _INDENT + "    " * depth
        yield from [margin + line] if isinstance(line, str) else lines(margin, _plain(line))
    yield from _start_lines(made.starts, _INDENT)


def _part_lines(parts: tuple[Part, ...], margin: str) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Named):
            yield from lines(f"{margin}self.{part.name} = ", part.made)
        elif part.flag:
            yield f"{margin}self.{part.flag} = {part.test}"
            yield from _arms(part, f"self.{part.flag}", margin)
        else:
            yield from _chain(part, margin)


def _arms(part: When, test: str, margin: str) -> Iterator[str]:
    word = f"if {test}:" if part.then else f"if not {test}:"
    for arm in (part.then, part.otherwise):
        if arm:
            yield margin + word
            yield from _part_lines(arm, margin + "    ")
            word = "else:"


def _chain(part: When, margin: str) -> Iterator[str]:
    """Modules that are the identity where they are not built."""
    named = [inner for inner in part.then if isinstance(inner, Named)]
    if len(named) == 1:
        made = text(named[0].made)
        line = f"{margin}self.{named[0].name} = {made} if {part.test} else nn.Identity()"
        if len(line) <= WIDTH:
            yield line
            return
    yield f"{margin}if {part.test}:"
    yield from _part_lines(part.then, margin + "    ")
    yield f"{margin}else:"
    yield f"{margin}    {''.join(f'self.{inner.name} = ' for inner in named)}nn.Identity()"


def _start_lines(starts: tuple[Part, ...], margin: str) -> Iterator[str]:
    for start in starts:
        if isinstance(start, Named):
            yield from lines(margin, start.made)
            continue
        word = f"if self.{start.flag}:" if start.flag else f"if {start.test}:"
        if not start.then:
            word = f"if not self.{start.flag}:"
        for arm in (start.then, start.otherwise):
            if arm:
                yield margin + word
                yield from _start_lines(arm, margin + "    ")
                word = "else:"


def _plain(expression: Expression) -> Expression:
    """An expression with the literals of its only use."""
    return filled(expression, lambda hole: "" if hole.default else literal(hole.values[0]))


def _constructor_head(made: BlockClass) -> Iterator[str]:
    parameters = [_parameter(parameter) for parameter in made.arguments.parameters]
    return _head("__init__", parameters, "None")


def _head(name: str, parameters: list[str], returns: str) -> Iterator[str]:
    """A method's first lines, broken as ruff leaves them."""
    line = f"    def {name}({', '.join(['self', *parameters])}) -> {returns}:"
    if len(line) <= WIDTH:
        yield line
        return
    yield f"    def {name}("
    yield from (f"        {parameter}," for parameter in ("self", *parameters))
    yield f"    ) -> {returns}:"


def _parameter(parameter: Parameter) -> str:
    annotated = f"{parameter.name}: {_type(parameter.values)}"
    return annotated if parameter.required else f"{annotated} = {literal(parameter.default)}"


def _forward_head(made: BlockClass) -> Iterator[str]:
    inputs = [f"{name}: torch.Tensor" for name in made.inputs]
    lines = (line.strip() for line in made.forward)
    kinds = {_returned(line) for line in lines if line.startswith("return ")}
    return _head("forward", inputs, " | ".join(sorted(kinds, reverse=True)))


def _returned(line: str) -> str:
    if "{" in line:
        return "dict[str, torch.Tensor]"
    several = all(name.isidentifier() for name in line.removeprefix("return ").split(", "))
    return "tuple[torch.Tensor, ...]" if several and ", " in line else "torch.Tensor"


_TYPES = {
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
    tuple: "tuple",
    Function: "Callable[[torch.Tensor], torch.Tensor]",
}


def _type(column: tuple[object, ...]) -> str:
    kinds = {type(value) for value in column}
    if kinds == {int, float}:
        return "float"
    return " | ".join(sorted(_TYPES.get(kind, "None") for kind in kinds))
