"""A run from its spec to its result, and on from where it stopped."""

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from archc import __version__, datasets
from archc.diagnostic import ArchError
from archc.emit import network_source
from archc.errors import training as errors
from archc.module import build_module
from archc.pipeline import Analysis, analyse
from archc.recipe import parse_options
from archc.source import Span
from archc.spec import Spec
from archc.syntax import tree
from archc.training import checkpoint, hardware
from archc.training.data import Data, hold_back, load
from archc.training.folder import VERSION, RunFolder, new_folder
from archc.training.problem import RunError
from archc.training.progress import Metrics, Progress
from archc.training.stop import Stopped, StopSignal
from archc.training.trainer import Trainer


class Run(NamedTuple):
    """A finished training: its folder, the lines of `metrics.jsonl`, `result.json` and the module
    with the weights of `best.pt`, on the CPU and in eval mode."""

    folder: Path
    metrics: tuple[Metrics, ...]
    result: Mapping[str, Any]
    module: nn.Module


class Machine(NamedTuple):
    """Options that are no keys of `train`; None leaves the choice to a run's own config, or auto."""

    device: str | None = None
    precision: str | None = None
    compile: bool | None = None
    data_root: Path | None = None

    def over(self, config: Mapping[str, Any]) -> "Machine":
        """These options where given, else those of a run."""
        said = {name: value for name, value in self._asdict().items() if value is not None}
        root = Path(config["data_root"])
        return Machine(config["device"], config["precision"], config["compile"], root)._replace(**said)


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
    config = _config(spec, analysis, machine, trainer.hardware)
    made.write_start(spec, network_source(analysis.graph), config)
    return _carry_on(trainer, made, (), progress)


def resume(
    folder: Path, keys: Mapping[str, str], machine: Machine, progress: Progress
) -> Run:
    """Goes on with a run as its `config.json` says; keys and options given replace what it says.

    Raises ArchError and RunError.
    """
    run = RunFolder(folder)
    config = run.read_config()
    spec = run.read_spec(config)
    machine = machine.over(config)
    analysis = analyse_for_training(spec, {**config["recipe"], **keys})
    if not run.checkpoint.exists():
        progress.say(f"{folder} has no checkpoint yet: starting from the beginning")
        trainer = _trainer(analysis, machine, progress)
        run.write_start(spec, network_source(analysis.graph), config)
        return _carry_on(trainer, run, (), progress)
    state = checkpoint.load(run.checkpoint)
    if state.get("version") != VERSION:
        raise RunError(f"{run.checkpoint} was written by another version: {state.get('archc')}")
    metrics = tuple(state["metrics"])
    if len(metrics) >= analysis.recipe.epochs and (folder / "result.json").exists():
        progress.say(f"{folder} is finished: {len(metrics)} epochs; more with --epochs")
        return finished(run, analysis, metrics)
    trainer = _trainer(analysis, machine, progress)
    trainer.restore(state)
    run.keep_metrics(metrics)
    run.write_config(_config(spec, analysis, machine, trainer.hardware))
    progress.say(f"going on with {folder} in epoch {trainer.epoch + 1}")
    return _carry_on(trainer, run, metrics, progress)


def analyse_for_training(spec: Spec, keys: Mapping[str, str]) -> Analysis:
    """A spec without mistakes that names its data. Raises ArchError."""
    analysis = analyse(spec, parse_options(keys))
    if not analysis.ok:
        raise ArchError(analysis.diagnostics)
    if analysis.recipe.data is None:
        blocks = (item.span for item in analysis.file.items if isinstance(item, tree.Train))
        place = next(blocks, Span(spec.source, 0, 0))
        raise ArchError([errors.no_data(place, tuple(datasets.DATASETS))])
    return analysis


def finished(folder: RunFolder, analysis: Analysis, metrics: tuple[Metrics, ...]) -> Run:
    """A run whose epochs are all done: writes its result and loads its best weights."""
    best = max(metrics, key=_score) if analysis.recipe.val else metrics[-1]
    kept = ("test_accuracy", "test_loss", "val_accuracy", "val_loss")
    result = {
        **{name: best[name] for name in kept if name in best},
        "best_epoch": best["epoch"],
        "epochs": len(metrics),
        "parameters": analysis.graph.parameters,
        "seconds": round(sum(line["seconds"] or 0 for line in metrics), 3),
    }
    folder.write_result(result)
    return Run(folder.path, metrics, result, best_module(folder, analysis))


def best_module(folder: RunFolder, analysis: Analysis) -> nn.Module:
    """The network with a run's best weights, in eval mode. Raises RunError."""
    module = build_module(analysis.graph)
    try:
        module.load_state_dict(checkpoint.load(folder.best))
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise RunError(f"{folder.best} does not fit the run's network: {reason}") from None
    return module.eval()


def _carry_on(
    trainer: Trainer, folder: RunFolder, metrics: tuple[Metrics, ...], progress: Progress
) -> Run:
    """Trains the epochs that are left. A signal to stop takes effect when all is saved."""
    epochs = trainer.recipe.epochs
    with StopSignal() as stop:
        try:
            while trainer.epoch < epochs:
                metrics = _epoch(trainer, folder, metrics, progress, stop)
                stop.check()
        except Stopped:
            progress.pause()
            _save(trainer, folder, metrics)
            progress.say(
                f"stopped in epoch {min(trainer.epoch + 1, epochs)} of {epochs}; all is saved: "
                f"archc train --resume {folder.path} goes on"
            )
    stop.act()
    return finished(folder, trainer.analysis, metrics)


def _epoch(
    trainer: Trainer,
    folder: RunFolder,
    metrics: tuple[Metrics, ...],
    progress: Progress,
    stop: StopSignal,
) -> tuple[Metrics, ...]:
    """Trains an epoch and saves. A kill between two of the files leaves the last checkpoint, from
    which the epoch is trained again to the same end."""
    line = trainer.run_epoch(progress, stop)
    if not trainer.recipe.val or all(_score(line) > _score(before) for before in metrics):
        checkpoint.save(folder.best, trainer.module.state_dict())
    folder.add_metrics(line)
    _save(trainer, folder, (*metrics, line))
    progress.end_epoch(line)
    return (*metrics, line)


def _score(line: Metrics) -> tuple[float, float]:
    """By what the best epoch is chosen: accuracy on validation data, then its loss."""
    return line["val_accuracy"] or 0, -(line["val_loss"] or 0)


def _save(trainer: Trainer, folder: RunFolder, metrics: tuple[Metrics, ...]) -> None:
    state = {"version": VERSION, "archc": __version__, "metrics": list(metrics), **trainer.state()}
    checkpoint.save(folder.checkpoint, state)


def _trainer(analysis: Analysis, machine: Machine, progress: Progress) -> Trainer:
    """The network, initialised by the seed, and its data on the device."""
    found = hardware.choose(machine.device or "auto", machine.precision or "auto")
    recipe, graph = analysis.recipe, analysis.graph
    for key, text in recipe.texts().items():
        progress.say(f"{key} {text}")
    progress.say(f"device {found}")
    dataset = datasets.find(recipe.data or "")
    assert dataset is not None
    root = machine.data_root or Path("data")
    train, test = load(dataset, root, graph.input, graph.output.dims[0], progress.say)
    torch.manual_seed(recipe.seed)
    module = build_module(graph)
    trainer = Trainer(module, hold_back(train, test, recipe.val, recipe.seed), dataset, recipe, found)
    if trainer.dropped:
        progress.say("the last batch of each epoch is 1 image: it is left out for batch norm")
    if machine.compile:
        module.compile()
    return trainer


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
