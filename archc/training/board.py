"""Metrics for TensorBoard."""

from pathlib import Path
from typing import Any

from archc.training.problem import RunError
from archc.training.progress import Metrics


class Board:
    """The event file of a run, in `tensorboard/` of its folder; `done` epochs are there already.
    Raises RunError where the package is missing."""

    def __init__(self, folder: Path, done: int) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ModuleNotFoundError:
            raise RunError("--tensorboard needs a package: pip install tensorboard") from None
        # What a killed run left behind its last checkpoint does not count.
        self._writer: Any = SummaryWriter(str(folder / "tensorboard"), purge_step=done + 1)

    def add(self, metrics: Metrics) -> None:
        """Adds an epoch: `loss/train`, `accuracy/test`, `lr`, ..."""
        for name, value in metrics.items():
            if name == "epoch" or value is None:
                continue
            part, _, what = name.partition("_")
            tag = f"{what}/{part}" if part in ("train", "val", "test") else name
            self._writer.add_scalar(tag, value, metrics["epoch"])
        self._writer.flush()
