"""Starts a run, goes on with one, and evaluates one."""

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch

from archc import __version__, datasets
from archc.diagnostic import ArchError
from archc.emit import network_source, python_folders
from archc.errors import training as errors
from archc.module import build_module
from archc.pipeline import Analysis, analyse
from archc.recipe import parse_options
from archc.render import render_text
from archc.rewrite import pools_first
from archc.source import Span
from archc.spec import Spec
from archc.symbolic import Open, number
from archc.syntax import tree
from archc.training import checkpoint, hardware
from archc.training.data import Split, hold_back, load, normalizer
from archc.training.evaluate import evaluate
from archc.training.folder import VERSION, RunFolder, new_folder
from archc.training.optim import make_loss
from archc.training.problem import RunError
from archc.training.progress import Progress
from archc.training.session import Run, Session, best_module, finish
from archc.training.trainer import Trainer


class Machine(NamedTuple):
    """Options that are no keys of `train`; None leaves the choice to a run's config, or to us."""

    device: str | None = None
    precision: str | None = None
    compile: bool | None = None
    data_root: Path | None = None

    def over(self, config: Mapping[str, Any]) -> "Machine":
        """These options where given, else those of a run."""
        said = {name: value for name, value in self._asdict().items() if value is not None}
        root = Path(config["data_root"])
        return Machine(config["device"], config["precision"], config["compile"], root)._replace(
            **said
        )


def start(
    spec: Spec,
    keys: Mapping[str, str],
    machine: Machine,
    folder: Path | None,
    progress: Progress,
) -> Run:
    """Trains a spec in a new folder. `keys` are those of `train` with the text of their line.

    Raises ArchError for what is wrong with the spec, before anything is loaded, and RunError.
    """
    analysis = analyse_for_training(spec, keys)
    if folder is not None and RunFolder(folder).checkpoint.exists():
        new_folder(folder, spec.name)  # Refuses before the data is loaded.
    trainer = _trainer(analysis, machine, progress)
    made = new_folder(folder, spec.name)
    _write_start(made, spec, analysis, machine, trainer)
    return Session(analysis, made, trainer, progress).carry_on()


def resume(
    folder: Path,
    keys: Mapping[str, str],
    machine: Machine,
    progress: Progress,
    given: Spec | None = None,
    allow_python: bool = False,
) -> Run:
    """Goes on with a run as its `config.json` says; keys and options given replace what it says.

    Raises ArchError, and RunError, also where `given` has another text than the run's spec.
    """
    run = RunFolder(folder)
    config = run.read_config()
    spec = run.read_spec(config)._replace(allow_python=allow_python)
    if given is not None and given.source.text != spec.source.text:
        raise RunError(f"{folder} trains another text than {given.source.name}: leave SPEC out")
    machine = machine.over(config)
    analysis = analyse_for_training(spec, {**config["recipe"], **keys})
    if not run.checkpoint.exists():
        progress.say(f"{folder} has no checkpoint yet: it begins anew")
        trainer = _trainer(analysis, machine, progress)
        _write_start(run, spec, analysis, machine, trainer)
        return Session(analysis, run, trainer, progress).carry_on()
    state = checkpoint.load(run.checkpoint)
    if state.get("version") != VERSION:
        raise RunError(f"{run.checkpoint} was written by another version: {state.get('archc')}")
    metrics = tuple(state["metrics"])
    if len(metrics) >= analysis.recipe.epochs:
        progress.say(f"{folder} is finished: {len(metrics)} epochs; --epochs N trains on")
        return finish(run, analysis, metrics)
    trainer = _trainer(analysis, machine, progress)
    trainer.restore(state)
    run.write_resumed(metrics, _config(spec, analysis, machine, trainer.hardware))
    progress.say(f"going on with {folder} in epoch {trainer.epoch + 1}")
    return Session(analysis, run, trainer, progress).carry_on(metrics)


