"""Interruptions: how often it saves, and what it does where the newest checkpoint is not good."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import ROOT
from trainings import NET, assert_same_end

import archc
from archc.recipe.every import Every, read_every
from archc.training import Progress, RunError, checkpoint
from archc.training.interval import Interval


class TestIntervals:
    @pytest.mark.parametrize(
        ("text", "every"),
        [
            ("500steps", Every(steps=500)),
            ("1 step", Every(steps=1)),
            ("30", Every(30)),
            ("0", Every(0)),
            (".5s", Every(0.5)),
            ("5min", Every(300)),
            ("1.5h", Every(5400)),
        ],
    )
    def test_steps_and_times(self, text: str, every: Every) -> None:
        assert read_every(text) == every

    @pytest.mark.parametrize("text", ["", "0steps", "-1", "5x", "1e3", "nan", "steps", "1.5steps"])
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="expected steps or a time, 500steps, 30s, 5min"):
            read_every(text)

    @pytest.mark.parametrize(
        ("every", "saved"), [(None, []), (Every(steps=3), [3, 6, 9]), (Every(0), [*range(1, 11)])]
    )
    def test_it_saves_when_it_has_passed(self, every: Every | None, saved: list[int]) -> None:
        steps: list[int] = []
        interval = Interval(every, lambda number: number, lambda: steps.append(len(done)))
        done: list[int] = []
        for step in range(10):
            done.append(step)
            interval.step()
        assert steps == saved

    def test_a_training_saves_within_epochs(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        places = []
        save = checkpoint.save

        def note(path: Path, state: dict[str, Any], *, keep: bool = False) -> None:
            if path.name == "checkpoint.pt":
                places.append((state["epoch"], state["position"]))
            save(path, state, keep=keep)

        monkeypatch.setattr(checkpoint, "save", note)
        run = tmp_path / "run"
        archc.train(NET, run=run, epochs=2, batch=512, checkpoint_every="2steps")
        assert places == [(0, 1024), (1, 0), (1, 1024), (2, 0)]


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def foreign(path: Path) -> None:
    torch.save({"state_dict": {}}, path)


class Listener(Progress):
    said = ""

    def say(self, remark: str) -> None:
        self.said += f"{remark}\n"


class TestTheOneBefore:
    @pytest.fixture(scope="class")
    @staticmethod
    def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
        run = tmp_path_factory.mktemp("whole") / "run"
        return Path(archc.train(NET, run=run, epochs=4).folder)

    @pytest.fixture
    def run(self, tmp_path: Path) -> Path:
        return Path(archc.train(NET, run=tmp_path / "run", epochs=3).folder)

    @pytest.mark.parametrize("spoil", [damage, cut, empty, foreign, Path.unlink])
    def test_it_takes_over_and_leads_to_the_same_end(
        self, spoil: Callable[[Path], None], run: Path, whole: Path
    ) -> None:
        spoil(run / "checkpoint.pt")
        listener = Listener()
        archc.train(resume=run, epochs=4, progress=listener)
        assert f"going on from {run / 'previous-checkpoint.pt'}" in listener.said
        assert "in epoch 3" in listener.said
        assert (run / "damaged-checkpoint.pt").exists() == (spoil is not Path.unlink)
        assert_same_end(run, whole)

    def test_both_damaged_is_an_error(self, run: Path) -> None:
        damage(run / "checkpoint.pt")
        damage(run / "previous-checkpoint.pt")
        before = (run / "checkpoint.pt").read_bytes()
        with pytest.raises(RunError, match=r"run/checkpoint\.pt is damaged"):
            archc.train(resume=run, epochs=4)
        assert (run / "checkpoint.pt").read_bytes() == before

    def test_a_full_disk_leaves_both(self, run: Path, whole: Path) -> None:
        """A limit on the size of files stands for the disk: the checkpoint exceeds it."""
        names = ("checkpoint.pt", "previous-checkpoint.pt")
        before = [(run / name).read_bytes() for name in names]
        done = subprocess.run(
            [sys.executable, "-m", "archc", "train", "--resume", str(run), "--epochs", "4", "-q"],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000)),
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert "cannot write" in done.stderr
        assert "File too large" in done.stderr
        assert [(run / name).read_bytes() for name in names] == before
        assert not [*run.glob(".*")], "nothing half written is left"
        archc.train(resume=run, epochs=4)
        assert_same_end(run, whole)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
    def test_a_read_only_folder_is_said(self, run: Path) -> None:
        run.chmod(0o500)
        with pytest.raises(RunError, match=r"cannot write .*: Permission denied"):
            archc.train(resume=run, epochs=4)
        run.chmod(0o700)
        assert checkpoint.load(run / "checkpoint.pt")["epoch"] == 3

    def test_a_new_run_in_the_folder_forgets_it(self, run: Path) -> None:
        (run / "checkpoint.pt").unlink()
        archc.train(NET, run=run, epochs=1)
        assert not (run / "previous-checkpoint.pt").exists()
