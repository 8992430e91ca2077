"""What a training will take: memory and time, before it begins."""

import contextlib
import itertools
import time

import torch

from archc.cost import summarize
from archc.graph import Graph
from archc.recipe import Recipe
from archc.symbolic import Open
from archc.training.hardware import Hardware
from archc.training.held import whereabouts
from archc.training.memory import available, room, size
from archc.training.problem import RunError
from archc.training.progress import Progress
from archc.training.stop import Stopped, StopSignal
from archc.training.trainer import Trainer
from archc.tuples import NamedTuple

_FLOAT = 4  # bytes
_STATES = {"sgd": 0, "rmsprop": 1, "adagrad": 1, "muon": 1, "adafactor": 1}
"""Tensors that an optimizer keeps for each weight; the others keep 2, LBFGS two a past step."""
_STEPS = 6


class Forecast(NamedTuple):
    """`memory` is in bytes, of weights, gradients, optimizer and the results of layers at one
    batch; `data` says what that takes and where it lies; `seconds` are those of an epoch's
    training, as a few steps went."""

    parameters: int
    memory: int
    data: str
    seconds: float
    epochs: int

    def __str__(self) -> str:
        memory = f"about {size(self.memory)} of memory beside {self.data}"
        seconds = f"about {self.seconds:.3g} s an epoch, {self.seconds * self.epochs:.3g} s in all"
        return f"{self.parameters:,} parameters, {memory}, {seconds}"


def memory_needed(graph: Graph, recipe: Recipe, hardware: Hardware) -> int:
    """Bytes that a step needs: a weight, its gradient, what the optimizer and the average keep of
    it, and the results of all layers at one batch. Open sizes count as nothing."""
    momentum = 1 if recipe.optimizer.get("momentum") else 0
    states = _STATES.get(recipe.optimizer.name, 2) + momentum
    if recipe.optimizer.name == "lbfgs":
        history = recipe.optimizer.get("history_size", 100)
        states = 2 * history if isinstance(history, int) else states
    copies = 2 + states + (1 if recipe.ema else 0)
    results = summarize(graph, recipe.batch).memory
    narrow = 2 if hardware.precision != "fp32" else 1
    kept = 0 if isinstance(results, Open) else results // narrow
    return graph.parameters * _FLOAT * copies + kept


def room_for_data(graph: Graph, recipe: Recipe, hardware: Hardware) -> int | None:
    """Bytes of memory that data may take beside a step; None where the system does not say. Raises
    RunError where there is not enough for the step."""
    needed = memory_needed(graph, recipe, hardware)
    if hardware.device.type == "cuda":
        there: int | None = torch.cuda.mem_get_info(hardware.device)[0]
    else:
        there = available()
    if there is not None and needed > there:
        raise RunError(
            f"a step needs about {size(needed)} of memory, and there are {size(there)} on"
            f" {hardware.device.type}: a smaller --batch needs less"
        )
    return room(0 if hardware.device.type == "cuda" else needed)


def forecast(trainer: Trainer, graph: Graph) -> Forecast:
    """Trains a few steps to see how long they take."""
    times = [time.perf_counter()]

    def clock() -> None:
        float(trainer.losses.total())  # Waits for the device.
        times.append(time.perf_counter())
        if len(times) > _STEPS:
            raise Stopped

    with contextlib.suppress(Stopped):
        trainer.run_epoch(Progress(), StopSignal(), clock)
    spent = sorted(b - a for a, b in itertools.pairwise(times))
    memory = memory_needed(graph, trainer.recipe, trainer.hardware)
    step = spent[len(spent) // 2]
    data = whereabouts(trainer.data)
    return Forecast(graph.parameters, memory, data, step * trainer.steps, trainer.recipe.epochs)
