"""A run that has weights: what `eval`, `predict`, `export` and the report begin with."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from archc.datasets import DataSet
from archc.pipeline import Analysis
from archc.spec import Spec
from archc.training.data import Loaded, Normalizer, normalizer, statistics
from archc.training.evaluate import evaluate
from archc.training.export import export
from archc.training.folder import RunFolder
from archc.training.hardware import Hardware
from archc.training.machine import Machine
from archc.training.memory import room
from archc.training.objective import make_objective
from archc.training.problem import RunError
from archc.training.progress import Progress
from archc.training.report import Subject
from archc.training.runner import analyse_for_training
from archc.training.session import best_module, write_report
from archc.training.sources import load_data, python_folder
from archc.tuples import NamedTuple


class Finished(NamedTuple):
    """The network of a run with its best weights, in eval mode on the device; `mean`, `std` and
    `white` of `data` are those that it was trained with, `names` those of its classes."""

    spec: Spec
    analysis: Analysis
    machine: Machine
    hardware: Hardware
    module: nn.Module
    data: DataSet
    names: tuple[str, ...]

    @property
    def normalize(self) -> Normalizer:
        """From pixels to what the network gets."""
        return normalizer(self.data, self.analysis.recipe.normalize, self.hardware.device)

    def load(self, progress: Progress) -> Loaded:
        """The run's data. Raises RunError and ArchError."""
        recipe, place = self.analysis.recipe, python_folder(self.spec)
        return load_data(self.analysis, recipe, self.machine.root, place, room(0), progress)


def open_run(folder: Path, machine: Machine, allow_python: bool = False) -> Finished:
    """Builds a run's network from its `spec.arch`. Raises ArchError and RunError."""
    run = RunFolder(folder)
    config = run.read_config()
    machine = machine.over(config)
    spec = run.read_spec(config)._replace(allow_python=allow_python)
    analysis = analyse_for_training(spec, config["recipe"])
    found = machine.hardware(analysis.graph)
    module = best_module(run, analysis).to(found.device).to(memory_format=torch.channels_last)
    said = config.get("data", {})
    try:
        data = DataSet(
            str(analysis.recipe.data),
            analysis.graph.input,
            None,
            0,
            0,
            tuple(map(float, said["mean"])),
            tuple(map(float, said["std"])),
            said["white"],
        )
        names = tuple(map(str, said["classes"]))
    except (KeyError, TypeError, ValueError):
        raise RunError(f"{folder / 'config.json'} is damaged") from None
    return Finished(spec, analysis, machine, found, module, data, names)


def export_run(run: Finished, path: Path) -> None:
    """Writes a run's network with its best weights and, beside them in the file, what it expects:
    `mean` and `std` of its inputs, whose pixels are of 0 to 1, and the names of its classes.

    Raises RunError.
    """
    mean, std = statistics(run.data, run.analysis.recipe.normalize)
    about = {"mean": mean, "std": std, "classes": run.names}
    export(run.module, run.analysis.graph, path, about)


def report_run(
    folder: Path, machine: Machine, progress: Progress, allow_python: bool = False
) -> Path:
    """Writes `report.html` anew, also of a run that was interrupted, and returns its path.

    Raises ArchError, and RunError also where no epoch is done yet.
    """
    metrics = RunFolder(folder).read_metrics()
    run = open_run(folder, machine, allow_python)
    test = run.load(progress).test.to(run.hardware.device)
    final = next(iter(run.analysis.graph.outputs))
    subject = Subject(
        run.module,
        test,
        run.normalize,
        run.hardware,
        run.analysis.recipe,
        final,
        run.data.white,
        run.names,
        run.analysis.graph.output.layout == "last",
    )
    write_report(RunFolder(folder), run.analysis, metrics, run.module, subject)
    return RunFolder(folder).report


def evaluate_run(
    folder: Path, machine: Machine, progress: Progress, allow_python: bool = False
) -> dict[str, Any]:
    """Scores a run's best weights on its test data: `test_loss`, `test_accuracy` and `images`.

    Raises ArchError and RunError.
    """
    run = open_run(folder, machine, allow_python)
    progress.say(f"on {run.hardware}")
    test = run.load(progress).test.to(run.hardware.device)
    if not test.size:
        raise RunError("the data set has no images for testing")
    recipe = run.analysis.recipe
    graph = run.analysis.graph
    outputs = {**graph.outputs, **graph.train_outputs}
    objective = make_objective(recipe, run.hardware.device, python_folder(run.spec), outputs)
    scores = evaluate(
        run.module,
        test,
        run.normalize,
        objective,
        run.hardware,
        metrics=recipe.metrics,
    )
    more = {f"test_{name}": value for name, value in scores.more.items()}
    found = {"test_loss": scores.loss, "test_accuracy": scores.accuracy, **more}
    return {**found, "images": test.size}
