"""What the time of a few steps goes into, by torch's profiler."""

import os
from pathlib import Path
from typing import Any

import torch

from archc.training.progress import Progress

_WARM, _STEPS, _ROWS = 3, 5, 15


class Profile:
    """Looks at some steps of a training, behind the first ones, which are slower than all others;
    writes `profile.txt`, a table, and `trace.json` for a viewer such as perfetto.dev."""

    def __init__(self, folder: Path, device: torch.device, progress: Progress) -> None:
        self._folder = folder
        self._progress = progress
        self._device = device
        # Its library tells of its own start and end, and of GPUs that are not there.
        os.environ.setdefault("KINETO_LOG_LEVEL", "99")
        from torch.profiler import ProfilerActivity, profile, schedule

        gpu = [ProfilerActivity.CUDA] if device.type == "cuda" else []
        self._profile: Any = profile(
            activities=[ProfilerActivity.CPU, *gpu],
            schedule=schedule(wait=_WARM, warmup=1, active=_STEPS, repeat=1),
            on_trace_ready=self._write,
        )
        self._profile.start()
        self._left = _WARM + 1 + _STEPS

    def step(self) -> None:
        """To be called behind every step."""
        if self._left:
            self._left -= 1
            self._profile.step()
            if not self._left:
                self._profile.stop()

    def end(self) -> None:
        """Behind an epoch that may have had too few steps."""
        if self._left:
            self._left = 0
            self._profile.stop()
            steps = _WARM + 1 + _STEPS
            self._progress.say(f"an epoch of fewer than {steps} steps is too short to profile")

    def _write(self, found: Any) -> None:
        order = "self_device_time_total" if self._device.type == "cuda" else "self_cpu_time_total"
        table = found.key_averages().table(sort_by=order, row_limit=_ROWS)
        (self._folder / "profile.txt").write_text(table, "utf-8")
        found.export_chrome_trace(str(self._folder / "trace.json"))
        self._progress.say(f"{_STEPS} steps by operation, also in {self._folder}/profile.txt:")
        self._progress.say(table)
