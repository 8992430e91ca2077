"""Starts a run, and goes on with one."""

import os
import platform
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch

from archc import __version__
from archc.diagnostic import ArchError
from archc.emit import network_source, python_folders
from archc.pipeline import Analysis, analyse
from archc.recipe import no_data, parse_options
from archc.render import render_text
from archc.source import Span
from archc.spec import Spec
from archc.syntax import tree
from archc.training import checkpoint, hardware
from archc.training.alone import ALONE, Alone
from archc.training.board import Board
from archc.training.data import Loaded, hold_back
from archc.training.folder import VERSION, RunFolder, new_folder, newest
from archc.training.forecast import Forecast, forecast, room_for_data
from archc.training.held import held
from archc.training.lr_range import described, find_lr
from archc.training.machine import Machine
from archc.training.measured import kept, measured, unmeasured
from archc.training.problem import RunError
from archc.training.profile import Profile
from archc.training.progress import Metrics, Progress
from archc.training.quick import build_quick
from archc.training.run import Run
from archc.training.session import Session, finish, stopped_early
from archc.training.sources import load_data, python_folder, settled
from archc.training.start import start_from
from archc.training.stop import Stopped, StopSignal
from archc.training.trainer import Trainer
from archc.training.workers import check_shares, joined
from archc.tuples import NamedTuple


class Prepared(NamedTuple):
    """A spec that is to be trained, checked and with its data loaded."""

    spec: Spec
    analysis: Analysis
    machine: Machine
    hardware: hardware.Hardware
    loaded: Loaded
    workers: Alone = ALONE


def start(
    spec: Spec,
    keys: Mapping[str, str],
    machine: Machine,
    folder: Path | None,
    progress: Progress,
) -> Run:
    """Trains a spec in a new folder. `keys` are those of `train` with the text of their line. Where
    torchrun has started all processes again, goes on in the folder.

    Raises ArchError for what is wrong with the spec, before anything is loaded, and RunError.
    """
    with joined(lambda: machine) as workers:
        heard = progress if workers.main else Progress()
        analysis = analyse_for_training(spec, keys)
        if folder is None and workers.may_restart:
            raise RunError("torchrun --max-restarts needs --run DIR, where a restart goes on")
        if folder is not None and _has_checkpoint(folder, workers, after_restart=True):
            if workers.main:
                _refuse_another_text(RunFolder(folder), spec)
            return _go_on(RunFolder(folder), spec, analysis, machine, heard, workers)
        if workers.main and folder is not None and RunFolder(folder).checkpoint.exists():
            new_folder(folder, spec.name)  # Refuses before the data is loaded.
        ready = prepare(spec, analysis, machine, heard, workers)
        trainer = make_trainer(ready, heard, fresh=True)
        made = workers.shared(lambda: bytes(new_folder(folder, spec.name).path))
        return _begin(RunFolder(Path(os.fsdecode(made))), ready, trainer, heard)


def dry_run(spec: Spec, keys: Mapping[str, str], machine: Machine, progress: Progress) -> Forecast:
    """What a training will take; nothing is written. Raises ArchError and RunError."""
    ready = prepare(spec, analyse_for_training(spec, keys), machine, progress, measure=False)
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
    with joined(lambda: machine.over(run.read_config())) as workers:
        heard = progress if workers.main else Progress()
        config = run.read_config()
        spec = run.read_spec(config)._replace(allow_python=allow_python)
        if given is not None:
            _refuse_another_text(run, given)
        machine = machine.over(config)
        analysis = analyse_for_training(spec, {**config["recipe"], **keys})
        if _has_checkpoint(folder, workers):
            return _go_on(run, spec, analysis, machine, heard, workers)
        heard.say(f"{folder} has no checkpoint yet: it begins anew")
        ready = prepare(spec, analysis, machine, heard, workers)
        return _begin(run, ready, make_trainer(ready, heard, fresh=True), heard)


def _has_checkpoint(folder: Path, workers: Alone, *, after_restart: bool = False) -> bool:
    """Whether the first process finds one: folders of other machines may lack it. With
    `after_restart` one that was there before all were started again."""

    def found() -> bytes:
        there = (workers.restarted or not after_restart) and RunFolder(folder).checkpoints
        return b"yes" if there else b""

    return bool(workers.shared(found))


def _refuse_another_text(run: RunFolder, given: Spec) -> None:
    if given.source.text != run.read_spec(run.read_config()).source.text:
        raise RunError(f"{run.path} trains another text than {given.source.name}: leave SPEC out")


def _begin(folder: RunFolder, ready: Prepared, trainer: Trainer, progress: Progress) -> Run:
    if ready.workers.main:
        source = network_source(ready.analysis.graph)
        folder.write_start(ready.spec, ready.analysis.used, source, _config(ready))
    return _session(folder, ready, trainer, progress).carry_on()


