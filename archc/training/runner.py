"""Starts a run, and goes on with one."""

import platform
from collections.abc import Mapping
from pathlib import Path

import torch

from archc import __version__
from archc.diagnostic import ArchError
from archc.emit import network_source, python_folders
from archc.module import build_module
from archc.pipeline import Analysis, analyse
from archc.recipe import no_data, parse_options
from archc.render import render_text
from archc.rewrite import pools_first
from archc.source import Span
from archc.spec import Spec
from archc.syntax import tree
from archc.training import checkpoint, hardware
from archc.training.board import Board
from archc.training.data import Loaded, hold_back
from archc.training.folder import VERSION, RunFolder, new_folder
from archc.training.forecast import Forecast, forecast, refuse_what_cannot_fit
from archc.training.lr_range import described, find_lr
from archc.training.machine import Machine
from archc.training.problem import RunError
from archc.training.profile import Profile
from archc.training.progress import Metrics, Progress
from archc.training.run import Run
from archc.training.session import Session, finish, stopped_early
from archc.training.sources import load_data, python_folder, settled
from archc.training.start import start_from
from archc.training.stop import Stopped, StopSignal
from archc.training.trainer import Trainer
from archc.tuples import NamedTuple


class Prepared(NamedTuple):
    """A spec that is to be trained, checked and with its data loaded."""

    spec: Spec
    analysis: Analysis
    machine: Machine
    hardware: hardware.Hardware
    loaded: Loaded


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
    ready = prepare(spec, analysis, machine, progress)
    trainer = make_trainer(ready, progress, fresh=True)
    made = new_folder(folder, spec.name)
    _write_start(made, ready)
    return _session(made, ready, trainer, progress).carry_on()


def dry_run(spec: Spec, keys: Mapping[str, str], machine: Machine, progress: Progress) -> Forecast:
    """What a training will take; nothing is written. Raises ArchError and RunError."""
    ready = prepare(spec, analyse_for_training(spec, keys), machine, progress)
    return forecast(make_trainer(ready, progress, fresh=True), ready.analysis.graph)


def suggest_lr(
    spec: Spec, keys: Mapping[str, str], machine: Machine, path: Path, progress: Progress
) -> str:
    """Looks for a learning rate, writes the curve beside `path` as `.csv` and `.svg`, and says what
    it suggests. Raises ArchError and RunError."""
    analysis = analyse_for_training(spec, keys)
    analysis = analysis._replace(recipe=analysis.recipe._replace(schedule=None, val=0))
    trainer = make_trainer(prepare(spec, analysis, machine, progress), progress, fresh=True)
    with StopSignal() as stop:
        try:
            curve = find_lr(trainer, stop)
            return described(curve, curve.write(path))
        except Stopped:
            pass
    stop.act()
    raise KeyboardInterrupt


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
        ready = prepare(spec, analysis, machine, progress)
        trainer = make_trainer(ready, progress, fresh=True)
        _write_start(run, ready)
        return _session(run, ready, trainer, progress).carry_on()
    state = checkpoint.load(run.checkpoint)
    if state.get("version") != VERSION:
        raise RunError(f"{run.checkpoint} was written by another version: {state.get('archc')}")
    metrics = tuple(state["metrics"])
    if len(metrics) >= analysis.recipe.epochs:
        progress.say(f"{folder} is finished: {len(metrics)} epochs; --epochs N trains on")
        return _finished(run, analysis, metrics, machine, allow_python)
    if stopped_early(metrics, analysis.recipe.stop):
        progress.say(
            f"{folder} is finished: {len(metrics)} epochs, stopped early; --stop 0 goes on"
        )
        return _finished(run, analysis, metrics, machine, allow_python)
    ready = prepare(spec, analysis, machine, progress)
    trainer = make_trainer(ready, progress, fresh=False)
    trainer.restore(state)
    run.write_resumed(metrics, _config(ready))
    progress.say(f"going on with {folder} in epoch {trainer.epoch + 1}")
    return _session(run, ready, trainer, progress, len(metrics)).carry_on(metrics)


