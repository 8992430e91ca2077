"""Mixup and CutMix: images of a batch mixed with others of it, and their losses with them.

Zhang et al., "mixup: Beyond Empirical Risk Minimization", 2018; Yun et al., "CutMix", 2019.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from archc.recipe import Recipe
from archc.tuples import NamedTuple


class Mixed(NamedTuple):
    """Images of which a share is their own, the rest that of the image at `others` in the batch."""

    images: Tensor
    others: Tensor
    share: float


def mix(images: Tensor, recipe: Recipe, random: torch.Generator) -> Mixed | None:
    """Images [B, C, ...] mixed as `mixup` or `cutmix` say, by turns where both do; None where
    neither does. The share is drawn from Beta(alpha, alpha), once a batch."""
    alphas = [(kind, alpha) for kind in ("mixup", "cutmix") if (alpha := getattr(recipe, kind))]
    if not alphas:
        return None
    draw = np.random.default_rng(int(torch.randint(2**62, (), generator=random)))
    kind, alpha = alphas[draw.integers(len(alphas))]
    share = float(draw.beta(alpha, alpha))
    others = torch.randperm(len(images), generator=random).to(images.device)
    if kind == "cutmix" and images.ndim > 2:
        return _cut(images, others, share, draw)
    return Mixed(images.lerp(images[others], 1 - share), others, share)


def _cut(images: Tensor, others: Tensor, share: float, draw: np.random.Generator) -> Mixed:
    """A box of the others' images put into each; its sides are those that leave the share."""
    sides = np.array(images.shape[2:])
    lengths = np.round(sides * (1 - share) ** (1 / len(sides))).astype(int)
    starts = [
        int(draw.integers(side - length + 1)) for side, length in zip(sides, lengths, strict=True)
    ]
    box: tuple[Any, ...] = (
        ...,
        *(slice(start, start + n) for start, n in zip(starts, lengths, strict=True)),
    )
    cut = images.clone(memory_format=torch.preserve_format)
    cut[box] = images[others][box]
    return Mixed(cut, others, 1 - float(np.prod(lengths / sides)))
