"""The loss and accuracy of a network on data that it does not learn from."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from archc.training.batches import in_turn
from archc.training.data import Normalizer, Split
from archc.training.hardware import Hardware
from archc.training.objective import Objective, Outputs
from archc.tuples import NamedTuple


class Scores(NamedTuple):
    """Means over images; `accuracy` (0..1) is None where the targets are no classes."""

    loss: float
    accuracy: float | None


def evaluate(
    module: nn.Module,
    split: Split,
    normalize: Normalizer,
    objective: Objective,
    hardware: Hardware,
    *,
    reconstructs: bool = False,
    between: Callable[[], None] = lambda: None,
) -> Scores:
    """Scores a module in eval mode; its own mode is restored. `between` is called behind every
    batch and may raise."""
    judges = not reconstructs and not split.classes.is_floating_point()
    training = module.training
    module.eval()
    total = torch.zeros((), device=hardware.device)
    right = torch.zeros((), dtype=torch.int64, device=hardware.device)
    try:
        with torch.inference_mode():
            for batch in in_turn(split, hardware.evaluation_batch):
                inputs = normalize(batch.images)
                outputs = forward(module, inputs, hardware)
                target = inputs if reconstructs else batch.classes
                total += objective.final_loss(outputs, target) * batch.size
                if judges:
                    output = objective.output(outputs)
                    right += (output.argmax(1) == batch.classes).sum()
                between()
    finally:
        module.train(training)
    accuracy = right.item() / split.size if judges else None
    return Scores(total.item() / split.size, accuracy)


def forward(module: nn.Module, inputs: Tensor, hardware: Hardware) -> Outputs:
    """The module's outputs in float32, computed in the hardware's precision."""
    with hardware.autocast():
        outputs: Outputs = module(inputs)
    if isinstance(outputs, dict):
        return {name: output.float() for name, output in outputs.items()}
    return outputs.float()
