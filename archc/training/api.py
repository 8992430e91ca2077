"""`archc.train`: the command `archc train` as a function."""

import os
from pathlib import Path
from typing import Any

from archc.layers.values import written
from archc.recipe.options import OPTIMIZER_OPTIONS
from archc.recipe.read import KEYS
from archc.spec import Spec
from archc.training.folder import RunFolder
from archc.training.machine import Machine
from archc.training.progress import Progress
from archc.training.run import Run
from archc.training.runner import analyse_for_training, start
from archc.training.runner import resume as resume_run
from archc.training.session import best_module, summed_up

_PathLike = str | os.PathLike[str]


def train(
    spec: Spec | None,
    *,
    run: _PathLike | None = None,
    resume: _PathLike | None = None,
    allow_python: bool = False,
    data_root: _PathLike | None = None,
    device: str | None = None,
    precision: str | None = None,
    compile: bool | None = None,
    checkpoint_every: float | str | None = None,
    limit_batches: int | None = None,
    deterministic: bool | None = None,
    tensorboard: bool | None = None,
    profile: bool = False,
    shard: bool | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Run:
    """Trains a spec, or goes on with the run in the folder `resume`.

    `options` are keys of `train`, as values or as the text of their line (`epochs=3`,
    `optimizer="sgd lr=.1"`), `lr`, `momentum` and `weight_decay` of the optimizer, and parameters
    of the network by their names; the rate of a part is `**{"lr stem": .1}`, a further loss
    likewise. `allow_python` lets a run go on that imports Python layers; a spec has its own. Raises
    ArchError for a problem of the spec, RunError for one of the run, and
    KeyboardInterrupt when stopped; all is saved then. Under torchrun all processes train together.
    """
    known = {*KEYS, *OPTIMIZER_OPTIONS}
    keys = {name: _text(value) for name, value in options.items() if name.split(" ")[0] in known}
    settings = [f"{name}={_text(value)}" for name, value in options.items() if name not in keys]
    root = Path(data_root) if data_root else None
    every = None if checkpoint_every is None else str(checkpoint_every)
    machine = Machine(
        device,
        precision,
        compile,
        root,
        every,
        limit_batches,
        deterministic,
        tensorboard,
        profile or None,
        shard,
    )
    listener = progress or Progress()
    if resume is not None:
        if settings:
            raise TypeError(f"a run goes on with its own network: leave out {settings[0]}")
        done = resume_run(Path(resume), keys, machine, listener, spec, allow_python)
        return done._replace(allow_python=allow_python)
    if spec is None:
        raise TypeError("train needs a spec, or a folder to resume from")
    spec = spec._replace(settings=(*spec.settings, *settings))
    done = start(spec, keys, machine, Path(run) if run else None, listener)
    return done._replace(allow_python=spec.allow_python)


def open_run(folder: _PathLike, allow_python: bool = False) -> Run:
    """The run in a folder, as `train` gave it; one that was interrupted has the epochs that are
    done. Raises ArchError, and RunError also where no epoch is."""
    found = RunFolder(Path(folder))
    config = found.read_config()
    metrics = found.read_metrics()
    spec = found.read_spec(config)._replace(allow_python=allow_python)
    analysis = analyse_for_training(spec, config["recipe"])
    result = summed_up(analysis, metrics)
    return Run(found.path, metrics, result, best_module(found, analysis), allow_python)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else written(value)
