"""Training in several processes: its bits, and how it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import ROOT, RunPython
from trainings import ENV, assert_same_end, children, needs_proc, wait_for

import archc
from archc import processes
from archc.processes import LISTENING, Place, here
from archc.training import RunError
from archc.training.alone import Alone

SPEC = "input 1x8x8\nconv 4 k3 p1 | bn | relu | pool 2 | flatten | dropout .2 | fc 10\n"


class TestPlaces:
    def test_without_a_launcher_there_is_none(self) -> None:
        assert here({}) is None
        assert here({"RANK": "0", "WORLD_SIZE": "1"}) is None, "some clusters always set these"

    def test_torchrun_says_it(self) -> None:
        said = {
            "RANK": "3",
            "WORLD_SIZE": "4",
            "LOCAL_RANK": "1",
            "LOCAL_WORLD_SIZE": "2",
            "TORCHELASTIC_RUN_ID": "x",
            "TORCHELASTIC_RESTART_COUNT": "1",
            "TORCHELASTIC_MAX_RESTARTS": "3",
        }
        assert here(said) == Place(3, 4, 1, 2, 1, True)
        assert here(said).machine == 2  # type: ignore[union-attr]

    @pytest.mark.parametrize(("rank", "size"), [("x", "2"), ("2", "2"), ("-1", "2"), ("0", "y")])
    def test_nonsense_is_refused(self, rank: str, size: str) -> None:
        with pytest.raises(ValueError, match="expected a"):
            here({"RANK": rank, "WORLD_SIZE": size})


class TestShares:
    class Three(Alone):
        size = 3

        def __init__(self, rank: int) -> None:
            self.rank = rank

    @pytest.mark.parametrize("images", [1, 2, 7, 10, 20, 23])
    def test_all_images_are_somebodys_once(self, images: int) -> None:
        found = [self.Three(rank).shares(torch.arange(images), 10, 100) for rank in range(3)]
        taken = [s for shares in found for s in shares if s.size]
        places = sorted(place for s in taken for place in range(s.place, s.place + s.size))
        assert places == [*range(100, 100 + images)]
        assert sorted(int(i) for s in taken for i in s.indices) == [*range(images)]
        assert len({len(shares) for shares in found}) == 1, "all compute as often"
        assert all(len(s.indices) for shares in found for s in shares), "stand-ins are images too"
        counted = self.Three(0).counted(images, 10)
        assert counted == [[bool(shares[b].size) for shares in found] for b in range(len(found[0]))]

    def test_the_split_says_when_sums_have_the_same_bits(self) -> None:
        alone, three = Alone(), self.Three(0)
        assert three.split(12, 1) == alone.split(4, 3)
        assert three.split(12, 2) != alone.split(4, 6), "these add up in another order"
        assert three.split(10, 1)[0] == [3, 3, 4]

    def test_batches_too_small_are_refused(self) -> None:
        assert processes.too_small(4, 4, normed=False) is None
        assert "less than an image" in str(processes.too_small(3, 4, normed=False))
        assert "--batch 8" in str(processes.too_small(7, 4, normed=True))


def train_together(count: int, *arguments: str) -> dict[str, Any]:
    """Runs tests/together.py in so many processes, and returns what the first one prints."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port, descriptor = listening.getsockname()[1], listening.fileno()
        said = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), LISTENING: str(descriptor)}
        started = [
            subprocess.Popen(
                [sys.executable, str(ROOT / "tests" / "together.py"), *arguments],
                env={**ENV, **said, "RANK": str(rank), "WORLD_SIZE": str(count)},
                pass_fds=[descriptor],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for rank in range(count)
        ]
    try:
        ended = [process.communicate(timeout=200) for process in started]
    finally:
        for process in started:
            process.kill()
    assert [process.returncode for process in started] == [0] * count, ended[0][1][-2000:]
    found = json.loads(ended[0][0])
    assert isinstance(found, dict)
    return found


CASES = ("norm and dropout", "momentum", "everything", "shared and unused")


class TestBits:
    """Weights, running statistics, the optimizer's states, averages and all metrics."""

    def assert_same(self, found: dict[str, Any]) -> None:
        assert found.keys() == set(CASES)
        assert {name: each["parts"] for name, each in found.items()} == {name: {} for name in CASES}
        # Without batch norm also the curve of one process with the whole batch, within rounding.
        assert 0 < found["momentum"]["whole"] < 1e-5

    def test_two_processes_are_one_that_accumulates_two_batches(self) -> None:
        self.assert_same(train_together(2, *CASES))

    @pytest.mark.slow
    def test_three_processes_are_one_that_accumulates_three(self) -> None:
        self.assert_same(train_together(3, *CASES))

    @pytest.mark.slow
    def test_divided_weights_are_the_same_within_rounding(self) -> None:
        found = train_together(2, "--shard", "momentum", "shared and unused")
        for each in found.values():
            # Divided weights of SGD have no fused step (docs/processes.md).
            values = {k: d for k, d in each["parts"].items() if not k.endswith(".fused")}
            assert all(difference < 1e-5 for difference in values.values()), each


def started(*arguments: str, cwd: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "archc", "train", *arguments],
        cwd=cwd,
        env=ENV,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


EPOCHS = 8
LONG = (
    "-e",
    SPEC,
    "--data",
    "digits",
    "--run",
    "run",
    "--batch",
    "32",
    "--checkpoint-every",
    "9steps",
)


def torchrun(*arguments: str, cwd: Path) -> "subprocess.Popen[str]":
    command = ("-m", "--", "archc", "train", *LONG, "--epochs", str(EPOCHS))
    return subprocess.Popen(
        [sys.executable, "-m", "torch.distributed.run", *arguments, *command],
        cwd=cwd,
        env=ENV,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def alone(folder: Path) -> Path:
    """The run of one process that accumulates the shares of two."""
    parts = {"batch": 16, "accumulate": 2, "epochs": EPOCHS}
    return Path(archc.train(SPEC, data="digits", run=folder / "alone", **parts).folder)


class TestLaunching:
    @needs_proc
    def test_a_stopped_run_goes_on_to_the_same_end(self, tmp_path: Path) -> None:
        """Stopped by SIGTERM, gone on with in two processes, where one is killed, and then in one
        process that accumulates."""
        process = started(*LONG, "--epochs", "300", "--nproc", "2", cwd=tmp_path)
        try:
            wait_for(process, "epoch 2/")
            workers = children(process.pid)
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=200)
        finally:
            process.kill()
        assert process.returncode == 143, errors
        assert "archc train --resume run" in errors
        assert len(workers) == 2
        assert not any(Path(f"/proc/{pid}").exists() for pid in workers), "none is left"

        process = started("--resume", "run", cwd=tmp_path)
        try:
            wait_for(process, "epoch 4/")
            os.kill(children(process.pid)[1], signal.SIGKILL)
            _, errors = process.communicate(timeout=200)
        finally:
            process.kill()
        assert process.returncode == 1
        assert "process 1 of 2 was killed by SIGKILL" in errors

        run = tmp_path / "run"
        with pytest.raises(RunError, match="the run trains in 2 processes, and here are 1"):
            archc.train(resume=run)
        done = archc.train(resume=run, epochs=EPOCHS, batch=16, accumulate=2)
        assert done.result["epochs"] == EPOCHS
        assert_same_end(alone(tmp_path), run)

    def test_torchrun_starts_a_killed_run_again(self, tmp_path: Path) -> None:
        arguments = ("--nproc-per-node", "2", "--max-restarts", "1", "--standalone")
        process = torchrun(*arguments, cwd=tmp_path)
        try:
            wait_for(process, "epoch 3/")
            os.kill(children(process.pid)[1], signal.SIGKILL)
            _, errors = process.communicate(timeout=200)
        finally:
            process.kill()
        assert process.returncode == 0, errors
        assert "going on with run in epoch" in errors
        assert_same_end(alone(tmp_path), tmp_path / "run")

    @pytest.mark.slow
    def test_two_machines(self, tmp_path: Path) -> None:
        """Two agents of torchrun, as each of two machines has one."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        place = ("--nnodes", "2", "--master-addr", "127.0.0.1", "--master-port", port)
        started = [torchrun(*place, "--node-rank", rank, cwd=tmp_path) for rank in ("0", "1")]
        try:
            ended = [process.communicate(timeout=200) for process in started]
        finally:
            for process in started:
                process.kill()
        assert [process.returncode for process in started] == [0, 0], ended
        assert ended[0][0].endswith("run in run\n")
        assert "epoch" not in "".join(ended[1]), "the first process alone speaks"
        assert_same_end(alone(tmp_path), tmp_path / "run")

    @pytest.mark.parametrize(
        ("arguments", "status", "message"),
        [
            (("--nproc", "0"), 2, "0 is not in the range"),
            (("--nproc", "-2"), 2, "-2 is not in the range"),
            (("--nproc", "33"), 1, "`batch 32` has less than an image for each of 33 processes"),
            (("--nproc", "2", "--epochs", "x"), 1, "--epochs:1:8: error[E0404]"),
            (("--nproc", "2", "--dry-run"), 2, "leave out --nproc"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
    )
    def test_what_cannot_be_is_refused_before_processes_start(
        self, arguments: tuple[str, ...], status: int, message: str, run_archc: RunPython
    ) -> None:
        done = run_archc("train", *LONG, *arguments)
        assert (done.returncode, done.stdout) == (status, "")
        assert message in done.stderr

    def test_one_process_has_nobody_to_divide_weights_with(self, tmp_path: Path) -> None:
        with pytest.raises(RunError, match="give --nproc 2 or more"):
            archc.train(SPEC, data="digits", run=tmp_path / "run", shard=True)

    def test_torchrun_and_nproc_do_not_go_together(self, run_archc: RunPython) -> None:
        done = run_archc("train", *LONG, "--nproc", "2", env={"RANK": "0", "WORLD_SIZE": "2"})
        assert done.returncode == 2
        assert "torchrun starts the processes: leave out --nproc" in done.stderr

    @pytest.mark.skipif(torch.cuda.device_count() > 1, reason="there are GPUs")
    def test_processes_without_gpus_of_their_own_are_refused_once(
        self, run_archc: RunPython, tmp_path: Path
    ) -> None:
        done = run_archc("train", *LONG, "--nproc", "2", "--device", "cuda")
        assert done.returncode == 1
        assert "need as many GPUs" in done.stderr
        assert done.stderr.count("\n") == 1, done.stderr
        assert not (tmp_path / "run").exists()
