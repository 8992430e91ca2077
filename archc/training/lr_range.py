"""The learning rate finder: how the loss goes while the rate rises, and which rate that suggests.

Smith, "Cyclical learning rates for training neural networks", 2017, section 3.3.
"""

import contextlib
import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

from archc.training.checkpoint import write_file
from archc.training.problem import RunError
from archc.training.progress import Progress
from archc.training.stop import Stopped, StopSignal
from archc.training.trainer import Trainer
from archc.tuples import NamedTuple

_LOWEST, _HIGHEST, _STEPS = 1e-7, 10.0, 100
_SMOOTH = 0.9
_WORSE = 4.0
"""How many times the lowest loss ends the search."""
_EDGE = 5
"""Steps at either end that no slope is read from."""


class Curve(NamedTuple):
    """Rates with the losses of their steps, smoothed."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]

    @property
    def suggestion(self) -> float:
        """The rate at which the loss falls fastest, over equal factors of the rate. Raises RunError
        where it never falls."""
        last = len(self.losses) - _EDGE
        slopes = {
            place: self.losses[place + 1] - self.losses[place - 1] for place in range(_EDGE, last)
        }
        if not slopes or min(slopes.values()) >= 0:
            raise RunError("the loss falls at no learning rate: is the data right?")
        return self.rates[min(slopes, key=lambda place: slopes[place])]

    def write(self, path: Path) -> tuple[Path, Path]:
        """Writes the curve as `.csv` and `.svg`. Raises RunError."""
        table, picture = path.with_suffix(".csv"), path.with_suffix(".svg")
        rows = "".join(
            f"{rate:.6g},{loss:.6g}\n" for rate, loss in zip(self.rates, self.losses, strict=True)
        )
        write_file(table, f"lr,loss\n{rows}".encode())
        write_file(picture, _svg(self).encode())
        return table, picture


def find_lr(trainer: Trainer, stop: StopSignal) -> Curve:
    """Trains a few steps at rates that rise from step to step, until the loss explodes. The trainer
    is of no use behind that. Raises RunError, and Stopped where `stop` asks for it."""
    trainer.data = trainer.data._replace(
        val=trainer.data.val.part(0, 0), test=trainer.data.test.part(0, 0)
    )
    search = _Search(trainer)
    with contextlib.suppress(_Done):
        while True:
            search.seen = 0.0
            trainer.run_epoch(Progress(), stop, search.step)
    return Curve(tuple(search.rates), tuple(search.losses))


class _Done(Stopped):
    pass


class _Search:
    """Sets the rate before each step, and reads the loss behind it."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.rates: list[float] = []
        self.losses: list[float] = []
        self.seen = 0.0
        self._mean = 0.0
        self._place = 0
        self._position = 0
        self._set()

    def _set(self) -> None:
        self.rate = _LOWEST * (_HIGHEST / _LOWEST) ** (len(self.rates) / (_STEPS - 1))
        for group in self.trainer.descent.optimizer.param_groups:
            group["lr"] = self.rate * group["factor"]

    def step(self) -> None:
        """To be called behind every step."""
        position = self.trainer.position
        images = position - self._position if position > self._position else position
        self._position = position
        total = float(self.trainer.losses.total())
        loss, self.seen = (total - self.seen) / images, total
        count = len(self.rates) + 1
        self._mean = _SMOOTH * self._mean + (1 - _SMOOTH) * loss
        smooth = self._mean / (1 - _SMOOTH**count)
        if not math.isfinite(loss) or (self.losses and smooth > _WORSE * min(self.losses)):
            raise _Done
        self.rates.append(self.rate)
        self.losses.append(smooth)
        if count == _STEPS:
            raise _Done
        self._set()


_WIDTH, _HEIGHT, _LEFT, _TOP, _BELOW = 560, 300, 60, 30, 40


def _svg(curve: Curve) -> str:
    """The losses over the rates, these on a logarithmic axis; the suggestion is marked."""
    logs = [math.log10(rate) for rate in curve.rates]
    low, high = min(curve.losses), max(curve.losses)
    across = (_WIDTH - _LEFT - 20) / ((logs[-1] - logs[0]) or 1)
    down = (_HEIGHT - _TOP - _BELOW) / ((high - low) or 1)

    def x(log: float) -> float:
        return _LEFT + (log - logs[0]) * across

    def y(loss: float) -> float:
        return _TOP + (high - loss) * down

    points = " ".join(
        f"{x(log):.1f},{y(loss):.1f}" for log, loss in zip(logs, curve.losses, strict=True)
    )
    floor = _HEIGHT - _BELOW
    marks = [
        f'<text x="{x(n):.1f}" y="{floor + 18}" text-anchor="middle">1e{n}</text>'
        for n in range(math.ceil(logs[0]), math.floor(logs[-1]) + 1)
    ]
    marks += [
        f'<text x="{_LEFT - 6}" y="{y(loss) + 4:.1f}" text-anchor="end">{loss:.3g}</text>'
        for loss in (low, high)
    ]
    best = x(math.log10(curve.suggestion))
    title = escape(f"loss by learning rate: {curve.suggestion:.2g} is where it falls fastest")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        f' font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
        f'<text x="{_LEFT}" y="18" font-weight="600">{title}</text>{"".join(marks)}'
        f'<path d="M{best:.1f} {_TOP}V{floor}" stroke="#d97706" stroke-dasharray="4"/>'
        f'<polyline points="{points}" fill="none" stroke="#2563eb" stroke-width="2"/></svg>\n'
    )


def described(curve: Curve, files: Sequence[Path]) -> str:
    """The suggestion with what to do with it."""
    rate = f"{curve.suggestion:.2g}"
    return f"--lr {rate} is where the loss falls fastest; the curve is in {files[1]}"
