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
    """A statement that is too long, with its outermost call's arguments one a line."""
    if len(line) <= room or "(" not in line:
        yield line
        return
    head, _, rest = line.partition("(")
    inner = rest[:-1]
    parts = list(_arguments(inner))
    if not rest.endswith(")") or not _balanced(inner):
        variable, _, value = line.partition(" = ")
        yield f"{variable} = ("
        yield f"    {value}"
        yield ")"
        return
    yield head + "("
    for part in parts:
        yield f"    {part},"
    yield ")"


def _balanced(text: str) -> bool:
    depth = 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if depth < 0:
            return False
    return depth == 0


def _arguments(text: str) -> Iterator[str]:
    depth, start = 0, 0
    for index, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            yield text[start:index].strip()
            start = index + 1
    yield text[start:].strip()
