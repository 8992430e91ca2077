"""A training's progress on standard error: a bar on terminals, plain lines elsewhere."""

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from archc.training.progress import Metrics, Progress

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

_PARTS = ("train_", "val_", "test_")
_SMALL = 0.01
"""Below it four places behind the point would tell too little."""


class Quiet(Progress):
    """Warnings alone."""

    def warn(self, warning: str) -> None:
        print(warning, file=sys.stderr, flush=True)


class Lines(Quiet):
    """A line a remark, and one an epoch."""

    def __init__(self) -> None:
        self.epochs = 0

    def say(self, remark: str) -> None:
        print(remark, file=sys.stderr, flush=True)

    def begin_epoch(self, epoch: int, epochs: int, images: int, done: int) -> None:
        self.epochs = epochs

    def end_epoch(self, metrics: Metrics) -> None:
        seconds = f"{metrics['seconds']:.1f} s"
        self.say(f"epoch {metrics['epoch']}/{self.epochs}: {scores(metrics)}, {seconds}")


class Bars(Lines):
    """A bar an epoch, which keeps the epoch's scores beside it."""

    def __init__(self) -> None:
        super().__init__()
        self._bar: ProgressBar[Any] | None = None

    def begin_epoch(self, epoch: int, epochs: int, images: int, done: int) -> None:
        show: Callable[[str | None], str | None] = str
        self._bar = click.progressbar(
            length=images,
            label=f"epoch {epoch:>{len(str(epochs))}}/{epochs}",
            item_show_func=lambda item: show(item) if item else None,
            update_min_steps=max(1, images // 200),
            width=16,
            file=sys.stderr,
        )
        self._bar.render_progress()
        self._bar.update(done)

    def advance(self, images: int) -> None:
        if self._bar is not None:
            self._bar.update(images)

    def end_epoch(self, metrics: Metrics) -> None:
        if self._bar is not None:
            # The loss of training is left out: the line is to fit into 80 columns.
            kept = {name: metrics[name] for name in metrics if name != "train_loss"}
            self._bar.current_item = scores(kept)
            self._bar.render_progress()
            self.pause()

    def pause(self) -> None:
        if self._bar is not None:
            self._bar.render_finish()
            self._bar = None


def progress(quiet: bool) -> Progress:
    """Who listens to a training: a terminal or a file, and those who want no remarks."""
    if quiet:
        return Quiet()
    return Bars() if sys.stderr.isatty() else Lines()


def scores(metrics: Mapping[str, Any]) -> str:
    """`train loss 0.0305, test loss 0.00273, test accuracy 99.05 %, test f1 0.9904`, as far as
    known."""
    return ", ".join(
        f"{name.replace('_', ' ')} {_score(name, value)}"
        for name, value in metrics.items()
        if value is not None and name.startswith(_PARTS)
    )


def _score(name: str, value: float) -> str:
    if name.endswith("_accuracy"):
        return f"{100 * value:.2f} %"
    return f"{value:.4f}" if abs(value) >= _SMALL else f"{value:.3g}"
