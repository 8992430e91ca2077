"""The emitted source as a living module."""

import linecache
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from types import ModuleType
from typing import TYPE_CHECKING

from archc.emit import class_name, network_source, python_folders
from archc.graph import Graph

if TYPE_CHECKING:
    from torch import nn

_numbers = count(1)


def build_module(graph: Graph) -> "nn.Module":
    """A network without mistakes as a module, initialised as its spec says."""
    name = class_name(graph.name)
    with _importing(python_folders(graph)):
        module: nn.Module = getattr(_run(network_source(graph, name), name), name)()
    return module


@contextmanager
def _importing(folders: tuple[str, ...]) -> Iterator[None]:
    """While modules are looked for in these folders before all others; torch, and what it imports,
    are not."""
    import torch  # noqa: F401

    before = list(sys.path)
    sys.path[:0] = folders
    try:
        yield
    finally:
        sys.path[:] = before


def _run(source: str, name: str) -> ModuleType:
    """The source as a Python module. Its lines are kept for tracebacks."""
    module = ModuleType(f"archc.built.{name}{next(_numbers)}")
    file = f"<{module.__name__}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), module.__dict__)
    return module
