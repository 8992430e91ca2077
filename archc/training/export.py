"""Networks in the formats of other programs."""

import json
import os
import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from archc.graph import Graph
from archc.shape import Shape
from archc.symbolic import Open, number
from archc.training.problem import RunError

_SIZE = 64
"""What an open size is in the example that a network is traced with."""

_LARGE = 1_500_000_000
"""Bytes of weights from which on they lie in a file beside the ONNX: protobuf ends at 2 GB."""


class Missing(RunError):
    """A package that a format needs is not installed."""


def export(module: nn.Module, graph: Graph, path: Path, about: Mapping[str, object] = {}) -> None:
    """Writes a module in eval mode: as ONNX, as a program of `torch.export`, or as its state dict
    in safetensors, as the suffix says. In programs the batch is open, and so is what the network's
    input leaves open. `about` goes into the file as JSON under `archc`.

    Raises RunError, also where PyTorch cannot export the network, and Missing where a package
    lacks.
    """
    write = SUFFIXES[path.suffix]
    module.eval()
    try:
        # Under its own name in a folder of its own: an ONNX file knows the name of its data.
        with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
            write(module, graph, Path(folder) / path.name, json.dumps(about))
            for made in sorted(Path(folder).iterdir(), reverse=True):
                os.replace(made, path.with_name(made.name))
    except OSError as error:
        raise RunError(f"cannot write {path}: {error.strerror or error}") from None


def _safetensors(module: nn.Module, graph: Graph, path: Path, about: str) -> None:
    try:
        from safetensors.torch import save_model
    except ModuleNotFoundError:
        raise Missing("`.safetensors` needs a package: pip install safetensors") from None
    save_model(module, str(path), {"archc": about})


def _program(module: nn.Module, graph: Graph, path: Path, about: str) -> None:
    batch = torch.export.Dim("batch", min=1)
    program = _traced(
        torch.export.export,
        module,
        _examples(graph),
        dynamic_shapes=_open(graph, batch, torch.export.Dim.AUTO),
        strict=False,
    )
    with open(path, "wb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.export.save(program, file, extra_files={"archc": about})


def _onnx(module: nn.Module, graph: Graph, path: Path, about: str) -> None:
    try:
        import onnx
        import onnxscript  # noqa: F401
    except ModuleNotFoundError:
        raise Missing("`.onnx` needs packages: pip install onnx onnxscript") from None
    program = _traced(
        torch.onnx.export,
        module,
        _examples(graph),
        input_names=[put.name or "x" for put in graph.inputs],
        output_names=list(graph.outputs),
        dynamic_shapes=_open(graph, "batch"),
        dynamo=True,
        verbose=False,
    )
    program.model.metadata_props["archc"] = about
    weights = sum(tensor.nbytes for tensor in module.state_dict().values())
    program.save(str(path), external_data=weights > _LARGE)
    onnx.checker.check_model(str(path))


SUFFIXES: Mapping[str, Callable[[nn.Module, Graph, Path, str], None]] = {
    ".onnx": _onnx,
    ".pt2": _program,
    ".safetensors": _safetensors,
}
"""What writes a file, by the end of its name."""


def _traced(trace: Callable[..., Any], module: nn.Module, inputs: Any, **options: Any) -> Any:
    """What a tracer of PyTorch makes of a module. Raises RunError."""
    try:
        # With other kernels, steps behind an attention are traced for a layout in memory that the
        # attention does not have once it is taken apart.
        with warnings.catch_warnings(), sdpa_kernel(SDPBackend.MATH):
            # PyTorch warns of its own insides here.
            warnings.simplefilter("ignore")
            return trace(module, inputs, **options)
    except Exception as error:
        cause: BaseException = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        reason = str(cause).strip().split("\n", 1)[0] or type(cause).__name__
        raise RunError(f"PyTorch cannot export this network: {reason}") from None


def _examples(graph: Graph) -> tuple[Tensor, ...]:
    """A batch of 2 for each input."""
    found = []
    for shape in _shapes(graph):
        sizes = [2, *(_SIZE if isinstance(size, Open) else number(size) for size in shape.dims)]
        ids = shape.layout == "ids"
        found.append(torch.zeros(sizes, dtype=torch.int64) if ids else torch.rand(sizes))
    return tuple(found)


def _open(graph: Graph, batch: Any, other: Any = None) -> tuple[dict[int, Any], ...]:
    """The open axes of each input: the batch, and the sizes that `?` stands for. Without `other`
    these get names."""
    found = []
    for put, shape in zip(graph.inputs, _shapes(graph), strict=True):
        sizes = [axis for axis, size in enumerate(shape.dims, 1) if isinstance(size, Open)]
        names = {axis: other or f"{put.name or 'x'}_{axis}" for axis in sizes}
        found.append({0: batch, **names})
    return tuple(found)


def _shapes(graph: Graph) -> list[Shape]:
    shapes = [put.value.shape for put in graph.inputs]
    assert None not in shapes
    return shapes  # type: ignore[return-value]
