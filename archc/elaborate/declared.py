"""What a file declares, and what it says of the same thing twice, told from its text alone."""

from collections.abc import Iterable, Iterator, Mapping

from archc.diagnostic import Diagnostic
from archc.errors import declarations
from archc.errors.names import Declared
from archc.errors.warnings import hides_layer
from archc.layers import LAYERS
from archc.source import Span
from archc.syntax import tree as t


def declared_twice(file: t.File) -> Iterator[Diagnostic]:
    """A diagnostic for each declaration of a name that is declared already."""
    items = file.items
    blocks = [item for item in items if isinstance(item, t.Block)]
    trains = [item for item in items if isinstance(item, t.Train)]
    yield from (declarations.second_train(train.span, trains[0].span) for train in trains[1:])
    yield from _again("`param`", (item.name for item in items if isinstance(item, t.Param)))
    yield from _again("block", (block.name for block in blocks))
    inputs = (item.name for item in items if isinstance(item, t.Input))
    yield from _again("input", (name for name in inputs if name is not None))
    for block in blocks:
        yield from _again("parameter", (parameter.name for parameter in block.parameters))


def hidden_layers(file: t.File) -> Iterator[Diagnostic]:
    """A warning for each block that has a layer's name."""
    for item in file.items:
        if isinstance(item, t.Block) and item.name.name in LAYERS:
            yield hides_layer(item.name.span, item.name.name)


def declared_names(file: t.File) -> Mapping[str, tuple[Declared, ...]]:
    """The places that give names their values, of each name in the order of the text."""
    found: list[tuple[str, Declared]] = []
    pending: list[object] = [file]
    while pending:
        part = pending.pop()
        if isinstance(part, t.Let | t.Param):
            found.append((part.name.name, Declared(part.name.span, "let")))
        elif isinstance(part, t.Loop | t.Comprehension):
            found += ((name.name, Declared(name.span, "loop")) for name in part.names)
        elif isinstance(part, t.Parameter):
            found.append((part.name.name, Declared(part.name.span, "parameter")))
        if isinstance(part, tuple) and not isinstance(part, Span):
            pending.extend(part)
    places: dict[str, tuple[Declared, ...]] = {}
    for name, declared in sorted(found, key=lambda pair: pair[1].place.start):
        places[name] = (*places.get(name, ()), declared)[:_MOST]
    return places


_MOST = 9
"""Places of one name that are worth knowing."""


def _again(what: str, declared: Iterable[t.Name]) -> Iterator[Diagnostic]:
    first: dict[str, Span] = {}
    for name in declared:
        if name.name in first:
            yield declarations.declared_twice(name.span, what, name.name, first[name.name])
        first.setdefault(name.name, name.span)