def _session(
    folder: RunFolder, ready: Prepared, trainer: Trainer, progress: Progress, done: int = 0
) -> Session:
    """The training in its folder, behind so many epochs, with all that listens to it."""
    machine = ready.machine
    board = Board(folder.path, done) if machine.tensorboard else None
    device = ready.hardware.device
    profile = Profile(folder.path, device, progress) if machine.profile else None
    every = machine.checkpoint_every
    return Session(ready.analysis, folder, trainer, progress, every, board, profile)


def _finished(
    run: RunFolder,
    analysis: Analysis,
    metrics: tuple[Metrics, ...],
    machine: Machine,
    allow_python: bool,
) -> Run:
    """A run whose epochs are all done, but for the report, before which it may have been killed."""
    done = finish(run, analysis, metrics)
    if not run.report.exists():
        from archc.training.finished import report_run

        report_run(run.path, machine, Progress(), allow_python)
    return done


def analyse_for_training(spec: Spec, keys: Mapping[str, str]) -> Analysis:
    """A spec without mistakes that names its data, with whole paths in its recipe. Raises
    ArchError."""
    analysis = analyse(spec, parse_options(keys))
    analysis.network()
    if analysis.recipe.data is None:
        blocks = (item.span for item in analysis.file.items if isinstance(item, tree.Train))
        place = next(blocks, Span(spec.source, 0, 0))
        raise ArchError([no_data(place)])
    return analysis._replace(recipe=settled(analysis.recipe, spec))


def prepare(spec: Spec, analysis: Analysis, machine: Machine, progress: Progress) -> Prepared:
    """Says what will be done on which machine, and loads the data."""
    found = machine.hardware(analysis.graph)
    if analysis.diagnostics:
        progress.say(render_text(analysis.diagnostics))
    lines = " | ".join(f"{key} {text}" for key, text in analysis.recipe.texts().items())
    progress.say(f"train {{ {lines} }}")
    progress.say(f"on {found}, channels-last")
    refuse_what_cannot_fit(analysis.graph, analysis.recipe, found)
    loaded = load_data(analysis, analysis.recipe, machine.root, python_folder(spec), progress)
    return Prepared(spec, analysis, machine, found, loaded)


def make_trainer(ready: Prepared, progress: Progress, fresh: bool) -> Trainer:
    """The network, initialised by the seed and where it is `fresh` by `weights`, and its data on
    the device."""
    analysis, machine = ready.analysis, ready.machine
    recipe = analysis.recipe
    torch.manual_seed(recipe.seed)
    module = build_module(pools_first(analysis.graph))
    if fresh and recipe.weights is not None:
        start_from(module, analysis.graph, recipe.weights, progress)
    data = hold_back(ready.loaded, recipe.val, recipe.seed)
    if recipe.stop and not data.val.size:
        raise RunError(
            "`stop` watches the loss on validation data, and there is none: add `val .1`"
        )
    trainer = Trainer(
        module,
        data,
        ready.loaded.dataset,
        recipe,
        ready.hardware,
        outputs={**analysis.graph.outputs, **analysis.graph.train_outputs},
        folder=python_folder(ready.spec),
        limit=machine.limit_batches,
    )
    if trainer.dropped:
        progress.say("the last batch of an epoch is 1 image, too few for batch norm: left out")
    if machine.compile:
        module.compile()
    return trainer


def _write_start(folder: RunFolder, ready: Prepared) -> None:
    source = network_source(ready.analysis.graph)
    folder.write_start(ready.spec, ready.analysis.used, source, _config(ready))


def _config(ready: Prepared) -> dict[str, object]:
    spec, recipe, dataset = ready.spec, ready.analysis.recipe, ready.loaded.dataset
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
            "python_folder": _python_folder(ready),
        },
        "recipe": recipe.texts(),
        "seed": recipe.seed,
        **ready.machine.config(),
        "device": ready.hardware.device.type,
        "device_name": hardware.describe(ready.hardware.device),
        "precision": ready.hardware.precision,
        "threads": torch.get_num_threads(),
        "data": {
            "mean": dataset.mean,
            "std": dataset.std,
            "white": dataset.white,
            "classes": ready.loaded.names,
        },
    }


def _python_folder(ready: Prepared) -> str | None:
    """The folder of the Python code that a run needs; a run has no copy of it."""
    if ready.spec.allow_python:
        return str(Path(python_folder(ready.spec)).absolute())
    return next(iter(python_folders(ready.analysis.graph)), None)
