"""A small language for neural-network architectures, its compiler and its tools.

A spec is a text, or a path: a string that ends in `.arch` or `.arch:NAME`, or a path object. Each
function takes `input="3x32x32"`, which gives or replaces the input, `allow_python=True`, which lets
the Python code that the spec names be imported, and the network's parameters by their names.
Problems of a spec raise ArchError, but `check` returns them.
"""

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from archc.diagnostic import ArchError, Diagnostic

if TYPE_CHECKING:
    from torch import Tensor, nn

    from archc.cost import Summary
    from archc.diagram import Drawing
    from archc.difference import Difference
    from archc.pipeline import Report
    from archc.sizing import Sizes
    from archc.spec import Spec
    from archc.training import Comparison, Run

    _Weights = str | os.PathLike[str] | Mapping[str, Tensor]

__version__ = "0.1.0"
__all__ = [
    "ArchError",
    "Diagnostic",
    "build",
    "check",
    "compare",
    "compile",
    "diff",
    "draw",
    "fmt",
    "load",
    "open_run",
    "sizes",
    "summary",
    "train",
]

_SpecLike = str | os.PathLike[str]


def check(
    spec: _SpecLike, *, input: str | None = None, allow_python: bool = False, **settings: object
) -> "Report":
    """Proves the shapes of a spec or explains its mistakes; needs no torch."""
    from archc.pipeline import analyse

    return analyse(_spec(spec, input, settings, allow_python)).report()


def build(
    spec: _SpecLike,
    *,
    input: str | None = None,
    allow_python: bool = False,
    name: str | None = None,
    **settings: object,
) -> str:
    """The text of the PyTorch module, which ends with the network's class; needs no torch.

    `name` overrides the class's name. Raises ArchError.
    """
    from archc.building import build_source

    return build_source(_spec(spec, input, settings, allow_python), name)


def load(
    spec: _SpecLike,
    *,
    input: str | None = None,
    allow_python: bool = False,
    weights: "_Weights | None" = None,
    partial: bool | Iterable[str] = False,
    **settings: object,
) -> "nn.Module":
    """The network as a `torch.nn.Module`, initialised as the spec says, or filled from `weights`: a
    state dict, or a `.pt` or `.safetensors` file of one, with the names of archc's own or in the
    order of another author's network, such as torchvision's (docs/weights.md).

    `partial=True` lets what does not fit start as the spec says, `partial=["fc1"]` the parts that
    it names. Raises ArchError, and OSError where a file cannot be opened."""
    from archc.module import build_module
    from archc.pipeline import network

    graph = network(_spec(spec, input, settings, allow_python))
    module = build_module(graph)
    if weights is not None:
        from archc.weights import load_weights

        load_weights(module, graph, weights, partial)
    return module


def compile(  # noqa: A001
    text: str,
    *,
    input: str | None = None,
    allow_python: bool = False,
    weights: "_Weights | None" = None,
    partial: bool | Iterable[str] = False,
    **settings: object,
) -> "nn.Module":
    """The same as `load`, by the name that suits a text. Raises ArchError."""
    return load(
        text,
        input=input,
        allow_python=allow_python,
        weights=weights,
        partial=partial,
        **settings,
    )


def summary(
    spec: _SpecLike,
    *,
    input: str | None = None,
    allow_python: bool = False,
    batch: int = 1,
    depth: int | None = None,
    **settings: object,
) -> "Summary":
    """Shapes, parameters, MACs, memory and receptive fields, step by step; needs no torch. Parts
    deeper than `depth` levels are summed up. Raises ArchError."""
    from archc.cost import summarize
    from archc.pipeline import network

    return summarize(network(_spec(spec, input, settings, allow_python)), batch, depth)


def sizes(
    spec: _SpecLike, *, input: str | None = None, allow_python: bool = False, **settings: object
) -> "Sizes":
    """The input sizes that the compiled network takes; printed, it says them in words. Needs no
    torch. Raises ArchError."""
    from archc.pipeline import network
    from archc.sizing import find_sizes

    return find_sizes(network(_spec(spec, input, settings, allow_python)))


def draw(
    spec: _SpecLike,
    *,
    input: str | None = None,
    allow_python: bool = False,
    theme: str = "light",
    direction: str = "tb",
    depth: int | None = None,
    **settings: object,
) -> "Drawing":
    """The diagram, opened `depth` levels deep (all by default): shows itself in a notebook,
    `.save(path)` writes it. Raises ArchError."""
    from archc.diagram import Drawing
    from archc.pipeline import network

    meant = _spec(spec, input, settings, allow_python)
    return Drawing(network(meant), theme, direction, depth)


def diff(
    before: _SpecLike,
    after: _SpecLike,
    *,
    input: str | None = None,
    allow_python: bool = False,
) -> "Difference":
    """What differs between two networks: steps, connections, shapes, parameters, MACs; its text is
    a report, `equal` whether nothing does. Needs no torch. Raises ArchError."""
    from archc.difference import compare
    from archc.pipeline import network

    return compare(*(network(_spec(spec, input, {}, allow_python)) for spec in (before, after)))


def fmt(spec: _SpecLike) -> str:
    """The text in its one canonical layout, with its comments; needs no torch. Raises ArchError
    where it has syntax errors."""
    from archc.spec import from_python
    from archc.syntax.format import format_source

    formatted = format_source(from_python(spec).source)
    if formatted.diagnostics:
        raise ArchError(formatted.diagnostics)
    return formatted.text


def train(
    spec: _SpecLike | None = None,
    *,
    input: str | None = None,
    allow_python: bool = False,
    **options: Any,
) -> "Run":
    """Trains as the spec's `train` says; every key of it is also an option, and so are those of the
    command `archc train`; `resume=DIR` goes on with a run.

    Raises ArchError for a problem of the spec, `archc.training.RunError` for one of the run.
    """
    from archc.training import train as run

    given = None if spec is None else _spec(spec, input, {}, allow_python)
    return run(given, allow_python=allow_python, **options)


def open_run(folder: str | os.PathLike[str], *, allow_python: bool = False) -> "Run":
    """The run in a folder, as `train` returns it; one that was interrupted has the epochs that are
    done. Raises ArchError, and `archc.training.RunError` where there is none."""
    from archc.training import open_run as opened

    return opened(folder, allow_python)


def compare(*runs: "str | os.PathLike[str] | Run") -> "Comparison":
    """Runs side by side: results, and the settings in which they differ; its text is a table,
    `.save(path)` writes a page with all curves. Raises `archc.training.RunError`."""
    from archc.training import compare as side_by_side

    return side_by_side(*runs)


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext archc` calls: from then on there is `%%arch NAME`."""
    from archc.notebook import register

    register(shell)


def _spec(
    spec: _SpecLike, input: str | None, settings: Mapping[str, object], allow_python: bool
) -> "Spec":
    from archc.layers.values import written
    from archc.spec import from_python

    given = tuple(
        f"{name}={value if isinstance(value, str) else written(value)}"  # type: ignore[arg-type]
        for name, value in settings.items()
    )
    return from_python(spec)._replace(
        inputs=(input,) if input else (), settings=given, allow_python=allow_python
    )
