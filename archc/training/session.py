"""A training in its folder: trains, saves, stops where it is asked to, and ends with a result."""

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from archc import __version__
from archc.module import build_module
from archc.pipeline import Analysis
from archc.rewrite import pools_first
from archc.training import checkpoint
from archc.training.folder import VERSION, RunFolder
from archc.training.judged import judge
from archc.training.problem import RunError
from archc.training.progress import Metrics, Progress
from archc.training.report import report
from archc.training.stop import Stopped, StopSignal
from archc.training.trainer import Trainer


class Run(NamedTuple):
    """A finished training: its folder, the lines of `metrics.jsonl`, `result.json` and the module
    with the weights of `best.pt`, on the CPU and in eval mode."""

    folder: Path
    metrics: tuple[Metrics, ...]
    result: Mapping[str, Any]
    module: nn.Module


class Session(NamedTuple):
    """What belongs together while a run goes on."""

    analysis: Analysis
    folder: RunFolder
    trainer: Trainer
    progress: Progress
    every: float | None = None
    """Seconds between checkpoints within an epoch."""

    def carry_on(self, metrics: tuple[Metrics, ...] = ()) -> Run:
        """Trains what is left behind the epochs of `metrics`. A signal to stop takes effect when
        all is saved; then KeyboardInterrupt, or what else the signal does, comes out of here."""
        with StopSignal() as stop:
            try:
                while self._goes_on(metrics):
                    metrics = self._epoch(metrics, stop)
                    stop.check()
                return self._finish(metrics)
            except Stopped:
                self.progress.pause()
                self._save(metrics)
            except (torch.OutOfMemoryError, MemoryError):
                raise RunError("there is not enough memory: a smaller --batch needs less") from None
        self.progress.say(
            f"stopped; all is saved, `archc train --resume {self.folder.path}` goes on"
        )
        stop.act()
        raise KeyboardInterrupt

    def _goes_on(self, metrics: tuple[Metrics, ...]) -> bool:
        recipe = self.trainer.recipe
        if stopped_early(metrics, recipe.stop):
            self.progress.say(
                f"stopped early: {recipe.stop} epochs without gain on validation data"
            )
            return False
        return self.trainer.epoch < recipe.epochs

    def _epoch(self, metrics: tuple[Metrics, ...], stop: StopSignal) -> tuple[Metrics, ...]:
        """Trains an epoch and saves. A kill between two of the files leaves the last checkpoint,
        from which the epoch is trained again to the same end."""
        saving = Interval(self.every, lambda: self._save(metrics))
        line = self.trainer.run_epoch(self.progress, stop, saving.passed)
        if _best((*metrics, line)) is line:
            checkpoint.save(self.folder.best, self.trainer.weights())
        self.folder.add_metrics(line)
        self._save((*metrics, line))
        self.progress.end_epoch(line)
        return (*metrics, line)

    def _finish(self, metrics: tuple[Metrics, ...]) -> Run:
        """Ends the run, with a report on its best weights."""
        run = finish(self.folder, self.analysis, metrics)
        trainer = self.trainer
        test = trainer.data.test
        judged = None
        one_class = test.classes.ndim == 1 and not test.classes.is_floating_point()
        if test.size and trainer.recipe.classifies and one_class:
            module = run.module.to(trainer.hardware.device)
            final = trainer.objective.final
            judged = judge(module, test, trainer.normalize, trainer.hardware, final), test
            run.module.to("cpu")
        page = report(
            self.folder.path.name,
            self.analysis.graph,
            metrics,
            run.result,
            self.folder.read_config(),
            judged,
        )
        checkpoint.write_file(self.folder.path / "report.html", page.encode())
        return run

    def _save(self, metrics: tuple[Metrics, ...]) -> None:
        about = {"version": VERSION, "archc": __version__, "metrics": list(metrics)}
        checkpoint.keep_last(self.folder.checkpoint)
        checkpoint.save(self.folder.checkpoint, {**about, **self.trainer.state()})


class Interval:
    """Calls a function where so many seconds have passed since it last did."""

    def __init__(self, seconds: float | None, call: Callable[[], None]) -> None:
        self._seconds = seconds
        self._call = call
        self._last = time.monotonic()

    def passed(self) -> None:
        """To be called often."""
        if self._seconds is not None and time.monotonic() - self._last >= self._seconds:
            self._call()
            self._last = time.monotonic()


def stopped_early(metrics: tuple[Metrics, ...], patience: int) -> bool:
    """Whether the loss on validation data has not been lower than before for so many epochs; a
    patience of 0 waits for ever."""
    losses = [_number(line.get("val_loss")) for line in metrics]
    if not patience or not losses:
        return False
    return len(losses) - 1 - losses.index(min(losses)) >= patience


def _number(loss: float | int | None) -> float:
    return math.inf if loss is None else loss


def finish(folder: RunFolder, analysis: Analysis, metrics: tuple[Metrics, ...]) -> Run:
    """Writes the result of a run whose epochs are all done, and loads its best weights."""
    best = _best(metrics)
    kept = ("test_accuracy", "test_loss", "val_accuracy", "val_loss")
    more = (f"{part}_{name}" for part in ("test", "val") for name in analysis.recipe.metrics)
    result = {
        **{name: best[name] for name in (*kept, *more) if name in best},
        "best_epoch": best["epoch"],
        "epochs": len(metrics),
        "parameters": analysis.graph.parameters,
        "seconds": round(sum(line["seconds"] or 0 for line in metrics), 3),
    }
    folder.write_result(result)
    return Run(folder.path, metrics, result, best_module(folder, analysis))


def best_module(folder: RunFolder, analysis: Analysis) -> nn.Module:
    """The network with a run's best weights, in eval mode. Raises RunError."""
    module = build_module(pools_first(analysis.graph))
    try:
        module.load_state_dict(checkpoint.load(folder.best))
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise RunError(f"{folder.best} does not fit the run's network: {reason}") from None
    return module.eval()


def _best(metrics: tuple[Metrics, ...]) -> Metrics:
    """The epoch of the best weights: by accuracy on validation data, then by its loss, and the
    first of equals; the last epoch where there is no validation data."""
    validated = [line for line in metrics if "val_loss" in line]
    return max(validated, key=_score) if validated else metrics[-1]


def _score(line: Metrics) -> tuple[float, float]:
    loss = line["val_loss"]
    return line["val_accuracy"] or 0, -math.inf if loss is None else -loss
