"""How weights start: one loop over the modules where all of a kind start alike, as an expert writes
it; lines of their own for the others."""

import re
from collections.abc import Iterable, Iterator, Mapping

from archc.emit.expression import Make, of_init
from archc.graph import Graph, LayerItem
from archc.layers.foreign import Foreign
from archc.layers.values import Init
from archc.tuples import NamedTuple

_KIND = re.compile(r"nn\.\w+")

_SEVERAL = 3
"""Modules of a kind for which a loop is shorter than lines of their own."""


class Start(NamedTuple):
    """A tensor of a layer and how it starts; `optional` if some of its kind lack it."""

    tensor: str
    init: Init
    optional: bool = False


def starts_of(item: LayerItem) -> tuple[Start, ...]:
    """The initialisations that a layer's arguments ask for, in the order of its tensors."""
    found = item.layer.initialisations(item.input_shape)
    return tuple(Start(tensor, init) for tensor, init in found)


def module_of(item: LayerItem) -> str | None:
    """The class of a layer's module."""
    init = item.code.init
    return init.target if init else None


def tensor_path(tensor: str) -> str:
    """`cpb_mlp.0.weight` as an expression behind its module: `.cpb_mlp[0].weight`."""
    return re.sub(r"\.(\d+)\b", r"[\1]", f".{tensor}")


def alike(graph: Graph) -> dict[str, tuple[Start, ...]]:
    """The kinds of modules of which several start, all in the same way, with that way. A layer that
    lacks a tensor, such as the bias, has no say in how it starts. The way is empty for kinds made
    of such modules, which the loop over those starts."""
    found: dict[str, list[LayerItem]] = {}
    for item in graph.distinct_layers():
        kind = module_of(item)
        if kind is not None:
            found.setdefault(kind, []).append(item)
    several = {kind: items for kind, items in found.items() if len(items) >= _SEVERAL}
    ways = {kind: way for kind, items in several.items() if (way := _way(items))}
    held = {kind: _held(items, ways) for kind, items in found.items()}
    for kind, inner_kind in held.items():
        if inner_kind is not None:
            ways[inner_kind] = _optional(ways[inner_kind], found[kind])
    inner = _inner_kinds(items[0] for kind, items in found.items() if held[kind] is None)
    made_of = {kind: () for kind, other in held.items() if other is not None and other not in inner}
    return {**{kind: way for kind, way in ways.items() if kind not in inner}, **made_of}


def _held(items: list[LayerItem], ways: Mapping[str, tuple[Start, ...]]) -> str | None:
    """The kind of modules that layers are made of, if these start as all others of it do, and
    nothing else of the layers is started."""
    code = items[0].code
    kinds = {kind for _, text in code.helpers for kind in _KIND.findall(text)} & ways.keys()
    if len(kinds) != 1:
        return None
    kind: str = kinds.pop()
    way = {start.tensor: start.init for start in ways[kind]}
    for item in items:
        wanted = {n: way[leaf] for n, leaf in _inner_tensors(item) if leaf in way}
        if not wanted or {start.tensor: start.init for start in starts_of(item)} != wanted:
            return None
    return kind


def _inner_tensors(item: LayerItem) -> list[tuple[str, str]]:
    """The tensors of the modules in a layer's, and their names there."""
    names = (tensor.name for tensor in item.layer.tensors(item.input_shape))
    return [(name, name.rpartition(".")[2]) for name in names if "." in name]


def _optional(way: tuple[Start, ...], items: list[LayerItem]) -> tuple[Start, ...]:
    """A way in which modules in other layers start too, some of which may lack a tensor."""
    names = [{name for name, _ in _inner_tensors(item)} for item in items]
    modules = [(n.rpartition(".")[0], found) for found in names for n in found]

    def lacks(tensor: str) -> bool:
        return any(f"{module}.{tensor}" not in found for module, found in modules)

    return tuple(start._replace(optional=start.optional or lacks(start.tensor)) for start in way)


def _inner_kinds(items: Iterable[LayerItem]) -> set[str]:
    """The kinds of modules that others derive from or hold: a loop would start those as well."""
    inner: set[str] = set()
    for item in items:
        code = item.code
        inner.update(kind for _, text in code.helpers for kind in _KIND.findall(text))
        if code.init is not None and code.init.target == "nn.MultiheadAttention":
            inner.add("nn.Linear")
        if isinstance(item.layer, Foreign):
            inner.update(item.layer.kinds(item.input_shape))
    return inner


def _way(items: list[LayerItem]) -> tuple[Start, ...] | None:
    """How all layers of a kind start; None where they differ, or start as their module does."""
    way = max((starts_of(item) for item in items), key=len)
    if not way:
        return None
    if any(item.owner for item in items) and any(start.tensor == "weight" for start in way):
        return None  # a loop would start a tied weight again
    present = [{t.name for t in i.layer.tensors(i.input_shape)} for i in items]
    marked = tuple(
        start._replace(optional=not all(start.tensor in names for names in present))
        for start in way
    )
    for item, names in zip(items, present, strict=True):
        if starts_of(item) != tuple(start for start in way if start.tensor in names):
            return None
    return marked


def loop_lines(ways: dict[str, tuple[Start, ...]]) -> Iterator[tuple[int, str | Make]]:
    """The lines of the loop, each with its indentation; calls are left to be laid out."""
    yield 0, "for module in self.modules():"
    kinds: dict[tuple[Start, ...], list[str]] = {}
    for kind, starts in ways.items():
        if not starts:
            continue
        kinds.setdefault(starts, []).append(kind)
    word = "if"
    for starts, equal in kinds.items():
        yield 1, f"{word} isinstance(module, {' | '.join(equal)}):"
        for start in starts:
            tensor = f"module{tensor_path(start.tensor)}"
            if start.optional:
                yield 2, f"if {tensor} is not None:"
            yield 2 + start.optional, of_init(start.init, tensor)
        word = "elif"
