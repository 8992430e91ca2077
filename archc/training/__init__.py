"""Training: data, loop, checkpoints and the run folder. Needs torch."""

from archc.training.api import open_run, train
from archc.training.problem import RunError
from archc.training.progress import Progress
from archc.training.run import Run

__all__ = ["Progress", "Run", "RunError", "open_run", "train"]
