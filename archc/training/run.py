"""A run as Python has it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import nn

from archc.training.progress import Metrics
from archc.tuples import NamedTuple

if TYPE_CHECKING:
    from archc.training.finished import Finished

_PathLike = str | os.PathLike[str]


class Run(NamedTuple):
    """A training with at least one epoch done: its folder, the lines of `metrics.jsonl`, what
    `result.json` says and the module with the weights of `best.pt`, on the CPU and in eval mode.

    All methods raise ArchError and RunError.
    """

    folder: Path
    metrics: tuple[Metrics, ...]
    result: Mapping[str, Any]
    module: nn.Module
    allow_python: bool = False

    @property
    def test_accuracy(self) -> float | None:
        """The share of right ones (0..1) of the best weights; None where there are no classes."""
        return self.result.get("test_accuracy")

    @property
    def test_loss(self) -> float | None:
        """The loss of the best weights on the test data, if there is any."""
        return self.result.get("test_loss")

    def evaluate(self) -> dict[str, Any]:
        """What `archc eval` prints: the scores of the best weights on the test data."""
        from archc.training.finished import evaluate_run
        from archc.training.machine import Machine
        from archc.training.progress import Progress

        return evaluate_run(self.folder, Machine(), Progress(), self.allow_python)

    def predict(self, *images: _PathLike, top: int = 3) -> "list[Any]":
        """What the network says of each image, by what its loss compares. A folder stands for the
        images in it.

        Classes: the `top` likeliest, the likeliest first, with `name`, `number` and `probability`;
        of maps the largest ones, with the `share` of positions. Labels: all of them, likewise.
        Values: nested lists of the output's shape. Of a network that makes its input again:
        the mean squared error, in the units of the loss.
        """
        from archc.training.predict import image_files, predict
        from archc.training.progress import Progress

        files = image_files([os.fspath(image) for image in images])
        return list(predict(self._opened(), files, top, Progress()))

    def export(self, path: _PathLike) -> None:
        """Writes the network with its best weights, as ONNX, a program of `torch.export` or
        safetensors: `path` ends in .onnx, .pt2 or .safetensors."""
        from archc.training.finished import export_run

        export_run(self._opened(), Path(path))

    def report(self) -> Path:
        """Writes `report.html` anew and returns its path."""
        from archc.training.finished import report_run
        from archc.training.machine import Machine
        from archc.training.progress import Progress

        return report_run(self.folder, Machine(), Progress(), self.allow_python)

    def _opened(self) -> "Finished":
        from archc.training.finished import open_run
        from archc.training.machine import Machine

        return open_run(self.folder, Machine("cpu"), self.allow_python)

    def __repr__(self) -> str:
        """In a line: `module` alone would fill a screen."""
        scores = ", ".join(f"{name}={value}" for name, value in self.result.items())
        return f"Run({str(self.folder)!r}, {scores})"
