"""The mean and deviation of images, over all of them."""

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import torch

from archc.recipe import Recipe
from archc.training.alone import ALONE, Alone
from archc.training.data import Loaded, Split, in_turn
from archc.training.problem import RunError


def kept(loaded: Loaded, recipe: Recipe, config: Mapping[str, Any]) -> Loaded:
    """With what the `config.json` of a run on the same data says of it. Raises RunError."""
    said, now = config.get("recipe", {}), recipe.texts()
    if loaded.dataset.mean or any(said.get(key) != now.get(key) for key in ("data", "prepare")):
        return loaded
    try:
        mean, std = (tuple(map(float, config["data"][name])) for name in ("mean", "std"))
    except (KeyError, TypeError, ValueError):
        raise RunError("the run's config.json is damaged") from None
    return loaded._replace(dataset=loaded.dataset._replace(mean=mean, std=std))


def unmeasured(loaded: Loaded) -> Loaded:
    """With mean 0 and deviation 1 where nothing is known: good for trying how long steps take."""
    dataset = loaded.dataset
    return (
        loaded
        if dataset.mean
        else loaded._replace(dataset=dataset._replace(mean=(0.0,), std=(1.0,)))
    )


def measured(
    loaded: Loaded, recipe: Recipe, say: Callable[[str], None], workers: Alone = ALONE
) -> Loaded:
    """With mean and deviation of the training images, a channel each, where `normalize auto` needs
    them and the data set does not say them. Several `workers` share the images. Raises RunError
    where some cannot be read."""
    dataset, train = loaded.dataset, loaded.train
    if dataset.mean or recipe.normalize != "auto":
        return loaded
    if not isinstance(train, Split):
        say("reading all training images for their mean and deviation (`normalize auto`)")
    chunks = list(in_turn(train.size))
    dealt = workers.dealt(range(len(chunks)))
    rows, positions = [], 1
    with closing(train.batches(chunks[number] for number, _ in dealt)) as batches:
        for batch in batches:
            # Sums of bytes are exact here, whatever the chunks.
            channels = batch.images.flatten(0, -2).double()
            positions = len(channels) // batch.size
            rows.append(torch.stack((channels.sum(0), channels.square().sum(0))))
    sums = workers.collected(torch.stack(rows), len(chunks)).sum(0)
    mean, square = sums / (train.size * positions)
    mean, square = mean / dataset.white, square / dataset.white**2
    std = (square - mean.square()).clamp_min(1e-12).sqrt()
    deviations = tuple(s if s > 1e-5 else 1.0 for s in std.tolist())
    return loaded._replace(dataset=dataset._replace(mean=tuple(mean.tolist()), std=deviations))
