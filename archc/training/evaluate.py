"""The loss and accuracy of a network on data that it does not learn from."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from archc.training.batches import in_turn
from archc.training.data import Normalizer, Split
from archc.training.hardware import Hardware
from archc.training.optim import Loss


class Scores(NamedTuple):
    """Means over images; `accuracy` (0..1) is None where the target is the image itself."""

    loss: float
    accuracy: float | None


def evaluate(
    module: nn.Module,
    split: Split,
    normalize: Normalizer,
    loss: Loss,
    hardware: Hardware,
    *,
    reconstructs: bool = False,
    between: Callable[[], None] = lambda: None,
) -> Scores:
    """Scores a module in eval mode; its own mode is restored. `between` is called behind every
    batch and may raise."""
    training = module.training
    module.eval()
    total = torch.zeros((), device=hardware.device)
    right = torch.zeros((), dtype=torch.int64, device=hardware.device)
    try:
        with torch.inference_mode():
            for batch in in_turn(split, hardware.evaluation_batch):
                inputs = normalize(batch.images)
                output = forward(module, inputs, hardware)
                target = inputs if reconstructs else batch.classes
                total += loss(output, target) * batch.size
                if not reconstructs:
                    right += (output.argmax(1) == batch.classes).sum()
                between()
    finally:
        module.train(training)
    accuracy = None if reconstructs else right.item() / split.size
    return Scores(total.item() / split.size, accuracy)


def forward(module: nn.Module, inputs: Tensor, hardware: Hardware) -> Tensor:
    """The module's output in float32, computed in the hardware's precision."""
    with hardware.autocast():
        output: Tensor = module(inputs)
    return output.float()
