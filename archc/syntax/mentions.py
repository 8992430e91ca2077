"""What a tree mentions: the names that it reads, and those that it gives to values."""

from collections.abc import Iterator

from archc.source import Span
from archc.syntax import tree as t


def names_in(node: object) -> set[str]:
    """All names that a tree mentions, those of values as `@name`; the variables of loops and
    comprehensions in it are its own."""
    found: set[str] = set()
    pending: list[tuple[object, frozenset[str]]] = [(node, frozenset())]
    while pending:
        part, bound = pending.pop()
        if isinstance(part, t.Name):
            found |= {part.name} - bound
        elif isinstance(part, t.At):
            found.add(f"@{part.name}")
        elif isinstance(part, t.Argument) and part.form == "rest":
            found |= {part.name or ""} - bound
        elif isinstance(part, t.Loop | t.Comprehension):
            inside = part.body if isinstance(part, t.Loop) else part.element
            pending += (part.rows, bound), (inside, bound.union(name.name for name in part.names))
        elif isinstance(part, tuple | list) and not isinstance(part, Span):
            pending.extend((inner, bound) for inner in part)
    return found


def tapped_names(tree: object) -> frozenset[str]:
    """All names that `->` gives in steps."""
    return frozenset(part.name.name for part in _parts(tree) if isinstance(part, t.Tap))


def sized_names(tree: object) -> frozenset[str]:
    """The names of values whose sizes a text reads: `x` of `@x.C`."""
    read = (part.name.rpartition(".") for part in _parts(tree) if isinstance(part, t.At))
    return frozenset(value for value, _, last in read if last in t.SIZES)


def dotted_names(tree: object) -> frozenset[str]:
    """All names of values inside of labelled parts that steps read: `backbone.c4`, the size in
    `@backbone.c4.H` apart."""
    read = (part.name for part in _parts(tree) if isinstance(part, t.At | t.Recall))
    values = (
        name.rpartition(".")[0] if name.rpartition(".")[2] in t.SIZES else name for name in read
    )
    return frozenset(name for name in values if "." in name)


def _parts(tree: object) -> Iterator[object]:
    """Every node of a tree."""
    pending = [tree]
    while pending:
        part = pending.pop()
        yield part
        if isinstance(part, tuple | list) and not isinstance(part, Span):
            pending.extend(part)
