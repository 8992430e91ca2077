"""What a report is about: a network with its best weights and the data it is shown on."""

from collections.abc import Iterator, Sequence
from contextlib import closing

import torch
from torch import Tensor, nn

from archc.recipe import Recipe
from archc.training.data import Examples, Normalizer, Split, fed, in_turn
from archc.training.evaluate import forward
from archc.training.hardware import Hardware
from archc.tuples import NamedTuple


class Shown(NamedTuple):
    """A batch, what the network got of it (float32 [B, C, ...]) and its final output. Classes, or
    channels, of that and of targets that have them lie along axis 1."""

    batch: Split
    inputs: Tensor
    output: Tensor


class Subject(NamedTuple):
    """`examples` give batches on the device of `module`, which is in eval mode; `final` names its
    last output. Pixels are `white` at their brightest; `names` are those of the classes, as far as
    known. `channels_last` says that they lie along the last axis of the output."""

    module: nn.Module
    examples: Examples
    normalize: Normalizer
    hardware: Hardware
    recipe: Recipe
    final: str
    white: float
    names: tuple[str, ...] = ()
    channels_last: bool = False

    @torch.inference_mode()
    def batches(self) -> Iterator[Shown]:
        """Runs over all data in its order."""
        picks = in_turn(self.examples.size, self.hardware.evaluation_batch)
        with closing(self.examples.batches(picks)) as batches:
            yield from map(self._shown, batches)

    @torch.inference_mode()
    def only(self, places: Sequence[int]) -> Shown:
        """Runs over some of it."""
        return self._shown(self.some(places))

    def some(self, places: Sequence[int]) -> Split:
        """Some of the data."""
        chosen = self.examples.take(torch.tensor(places, dtype=torch.int64))
        (batch,) = chosen.batches([slice(0, len(places))])
        return batch

    def _shown(self, batch: Split) -> Shown:
        inputs, *others = fed(batch, batch.images, self.normalize)
        outputs = forward(self.module, (inputs, *others), self.hardware)
        output = outputs[self.final] if isinstance(outputs, dict) else outputs
        if self.channels_last and output.ndim > 2 and not self.recipe.reconstructs:
            if batch.classes.ndim == output.ndim:
                batch = batch._replace(classes=batch.classes.movedim(-1, 1))
            output = output.movedim(-1, 1)
        return Shown(batch, inputs, output)

    def classes(self, shown: Shown) -> Tensor:
        """The true classes of a batch, int64; -1 is one that the loss ignores, or none at all."""
        true = shown.batch.classes.long()
        none = (true < 0) | (true >= shown.output.shape[1])
        return true.masked_fill(none | (true == self.recipe.loss.get("ignore_index")), -1)

    def pixels(self, inputs: Tensor) -> Tensor:
        """What `normalize` made of images, or a network of the same kind, as floats of 0 to 1,
        channels last."""
        scale, shift = self.normalize.scale, self.normalize.shift
        return ((inputs.movedim(1, -1) - shift) / scale / self.white).cpu()

    def name(self, index: int) -> str:
        """What a class is called."""
        return self.names[index] if index < len(self.names) else str(index)
