"""Statements of `forward`: expressions that wait for one, and lines that are too long."""

from collections.abc import Iterator

from archc.shape import Shape
from archc.tuples import NamedTuple


class Pending(NamedTuple):
    """An expression that no statement holds yet. `before` is the shape at the last statement."""

    text: str
    before: Shape | None
    shape: Shape | None
    views: bool = False

    @property
    def is_name(self) -> bool:
        """Whether it can be read twice at no cost."""
        return self.text.isidentifier()


def without_comments(lines: list[str]) -> list[str]:
    """The lines without the shapes that they reach."""
    return [line.partition("  # ")[0] for line in lines if not line.lstrip().startswith("# ")]


def wrapped(line: str, room: int) -> Iterator[str]:
    """A statement, one that is too long on several lines: with its outermost call's arguments one a
    line, else with its operands in parentheses, as formatters write them."""
    if len(line) <= room or " " not in line:
        yield line
        return
    if (inside := _bracketed(line, room)) is not None:
        yield from inside
        return
    start, sign, value = line.partition(" = ") if " = " in line else line.partition(" ")
    yield f"{start}{sign}("
    for part in _operands(value, room - len("    ")):
        yield f"    {part}"
    yield ")"


def _bracketed(text: str, room: int) -> list[str] | None:
    """A call or a tuple with its parts one a line, the too long ones of them likewise; None for
    what ends in another way."""
    head, _, rest = text.partition("(")
    inner = rest[:-1]
    if not rest.endswith(")") or not _balanced(inner):
        return None
    lines = [head + "("]
    for part in map(str.strip, _parted(inner, ",")):
        long = len(part) >= room - len("    ")
        broken = (_bracketed(part, room - len("    ")) if long else None) or [part]
        lines += (f"    {line}" for line in broken)
        lines[-1] += ","
    return [*lines, ")"]


def _operands(value: str, room: int) -> Iterator[str]:
    """An expression, one that is too long divided at the operators that bind least."""
    for sign in ("+", "*"):
        first, *others = _parted(value, f" {sign} ")
        if others and len(value) > room:
            yield first
            yield from (f"{sign} {part}" for part in others)
            return
    yield value


def _balanced(text: str) -> bool:
    depth = 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if depth < 0:
            return False
    return depth == 0


def _parted(text: str, sign: str) -> Iterator[str]:
    """The parts between signs that stand in no parentheses."""
    depth, start = 0, 0
    for index, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 and text.startswith(sign, index):
            yield text[start:index]
            start = index + len(sign)
    yield text[start:]
