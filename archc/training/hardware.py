"""Where a training runs, and in which arithmetic."""

import os
from contextlib import AbstractContextManager
from typing import Literal

import torch

from archc.training.problem import RunError
from archc.tuples import NamedTuple

Precision = Literal["fp32", "bf16", "fp16"]

_TINY = 300_000
"""MACs an image below which a CPU gains nothing from a lower precision: converting the weights of
so small a network costs what its layers save."""

_TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class Hardware(NamedTuple):
    """A device and the precision of the layers that tolerate a lower one."""

    device: torch.device
    precision: Precision

    def autocast(self) -> AbstractContextManager[None]:
        """Runs layers in this precision; one context a step, since it caches converted weights."""
        enabled = self.precision != "fp32"
        return torch.autocast(self.device.type, _TYPES[self.precision], enabled=enabled)

    @property
    def evaluation_batch(self) -> int:
        """Images at a time where no gradient is needed: what a CPU's caches hold, else more."""
        return 128 if self.device.type == "cpu" else 1000

    def __str__(self) -> str:
        return f"{describe(self.device)}, {self.precision}"


def choose(device: str = "auto", precision: str = "auto", macs: int | None = None) -> Hardware:
    """The hardware that the options ask for; `auto` takes cuda, mps or cpu, whichever is there
    first, and the precision of `suitable`. Raises RunError for a device that is not there."""
    available = devices()
    if device != "auto" and device not in available:
        raise RunError(f"there is no {device} here; available: {', '.join(available)}")
    found = torch.device(available[0] if device == "auto" else device)
    if precision == "auto":
        precision = suitable(found, macs)
    if precision not in _TYPES:
        raise RunError(f"there is no precision {precision}; choose from {', '.join(_TYPES)}")
    return Hardware(found, precision)  # type: ignore[arg-type]


def suitable(device: torch.device, macs: int | None) -> Precision:
    """bf16 where the device computes in it and the network, of so many multiply-accumulates an
    image, is not tiny; else fp32. None counts as many."""
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"
    large = macs is None or macs >= _TINY
    return "bf16" if device.type == "cpu" and large and _cpu_has_bf16() else "fp32"


def _cpu_has_bf16() -> bool:
    """Whether the CPU multiplies in bf16 itself, by AMX or AVX-512: emulated it is slower."""
    checks = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return any(getattr(torch.cpu, check, bool)() for check in checks)


def be_deterministic(wanted: bool) -> None:
    """Lets torch compute with deterministic algorithms alone, or leaves it the choice: on a GPU the
    same training may else end in other bits. Operations that have none fail then."""
    if wanted:
        # cuBLAS reads it when it is first used.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    if wanted != torch.are_deterministic_algorithms_enabled():
        # Saying it again would import the compiler, which takes a second.
        torch.use_deterministic_algorithms(wanted)
    torch.backends.cudnn.benchmark = False


def devices() -> tuple[str, ...]:
    """The devices that are there, the fastest first."""
    cuda = ("cuda",) if torch.cuda.is_available() else ()
    mps = ("mps",) if torch.backends.mps.is_available() else ()
    return (*cuda, *mps, "cpu")


def describe(device: torch.device) -> str:
    """A device in words: `cuda (NVIDIA H200)`, `cpu (8 threads)`."""
    if device.type == "cuda":
        return f"cuda ({torch.cuda.get_device_name(device)})"
    if device.type == "cpu":
        threads = torch.get_num_threads()
        return f"cpu ({threads} thread{'s' if threads > 1 else ''})"
    return device.type
