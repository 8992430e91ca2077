"""A training in its folder: trains, saves, stops where it is asked to, and ends with a result."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from archc import __version__
from archc.pipeline import Analysis
from archc.recipe.every import Every
from archc.training import checkpoint
from archc.training.alone import ALONE, Alone
from archc.training.board import Board
from archc.training.folder import VERSION, RunFolder
from archc.training.interval import Interval
from archc.training.problem import RunError
from archc.training.profile import Profile
from archc.training.progress import Metrics, Progress
from archc.training.quick import build_quick
from archc.training.report import Subject, report
from archc.training.run import Run
from archc.training.stop import Stopped, StopSignal
from archc.training.trainer import Trainer
from archc.tuples import NamedTuple


class Session(NamedTuple):
    """What belongs together while a run goes on."""

    analysis: Analysis
    folder: RunFolder
    trainer: Trainer
    progress: Progress
    every: Every | None = None
    """Between checkpoints within an epoch."""
    board: Board | None = None
    profile: Profile | None = None

    @property
    def workers(self) -> Alone:
        """The processes that train; the first one alone writes."""
        return self.trainer.workers

    def carry_on(self, metrics: tuple[Metrics, ...] = ()) -> Run:
        """Trains what is left behind the epochs of `metrics`. A signal to stop takes effect when
        all is saved; then KeyboardInterrupt, or what else the signal does, comes out of here."""
        with StopSignal(self.workers) as stop:
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
        saving = Interval(self.every, self.workers.agreement(), lambda: self._save(metrics))
        line = self.trainer.run_epoch(self.progress, stop, self._between(saving))
        if _best((*metrics, line)) is line:
            weights = self.trainer.weights()
            if self.workers.main:
                checkpoint.save(self.folder.best, weights)
        if self.workers.main:
            self.folder.add_metrics(line)
            self.folder.write_table((*metrics, line))
        if self.board is not None:
            self.board.add(line)
        if self.profile is not None:
            self.profile.end()
        self._save((*metrics, line))
        self.progress.end_epoch(line)
        return (*metrics, line)

    def _between(self, saving: "Interval") -> Callable[[], None]:
        """What is done behind every step."""
        profile = self.profile
        if profile is None:
            return saving.step

        def both() -> None:
            profile.step()
            saving.step()

        return both

    def _finish(self, metrics: tuple[Metrics, ...]) -> Run:
        """Ends the run, with a report on its best weights."""
        run = finish(self.folder, self.analysis, metrics, self.workers)
        trainer = self.trainer
        if not self.workers.main:
            return run
        module = run.module.to(trainer.hardware.device)
        subject = Subject(
            module,
            trainer.data.test,
            trainer.normalize,
            trainer.hardware,
            trainer.recipe,
            trainer.objective.final,
            *shown_as(self.folder.read_config()),
            channels_last=trainer.objective.channels_last,
        )
        write_report(self.folder, self.analysis, metrics, module, subject)
        module.to("cpu")
        return run

    def _save(self, metrics: tuple[Metrics, ...]) -> None:
        about = {"version": VERSION, "archc": __version__, "metrics": list(metrics)}
        state = {**about, **self.trainer.state()}
        if self.workers.main:
            checkpoint.save(self.folder.checkpoint, state, keep=True)


def stopped_early(metrics: tuple[Metrics, ...], patience: int) -> bool:
    """Whether the loss on validation data has not been lower than before for so many epochs; a
    patience of 0 waits for ever."""
    losses = [_number(line.get("val_loss")) for line in metrics]
    if not patience or not losses:
        return False
    return len(losses) - 1 - losses.index(min(losses)) >= patience


def _number(loss: float | int | None) -> float:
    return math.inf if loss is None else loss


def finish(
    folder: RunFolder, analysis: Analysis, metrics: tuple[Metrics, ...], workers: Alone
) -> Run:
    """Writes the result of a run whose epochs are all done, and loads its best weights."""
    result = summed_up(analysis, metrics)
    if workers.main:
        folder.write_result(result)
    return Run(folder.path, metrics, result, best_module(folder, analysis, workers))


def summed_up(analysis: Analysis, metrics: tuple[Metrics, ...]) -> dict[str, Any]:
    """What `result.json` says of the epochs that are done, at least one."""
    best = _best(metrics)
    kept = ("test_accuracy", "test_loss", "val_accuracy", "val_loss")
    more = (f"{part}_{name}" for part in ("test", "val") for name in analysis.recipe.metrics)
    return {
        **{name: best[name] for name in (*kept, *more) if name in best},
        "best_epoch": best["epoch"],
        "epochs": len(metrics),
        "parameters": analysis.graph.parameters,
        "seconds": round(sum(line["seconds"] or 0 for line in metrics), 3),
    }


def write_report(
    folder: RunFolder,
    analysis: Analysis,
    metrics: tuple[Metrics, ...],
    module: nn.Module,
    subject: Subject,
) -> None:
    """Writes `report.html` on the best weights, also of a run that goes on. Raises RunError."""
    text = analysis.source.text
    about = folder.path.absolute().name, analysis.graph, text, metrics, summed_up(analysis, metrics)
    page = report(*about, folder.read_config(), module, subject if subject.examples.size else None)
    checkpoint.write_file(folder.report, page.encode())


def shown_as(config: Mapping[str, Any]) -> tuple[float, tuple[str, ...]]:
    """How bright white is, and what the classes are called. Raises RunError."""
    try:
        return float(config["data"]["white"]), tuple(map(str, config["data"]["classes"]))
    except (KeyError, TypeError, ValueError):
        raise RunError("the run's config.json is damaged") from None


def best_module(folder: RunFolder, analysis: Analysis, workers: Alone = ALONE) -> nn.Module:
    """The network with a run's best weights, in eval mode. Raises RunError."""
    module = build_quick(analysis.graph)
    content = workers.shared(lambda: checkpoint.read(folder.best))
    try:
        module.load_state_dict(checkpoint.decode(content, folder.best))
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
