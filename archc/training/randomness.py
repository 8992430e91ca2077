"""The states of the random streams that code may draw from beside those of the training itself."""

import random
from typing import Any

import numpy as np
import torch


def random_states() -> dict[str, Any]:
    """The states of torch's, numpy's and Python's streams, as tensors, numbers and lists."""
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    mps = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None
    version, words, gauss = random.getstate()
    _, keys, *rest = np.random.get_state(legacy=True)
    return {
        "cpu": torch.get_rng_state(),
        "cuda": cuda,
        "mps": mps,
        "python": [version, list(words), gauss],
        "numpy": [torch.from_numpy(np.asarray(keys).astype(np.int64)), *rest],
    }


def restore_random_states(states: dict[str, Any]) -> None:
    """Goes on from states, on devices that are there."""
    torch.set_rng_state(states["cpu"])
    if states["cuda"] and torch.cuda.device_count() == len(states["cuda"]):
        torch.cuda.set_rng_state_all(states["cuda"])
    if states["mps"] is not None and torch.backends.mps.is_available():
        torch.mps.set_rng_state(states["mps"])
    version, words, gauss = states["python"]
    random.setstate((version, tuple(words), gauss))
    keys, *rest = states["numpy"]
    np.random.set_state(("MT19937", keys.numpy().astype(np.uint32), *rest))
