"""The loss and the scores of a network on data that it does not learn from."""

from collections.abc import Callable, Mapping
from contextlib import closing
from types import MappingProxyType

import torch
from torch import Tensor, nn

from archc.recipe.metrics import WHOLE
from archc.training.alone import ALONE, Alone
from archc.training.batches import seed_layers
from archc.training.data import Examples, Normalizer, fed
from archc.training.hardware import Hardware
from archc.training.metrics import Tally, add
from archc.training.objective import Objective, Outputs
from archc.training.problem import RunError
from archc.training.whole import Whole, functions
from archc.tuples import NamedTuple

_RIGHT, _JUDGED = " right", " judged"
"""Sums beside those of metrics."""


class Scores(NamedTuple):
    """Means over examples; `accuracy` (0..1) is None where the targets are no classes or labels.
    `more` are the metrics that were asked for."""

    loss: float
    accuracy: float | None
    more: Mapping[str, float | None] = MappingProxyType({})


def evaluate(
    module: nn.Module,
    examples: Examples,
    normalize: Normalizer,
    objective: Objective,
    hardware: Hardware,
    *,
    metrics: tuple[str, ...] = (),
    between: Callable[[], None] = lambda: None,
    workers: Alone = ALONE,
) -> Scores:
    """Scores a module in eval mode; its own mode is restored. `between` is called behind every
    batch and may raise. Several `workers` share the batches, and get the same scores as one."""
    training = module.training
    module.eval()
    whole = Whole(functions(metrics, objective), objective, hardware.evaluation_batch)
    counted = tuple(name for name in metrics if name not in WHOLE[objective.wanted])
    tally = Tally(counted, objective)
    starts = range(0, examples.size, hardware.evaluation_batch)
    dealt = workers.dealt(starts)
    picks = (slice(start, start + hardware.evaluation_batch) for start, _ in dealt)
    losses: list[Tensor] = []
    sums: dict[str, Tensor] = {}
    try:
        with torch.inference_mode(), closing(examples.batches(picks)) as batches:
            for (start, counts), batch in zip(dealt, batches, strict=True):
                inputs = fed(batch, batch.images, normalize)
                seed_layers(hardware.device, start)
                outputs = forward(module, inputs, hardware)
                targets = objective.targets(batch, inputs[0])
                output, target = objective.output(outputs), objective.target(targets)
                losses.append(objective.final_loss(outputs, targets) * batch.size)
                target = objective.classes(output, target)
                found = tally.sums(output, target)
                if not objective.reconstructs and not target.is_floating_point():
                    found |= _judged(output, target, objective)
                add(sums, {name: value * counts for name, value in found.items()})
                whole.add(output, target)
                between()
            # Each batch's loss in its place: the sum has the bits of one process's.
            total = sum(workers.collected(torch.stack(losses), len(starts)).cpu())
            sums = workers.summed(sums)
            more = whole.metrics(workers, len(starts), examples.size)
    finally:
        module.train(training)
    right, judged = sums.pop(_RIGHT, None), sums.pop(_JUDGED, None)
    accuracy = None if right is None or judged is None else int(right) / max(int(judged), 1)
    more |= tally.metrics(sums)
    in_order = {name: more[name] for name in metrics}
    return Scores(float(total) / examples.size, accuracy, in_order)


def _judged(output: Tensor, target: Tensor, objective: Objective) -> dict[str, Tensor]:
    """How many of how many classes, or labels, an output has right."""
    if objective.wanted == "labels" and target.shape == output.shape:
        right = objective.chosen(output) == target.bool()
        return {_RIGHT: right.sum(), _JUDGED: torch.full((), target.numel(), device=target.device)}
    counted = target != objective.ignored
    taken = output.argmax(objective.class_axis)
    return {_RIGHT: ((taken == target) & counted).sum(), _JUDGED: counted.sum()}


def forward(module: nn.Module, inputs: Tensor | tuple[Tensor, ...], hardware: Hardware) -> Outputs:
    """The module's outputs in float32, computed in the hardware's precision; `inputs` are a tuple
    where there are several."""
    every = (inputs,) if isinstance(inputs, Tensor) else inputs
    with hardware.autocast():
        try:
            outputs: Outputs = module(*every)
        except RuntimeError as error:
            if "could not create a primitive" not in str(error):
                raise
            what = f"this machine has no {hardware.precision} for a layer of the network"
            raise RunError(f"{what}: choose another --precision") from None
    if isinstance(outputs, dict):
        return {name: output.float() for name, output in outputs.items()}
    return outputs.float()
