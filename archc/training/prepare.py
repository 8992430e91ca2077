"""What `prepare` does to images, once, when they are loaded."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from archc.recipe.choice import Choice
from archc.recipe.table import Table
from archc.recipe.transforms import PREPARES
from archc.training.problem import RunError

_CHUNK = 1000


def prepare(images: Tensor, pipe: Sequence[Choice]) -> Tensor:
    """Images [N, H, W, C] behind the transforms; bytes stay bytes."""
    if not pipe:
        return images
    transforms = [torchvision_transform(PREPARES, choice) for choice in pipe]
    chunks = []
    for chunk in torch.split(images, _CHUNK):
        channels_first = chunk.movedim(-1, 1)
        for transform in transforms:
            channels_first = transform(channels_first)
        chunks.append(channels_first.movedim(1, -1).contiguous())
    return torch.cat(chunks) if chunks else images


def torchvision_transform(table: Table, choice: Choice) -> Callable[[Tensor], Tensor]:
    """The transform of torchvision.transforms.v2 that a choice names, of images [..., C, H, W]. It
    raises RunError where it takes no such images."""
    from torchvision.transforms import v2

    entry = table.find(choice.name)
    assert entry is not None
    options = dict(choice.options)
    if "policy" in options:  # the one option that torchvision has an enumeration for
        options["policy"] = v2.AutoAugmentPolicy(options["policy"])
    made = getattr(v2, entry.torch)(**options)

    def transform(images: Tensor) -> Tensor:
        try:
            changed: Tensor = made(images)
        except (TypeError, ValueError) as error:
            found = "x".join(map(str, images.shape[-3:]))
            raise RunError(f"`{choice.name}` cannot change images of {found}: {error}") from None
        return changed

    return transform
