"""The layers: one file a family, one class a layer, registered by being defined."""

from importlib import import_module
from os import listdir

from archc.layers.base import ALIASES, LAYERS, Layer

for _name in sorted(listdir(__path__[0])):
    if _name.endswith(".py") and _name != "__init__.py":
        import_module(f"{__name__}.{_name.removesuffix('.py')}")

__all__ = ["ALIASES", "LAYERS", "Layer"]
