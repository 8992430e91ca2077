"""What is random about batches: their order, and how their images are varied.

It is drawn from streams keyed by the seed and the place in the training, so that a resumed run
draws the same.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from archc.recipe.choice import Choice
from archc.recipe.transforms import AUGMENTS
from archc.training.prepare import torchvision_transform


def stream(*key: int) -> torch.Generator:
    """The random stream of a key of whole numbers."""
    return torch.Generator().manual_seed(_mixed(key))


def seed_layers(device: torch.device, *key: int) -> None:
    """Lets layers such as dropout draw from the stream of a key."""
    number = _mixed((*key, 1))  # Other numbers than those of `stream`.
    torch.default_generator.manual_seed(number)
    if device.type == "cuda":
        torch.cuda.manual_seed(number)
    elif device.type == "mps":
        torch.mps.manual_seed(number)


def _mixed(key: Sequence[int]) -> int:
    mixed = 0
    for number in key:
        # Knuth's multiplicative constant keeps neighbouring keys apart.
        mixed = ((mixed ^ number) * 6364136223846793005 + 1442695040888963407) % 2**64
    return mixed >> 1


def permutation(count: int, seed: int, epoch: int) -> Tensor:
    """The order in which an epoch sees its images."""
    return torch.randperm(count, generator=stream(seed, epoch))


def augment(images: Tensor, transforms: Sequence[Choice], random: torch.Generator) -> Tensor:
    """Random variants of images, uint8 [B, H, W, C], each image on its own."""
    for transform in transforms:
        images = _TRANSFORMS.get(transform.name, _each)(images, transform, random)
    return images


def _crop(images: Tensor, choice: Choice, random: torch.Generator) -> Tensor:
    """A window of the image's own size out of the image with a black border."""
    count, height, width, channels = images.shape
    pad = choice.get("pad", 0)
    assert isinstance(pad, int)
    padded = images.new_zeros(count, height + 2 * pad, width + 2 * pad, channels)
    padded[:, pad : pad + height, pad : pad + width] = images
    tops, lefts = torch.randint(2 * pad + 1, (2, count, 1), generator=random).to(images.device)
    rows = tops + torch.arange(height, device=images.device)
    columns = lefts + torch.arange(width, device=images.device)
    each = torch.arange(count, device=images.device)
    return padded[each[:, None, None], rows[:, :, None], columns[:, None, :]]


def _flip(images: Tensor, choice: Choice, random: torch.Generator) -> Tensor:
    """Left and right, or top and bottom, exchanged in a share of the images."""
    share = choice.get("p", 0.5)
    assert isinstance(share, int | float)
    chosen = torch.rand(len(images), generator=random) < share
    mirrored = images.flip(1 if choice.name == "vflip" else 2)
    return torch.where(chosen.to(images.device)[:, None, None, None], mirrored, images)


def _each(images: Tensor, choice: Choice, random: torch.Generator) -> Tensor:
    """A transform of torchvision, which draws once a call: so it is called for each image."""
    transform = torchvision_transform(AUGMENTS, choice)
    seed = int(torch.randint(2**62, (), generator=random))
    before = torch.get_rng_state()
    try:
        # These transforms draw from the default generator alone.
        torch.default_generator.manual_seed(seed)
        done = [transform(image) for image in images.movedim(-1, 1)]
    finally:
        torch.set_rng_state(before)
    return torch.stack(done).movedim(1, -1)


_TRANSFORMS = {"crop": _crop, "flip": _flip, "vflip": _flip}
