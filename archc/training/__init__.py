"""Training: data, loop, checkpoints and the run folder. Needs torch."""

from archc.training.api import open_run, train
from archc.training.compared import Comparison, compare
from archc.training.problem import RunError, ToldElsewhere
from archc.training.progress import Progress
from archc.training.run import Run

__all__ = [
    "Comparison",
    "Progress",
    "Run",
    "RunError",
    "ToldElsewhere",
    "compare",
    "open_run",
    "train",
]
