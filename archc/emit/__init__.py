"""Graph to PyTorch source."""

from archc.emit.network import class_name, network_source

__all__ = ["class_name", "network_source"]
