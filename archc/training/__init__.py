"""Training: data, loop, checkpoints and the run folder. Needs torch."""

from archc.training.api import train
from archc.training.problem import RunError
from archc.training.progress import Progress
from archc.training.session import Run

__all__ = ["Progress", "Run", "RunError", "train"]
