"""Networks in the formats of other programs."""

from pathlib import Path

import torch
from torch import Tensor, nn

from archc.graph import Graph
from archc.symbolic import Open, number
from archc.training.problem import RunError

SUFFIXES = (".onnx", ".pt2", ".safetensors")

_SIZE = 32
"""What an open size is in the example that a network is traced with."""


class Missing(RunError):
    """A package that a format needs is not installed."""


def export(module: nn.Module, graph: Graph, path: Path) -> None:
    """Writes a module in eval mode: as ONNX, as a program of `torch.export`, or as its state dict
    in safetensors, as the suffix says. The batch is open in the programs. Raises RunError, and
    Missing where a package lacks."""
    module.eval()
    beside = path.with_name(f".{path.name}.part")
    try:
        if path.suffix == ".safetensors":
            _safetensors(module, beside)
        elif path.suffix == ".onnx":
            _onnx(module, graph, beside)
        else:
            _program(module, graph, beside)
        beside.replace(path)
    except OSError as error:
        raise RunError(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        beside.unlink(missing_ok=True)


def _safetensors(module: nn.Module, path: Path) -> None:
    try:
        from safetensors.torch import save_model
    except ModuleNotFoundError:
        raise Missing("`.safetensors` needs a package: pip install safetensors") from None
    save_model(module, str(path))


def _program(module: nn.Module, graph: Graph, path: Path) -> None:
    batch = torch.export.Dim("batch", min=1)
    inputs = _examples(graph)
    program = torch.export.export(
        module, inputs, dynamic_shapes=tuple({0: batch} for _ in inputs), strict=False
    )
    with open(path, "wb") as file:
        torch.export.save(program, file)


def _onnx(module: nn.Module, graph: Graph, path: Path) -> None:
    inputs = _examples(graph)
    names = [put.name or "x" for put in graph.inputs]
    try:
        import onnxscript  # type: ignore[import-not-found, unused-ignore]  # noqa: F401
    except ModuleNotFoundError:
        raise Missing("`.onnx` needs packages: pip install onnx onnxscript") from None
    batch = torch.export.Dim("batch", min=1)
    torch.onnx.export(
        module,
        inputs,
        str(path),
        input_names=names,
        output_names=list(graph.outputs),
        dynamic_shapes=tuple({0: batch} for _ in inputs),
        dynamo=True,
        external_data=False,
        verbose=False,
    )


def _examples(graph: Graph) -> tuple[Tensor, ...]:
    """A batch of 2 for each input."""
    found = []
    for put in graph.inputs:
        shape = put.value.shape
        assert shape is not None
        sizes = [2, *(_SIZE if isinstance(size, Open) else number(size) for size in shape.dims)]
        ids = shape.layout == "ids"
        found.append(torch.zeros(sizes, dtype=torch.int64) if ids else torch.rand(sizes))
    return tuple(found)
