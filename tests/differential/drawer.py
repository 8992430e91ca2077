"""Chains of steps, each drawn for the value that PyTorch has there."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from archc.layers.values import Value, written

from . import drawing
from .reference import Reference, TooLarge
from .scope import Frame, Scope, evaluate, sizes
from .structure import Arg, Block, Expr, Let, Share, Step, Use
from .values import Flow, Refused

LARGEST = 1500
"""Numbers an example that a drawn value may hold."""
_GIVEN: list[tuple[str, str, Value]] = [
    ("conv", "bias", False),
    ("conv", "k", 1),
    ("bn", "eps", 0.001),
    ("ln", "eps", 0.01),
    ("dropout", "p", 0.125),
    ("fc", "bias", False),
]
"""What `with` and `default` give."""


class Place:
    """Where steps are drawn: the value there, and what words mean. The value is None behind a step
    that is refused."""

    def __init__(self, x: Flow | None, frame: Frame, scope: Scope, depth: int) -> None:
        self.x = x
        self.frame = frame
        self.scope = scope
        self.depth = depth

    def inner(self, x: Flow | None = None, **names: object) -> "Place":
        """A trial that leaves no trace here."""
        x = self.x if x is None else x
        return Place(x, self.frame.copy(), self.scope.bind(**names), self.depth + 1)

    @property
    def numbers(self) -> dict[str, int]:
        assert self.x is not None
        named = {name: v for name, v in self.scope.names.items() if type(v) is int}
        return {**named, **sizes(self.x, self.frame)}

    @property
    def taps(self) -> dict[str, str]:
        """How each named value is written as an argument."""
        passed = {name: name for name, v in self.scope.names.items() if isinstance(v, Flow)}
        return {**{name: f"@{name}" for name in self.frame.taps}, **passed}


Composite = Callable[["Drawer", Place], Step | None]
"""Draws a step that holds others, or that concerns what is named; None where there is none."""


class Drawer:
    """What is known of a network that is being drawn. `reference` runs its steps."""

    def __init__(self, rng: random.Random, composites: tuple[Composite, ...]) -> None:
        self.rng = rng
        self.composites = composites
        self.reference: Reference
        self.names = 0
        self.blocks: list[Block] = []
        self.open = 0  # blocks that are being drawn: they cannot be called yet
        self.maybe = 0  # places that may not be built: what they name is not known behind them
        self.broken = False
        self.may_break = rng.random() < 0.7

    def name(self) -> str:
        self.names += 1
        return f"{self.rng.choice('uvwxyz')}{self.names}"

    def given(self) -> tuple[str, tuple[Arg, ...]]:
        word, name, value = self.rng.choice(_GIVEN)
        return word, (Arg(name, value, f"{name}={written(value)}"),)

    # --- chains -----------------------------------------------------------------------------

    def chain(self, place: Place, count: int, keeping: float = 0.0) -> tuple[Step, ...]:
        """Steps that follow each other; `keeping` is how likely they leave sizes alone."""
        steps: list[Step] = []
        for _ in range(count):
            step = None if place.x is None else self.step(place, keeping)
            if step is not None:
                steps.append(step)
        behind = place.x is None and self.rng.random() < 0.3
        if behind or all(isinstance(step, Let | Share) for step in steps):
            steps.append(Use(self.rng.choice(drawing.ACTIVATIONS) if behind else "id"))
        return tuple(steps)

    def step(self, place: Place, keeping: float) -> Step | None:
        """A step that runs, or the network's one mistake; None where nothing was found."""
        rng, x = self.rng, place.x
        assert x is not None
        for _ in range(5):
            if place.depth < 3 and rng.random() < 0.4:
                step = rng.choice(self.composites)(self, place)
                if step is None:
                    continue
                if self.broken:
                    place.x = None
                    return step
            elif rng.random() < keeping:
                step = drawing.keeping(x, place.numbers, rng)
            else:
                step = drawing.layer(x, place.taps, place.numbers, rng)
            if self.runs(step, place):
                return step
        return None

    def runs(self, step: Step, place: Place) -> bool:
        """Runs a step; one that is refused is kept at times, as the network's only mistake."""
        assert place.x is not None
        trial = place.frame.copy()
        self.reference.blocks = {block.name: block for block in self.blocks}
        self.reference.depth = 0
        try:
            y = self.reference.steps((step,), place.x, trial, place.scope, trial.parts)
        except TooLarge:
            return False
        except Refused:
            keep = self.may_break and self.rng.random() < (0.5 if isinstance(step, Use) else 0.7)
            if keep:
                self.broken, place.x = True, None
            return keep
        if y.t[0].numel() > LARGEST:
            return False
        if isinstance(step, Let):
            value = evaluate(Expr(step.value), place.x, trial, place.scope)
            place.scope = place.scope.let(step, value)
        place.x, place.frame.taps = y, trial.taps
        place.frame.shares = trial.shares
        return True

    @contextmanager
    def perhaps(self) -> Iterator[None]:
        self.maybe += 1
        yield
        self.maybe -= 1