def evaluate_run(
    folder: Path, machine: Machine, progress: Progress, allow_python: bool = False
) -> dict[str, Any]:
    """Scores a run's best weights on its test data: `test_loss`, `test_accuracy` and `images`.

    The network is built from `spec.arch`. Raises ArchError and RunError.
    """
    run = RunFolder(folder)
    config = run.read_config()
    machine = machine.over(config)
    spec = run.read_spec(config)._replace(allow_python=allow_python)
    analysis = analyse_for_training(spec, config["recipe"])
    found = _hardware(analysis, machine)
    progress.say(f"on {found}")
    module = best_module(run, analysis).to(found.device).to(memory_format=torch.channels_last)
    test = _load(analysis, machine, progress)[1].to(found.device)
    recipe = analysis.recipe
    scores = evaluate(
        module,
        test,
        normalizer(_dataset(analysis), recipe.normalize, found.device),
        make_loss(recipe.loss),
        found,
        reconstructs=recipe.reconstructs,
    )
    return {"test_loss": scores.loss, "test_accuracy": scores.accuracy, "images": test.size}


def analyse_for_training(spec: Spec, keys: Mapping[str, str]) -> Analysis:
    """A spec without mistakes that names its data. Raises ArchError."""
    analysis = analyse(spec, parse_options(keys))
    analysis.network()
    if analysis.recipe.data is None:
        blocks = (item.span for item in analysis.file.items if isinstance(item, tree.Train))
        place = next(blocks, Span(spec.source, 0, 0))
        raise ArchError([errors.no_data(place, tuple(datasets.DATASETS))])
    return analysis


def _trainer(analysis: Analysis, machine: Machine, progress: Progress) -> Trainer:
    """The network, initialised by the seed, and its data on the device."""
    found = _hardware(analysis, machine)
    recipe = analysis.recipe
    if analysis.diagnostics:
        progress.say(render_text(analysis.diagnostics))
    lines = " | ".join(f"{key} {text}" for key, text in recipe.texts().items())
    progress.say(f"train {{ {lines} }}")
    progress.say(f"on {found}")
    data = hold_back(*_load(analysis, machine, progress), recipe.val, recipe.seed)
    torch.manual_seed(recipe.seed)
    module = build_module(pools_first(analysis.graph))
    trainer = Trainer(module, data, _dataset(analysis), recipe, found)
    if trainer.dropped:
        progress.say("the last batch of an epoch is 1 image, too few for batch norm: left out")
    if machine.compile:
        module.compile()
    return trainer


def _hardware(analysis: Analysis, machine: Machine) -> hardware.Hardware:
    macs = analysis.graph.macs
    return hardware.choose(
        machine.device or "auto",
        machine.precision or "auto",
        None if isinstance(macs, Open) else macs,
    )


def _dataset(analysis: Analysis) -> datasets.DataSet:
    dataset = datasets.find(analysis.recipe.data or "")
    assert dataset is not None
    return dataset


def _load(analysis: Analysis, machine: Machine, progress: Progress) -> tuple[Split, Split]:
    graph = analysis.graph
    root = machine.data_root or Path("data")
    classes = number(graph.output.dims[0])
    return load(_dataset(analysis), root, graph.input, classes, progress.say)


def _write_start(
    folder: RunFolder, spec: Spec, analysis: Analysis, machine: Machine, trainer: Trainer
) -> None:
    config = _config(spec, analysis, machine, trainer.hardware)
    folder.write_start(spec, analysis.used, network_source(analysis.graph), config)


def _config(
    spec: Spec, analysis: Analysis, machine: Machine, found: hardware.Hardware
) -> dict[str, object]:
    return {
        "version": VERSION,
        "archc": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "spec": {
            "name": spec.name,
            "block": spec.block,
            "inputs": list(spec.inputs),
            "settings": list(spec.settings),
            "python_folder": next(iter(python_folders(analysis.graph)), None),
        },
        "recipe": analysis.recipe.texts(),
        "seed": analysis.recipe.seed,
        "data_root": str((machine.data_root or Path("data")).absolute()),
        "device": found.device.type,
        "device_name": hardware.describe(found.device),
        "precision": found.precision,
        "compile": bool(machine.compile),
        "threads": torch.get_num_threads(),
    }
