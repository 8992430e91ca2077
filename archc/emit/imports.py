"""Python layers in a module's text: the imports of their classes, under names that are free."""

from collections.abc import Iterator, Mapping

from archc.emit.names import RESERVED, class_name, identifier
from archc.emit.pytorch import WIDTH
from archc.graph import CallItem, Graph, LayerItem, Region, inner_regions
from archc.layers.base import Call
from archc.layers.foreign import Foreign
from archc.probe import PythonClass


def imported_classes(graph: Graph, network: str) -> dict[PythonClass, str]:
    """The Python layers of a graph with their names in its module. A class keeps its name unless
    the network, one of its blocks or a helper has it."""
    taken = {network, *RESERVED, "math", *map(class_name, _blocks(graph.region, set()))}
    for item in graph.distinct_layers():
        taken.update(name for name, _ in item.code.helpers)
    found: dict[PythonClass, str] = {}
    for cls in _python_classes(graph):
        name = cls.name
        while name in taken or name != identifier(name):
            name += "_"
        taken.add(name)
        found[cls] = name
    return found


def python_folders(graph: Graph) -> tuple[str, ...]:
    """The folders in which the modules of Python layers are looked for first."""
    return tuple(dict.fromkeys(cls.folder for cls in _python_classes(graph) if cls.folder))


def _python_classes(graph: Graph) -> tuple[PythonClass, ...]:
    layers = (item.layer for item in graph.distinct_layers())
    classes = (layer.made.cls for layer in layers if isinstance(layer, Foreign))
    return tuple(dict.fromkeys(cls for cls in classes if not cls.of_torch))


def module_call(item: LayerItem, imported: Mapping[PythonClass, str]) -> Call | None:
    """What makes a layer's module, by the name that its class is imported under."""
    init = item.code.init
    if init is not None and isinstance(item.layer, Foreign):
        return init._replace(target=imported.get(item.layer.made.cls, init.target))
    return init


def import_lines(imported: Mapping[PythonClass, str]) -> list[str]:
    """The imports, sorted, as lines."""
    texts = sorted(
        (cls.module, cls.name if name == cls.name else f"{cls.name} as {name}")
        for cls, name in imported.items()
    )
    lines = ((f"from {module} import {what}", module, what) for module, what in texts)
    return [
        line if len(line) <= WIDTH else f"from {module} import (\n    {what},\n)"
        for line, module, what in lines
    ]


def _blocks(region: Region, seen: set[int]) -> Iterator[str]:
    """The names of all blocks that are called."""
    for item in region.items:
        if isinstance(item, CallItem):
            yield item.block.name.name
        for inner in inner_regions(item):
            if id(inner) not in seen:
                seen.add(id(inner))
                yield from _blocks(inner, seen)
