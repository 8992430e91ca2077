"""The states of torch's own random numbers, which dropout and the like draw from."""

from typing import Any

import torch


def random_states() -> dict[str, Any]:
    """Those of all devices."""
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    mps = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None
    return {"cpu": torch.get_rng_state(), "cuda": cuda, "mps": mps}


def restore_random_states(states: dict[str, Any]) -> None:
    """Goes on from states, as far as the same devices are there."""
    torch.set_rng_state(states["cpu"])
    if states["cuda"] and torch.cuda.device_count() == len(states["cuda"]):
        torch.cuda.set_rng_state_all(states["cuda"])
    if states["mps"] is not None and torch.backends.mps.is_available():
        torch.mps.set_rng_state(states["mps"])
