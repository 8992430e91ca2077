"""What a network says of images: classes with probabilities, and where it is wrong."""

import torch
from torch import Tensor

from archc.tuples import NamedTuple


class Judged(NamedTuple):
    """The probabilities [N, classes] that a network gives, and the true classes [N]; -1 is none,
    and does not count."""

    probabilities: Tensor
    classes: Tensor

    def confusion(self) -> Tensor:
        """How many images of each class (rows) were taken for each (columns)."""
        count, known = self.probabilities.shape[1], self.classes >= 0
        pairs = self.classes[known] * count + self.probabilities.argmax(1)[known]
        return torch.bincount(pairs, minlength=count**2).view(count, count)

    def worst(self, most: int) -> list[tuple[int, int, float]]:
        """The most confident mistakes: place, the class it was taken for, and its probability."""
        confidence, taken = self.probabilities.max(1)
        wrong = ((taken != self.classes) & (self.classes >= 0)).nonzero().flatten()
        order = wrong[confidence[wrong].argsort(descending=True, stable=True)][:most]
        return [(int(i), int(taken[i]), float(confidence[i])) for i in order]
