"""The layers: one file a family, one class a layer, registered by being defined."""

from archc.layers.base import ALIASES, LAYERS, Layer

__all__ = ["ALIASES", "LAYERS", "Layer"]
