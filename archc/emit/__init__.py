"""Graph to PyTorch source."""

from archc.emit.imports import python_folders
from archc.emit.names import class_name
from archc.emit.network import network_source

__all__ = ["class_name", "network_source", "python_folders"]
