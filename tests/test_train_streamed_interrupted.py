"""Runs that read their data batch by batch, stopped, killed and in several processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from streaming import ARRAYS, SCARCE, write_images
from trainings import ENV, assert_same_end, children, needs_proc, wait_for

import archc


@pytest.fixture
def here(here: Path) -> Path:
    write_images(here)
    return here


def started(*arguments: str, cwd: Path) -> "subprocess.Popen[str]":
    """A training with scarce memory, in a group of processes as a terminal makes one."""
    return subprocess.Popen(
        [sys.executable, "-m", "archc", "train", *arguments],
        cwd=cwd,
        env={**ENV, **SCARCE},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    )


def gone(processes: list[int], seconds: float) -> bool:
    """Whether processes end within so many seconds."""
    end = time.monotonic() + seconds
    while any(Path(f"/proc/{number}").exists() for number in processes):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


class TestInterruptions:
    @needs_proc
    def test_a_stopped_or_killed_run_goes_on_to_the_same_end(self, here: Path) -> None:
        """Stopped by Ctrl-C, gone on with and killed, and gone on with once more."""
        archc.train(Path("net.arch"), run="whole", epochs=10)
        begin = ("net.arch", "--run", "run", "--epochs", "10", "--checkpoint-every", "5steps")
        stops = ((begin, signal.SIGINT, 130), (("--resume", "run"), signal.SIGKILL, -9))
        for arguments, number, status in stops:
            process = started(*arguments, cwd=here)
            try:
                wait_for(process, "epoch ")
                readers = children(process.pid)
                os.killpg(process.pid, number)
                _, errors = process.communicate(timeout=100)
            finally:
                process.kill()
            assert process.returncode == status, errors
            assert "Traceback" not in errors
            # Readers look every 5 seconds whether the training is still there.
            assert gone(readers, 20 if number == signal.SIGKILL else 0)
        archc.train(resume="run")
        assert_same_end(here / "whole", here / "run")

    @needs_proc
    def test_several_processes_have_the_same_bits(self, here: Path) -> None:
        process = started(
            "net.arch", "--nproc", "2", "--run", "together", "--epochs", "1", cwd=here
        )
        _, errors = process.communicate(timeout=200)
        assert process.returncode == 0, errors
        assert errors.count("is read batch by batch") == 1
        archc.train(Path("net.arch"), run="alone", batch=4, accumulate=2, epochs=1)
        assert_same_end(here / "alone", here / "together")

    def test_an_npz_file_in_several_processes(self, here: Path) -> None:
        """Killed, and gone on with to the end of one process that has it in memory."""
        text, _, arrays = ARRAYS["channels last"]
        np.savez(here / "d.npz", **arrays)
        (here / "npz.arch").write_text(f'{text}\ntrain {{ data npz "d.npz" | epochs 6 }}')
        archc.train(Path("npz.arch"), run="alone", batch=8, accumulate=2)
        begin = ("npz.arch", "--batch", "16", "--checkpoint-every", "5steps")
        process = started(*begin, "--nproc", "2", "--run", "run", cwd=here)
        try:
            wait_for(process, "epoch ")
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=100)
        process = started("--resume", "run", "--nproc", "2", cwd=here)
        _, errors = process.communicate(timeout=200)
        assert process.returncode == 0, errors
        assert "is read batch by batch" in errors
        assert_same_end(here / "alone", here / "run")
