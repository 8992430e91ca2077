"""What a report is about: a network with its best weights and the data it is shown on."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from archc.recipe import Recipe
from archc.training.batches import in_turn
from archc.training.data import Normalizer, Split, fed
from archc.training.evaluate import forward
from archc.training.hardware import Hardware
from archc.tuples import NamedTuple


class Shown(NamedTuple):
    """A batch, what the network got of it (float32 [B, C, ...]) and its final output."""

    batch: Split
    inputs: Tensor
    output: Tensor


class Subject(NamedTuple):
    """`split` lies on the device of `module`, which is in eval mode; `final` names its last output.
    Pixels are `white` at their brightest; `names` are those of the classes, as far as known."""

    module: nn.Module
    split: Split
    normalize: Normalizer
    hardware: Hardware
    recipe: Recipe
    final: str
    white: float
    names: tuple[str, ...] = ()

    @torch.inference_mode()
    def batches(self) -> Iterator[Shown]:
        """Runs over all data in its order."""
        for batch in in_turn(self.split, self.hardware.evaluation_batch):
            yield self._shown(batch)

    @torch.inference_mode()
    def only(self, places: Sequence[int]) -> Shown:
        """Runs over some of it."""
        return self._shown(self.split.take(torch.tensor(places, device=self.split.images.device)))

    def _shown(self, batch: Split) -> Shown:
        inputs, *others = fed(batch, batch.images, self.normalize)
        outputs = forward(self.module, (inputs, *others), self.hardware)
        output = outputs[self.final] if isinstance(outputs, dict) else outputs
        return Shown(batch, inputs, output)

    def pixels(self, inputs: Tensor) -> Tensor:
        """What `normalize` made of images, or a network of the same kind, as floats of 0 to 1,
        channels last."""
        scale, shift = self.normalize.scale, self.normalize.shift
        return ((inputs.movedim(1, -1) - shift) / scale / self.white).cpu()

    def name(self, index: int) -> str:
        """What a class is called."""
        return self.names[index] if index < len(self.names) else str(index)