def _go_on(
    run: RunFolder,
    spec: Spec,
    analysis: Analysis,
    machine: Machine,
    progress: Progress,
    workers: Alone,
) -> Run:
    """Goes on from the newest checkpoint that is whole."""
    content = workers.shared(lambda: newest(run, progress))
    state = checkpoint.decode(content, run.checkpoint)
    if state.get("version") != VERSION:
        raise RunError(f"{run.checkpoint} was written by another version: {state.get('archc')}")
    metrics = tuple(state["metrics"])
    if len(metrics) >= analysis.recipe.epochs:
        progress.say(f"{run.path} is finished: {len(metrics)} epochs; --epochs N trains on")
        return _finished(run, analysis, metrics, machine, spec.allow_python, workers)
    if stopped_early(metrics, analysis.recipe.stop):
        progress.say(
            f"{run.path} is finished: {len(metrics)} epochs, stopped early; --stop 0 goes on"
        )
        return _finished(run, analysis, metrics, machine, spec.allow_python, workers)
    ready = prepare(spec, analysis, machine, progress, workers, run.read_config())
    trainer = make_trainer(ready, progress, fresh=False)
    trainer.restore(state)
    if workers.main:
        run.write_resumed(metrics, _config(ready))
    progress.say(f"going on with {run.path} in epoch {trainer.epoch + 1}")
    return _session(run, ready, trainer, progress, len(metrics)).carry_on(metrics)


def _session(
    folder: RunFolder, ready: Prepared, trainer: Trainer, progress: Progress, done: int = 0
) -> Session:
    """The training in its folder, behind so many epochs, with all that listens to it."""
    machine = ready.machine
    main = ready.workers.main
    board = Board(folder.path, done) if main and machine.tensorboard else None
    device = ready.hardware.device
    profile = Profile(folder.path, device, progress) if main and machine.profile else None
    every = machine.every
    return Session(ready.analysis, folder, trainer, progress, every, board, profile)


def _finished(
    run: RunFolder,
    analysis: Analysis,
    metrics: tuple[Metrics, ...],
    machine: Machine,
    allow_python: bool,
    workers: Alone,
) -> Run:
    """A run whose epochs are all done, but for the report, before which it may have been killed."""
    done = finish(run, analysis, metrics, workers)
    if workers.main and not run.report.exists():
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


def prepare(
    spec: Spec,
    analysis: Analysis,
    machine: Machine,
    progress: Progress,
    workers: Alone = ALONE,
    config: Mapping[str, Any] = MappingProxyType({}),
    *,
    measure: bool = True,
) -> Prepared:
    """Says what will be done on which machine, and loads the data, of which `config` may know mean
    and deviation, and which is only as good as any other without `measure`."""
    recipe = analysis.recipe
    found = machine.hardware(analysis.graph)
    check_shares(analysis, workers)
    if analysis.diagnostics:
        progress.warn(render_text(analysis.diagnostics))
    lines = " | ".join(f"{key} {text}" for key, text in recipe.texts().items())
    progress.say(f"train {{ {lines} }}")
    progress.say(f"on {workers}{found}, channels-last")
    share = recipe._replace(batch=max(workers.sizes(recipe.batch)))
    room = room_for_data(analysis.graph, share, found)
    with workers.first_on_machine():
        place = python_folder(spec)
        loaded = load_data(analysis, recipe, machine.root, place, room, progress)
        loaded = held(loaded, room, progress.say)
    if not loaded.test.size:
        progress.say("the data has no images for testing")
    loaded = kept(loaded, recipe, config)
    loaded = measured(loaded, recipe, progress.say, workers) if measure else unmeasured(loaded)
    return Prepared(spec, analysis, machine, found, loaded, workers)


def make_trainer(ready: Prepared, progress: Progress, fresh: bool) -> Trainer:
    """The network, initialised by the seed and where it is `fresh` by `weights`, and its data on
    the device."""
    analysis, machine = ready.analysis, ready.machine
    recipe = analysis.recipe
    torch.manual_seed(recipe.seed)
    module = build_quick(analysis.graph)
    if fresh and recipe.weights is not None:
        start_from(module, analysis.graph, recipe.weights, progress)
    data = hold_back(ready.loaded, recipe.val, recipe.seed)
    if recipe.val and not data.val.size:
        count = ready.loaded.train.size
        raise RunError(f"`val {recipe.val:g}` of {count} training images is none: hold back more")
    if recipe.watches is not None and not data.val.size:
        raise RunError(f"{recipe.watches} on validation data, and there is none: add `val .1`")
    trainer = Trainer(
        module,
        data,
        ready.loaded.dataset,
        recipe,
        ready.hardware,
        outputs={**analysis.graph.outputs, **analysis.graph.train_outputs},
        folder=python_folder(ready.spec),
        limit=machine.limit_batches,
        workers=ready.workers,
    )
    if trainer.dropped:
        progress.say("the last batch of an epoch is 1 image, too few for batch norm: left out")
    if machine.compile:
        module.compile()
    return trainer


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
        "processes": ready.workers.size,
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
