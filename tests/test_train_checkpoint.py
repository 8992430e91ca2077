"""Checkpoints: whole or refused, and the good one before stays."""

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from archc.training import checkpoint
from archc.training.problem import RunError

STATE = {"model": {"w": torch.arange(6.0).reshape(2, 3)}, "epoch": 3, "loss": [0.5, None], "s": "ü"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "checkpoint.pt"
    checkpoint.save(path, STATE)
    return path


def test_what_is_saved_is_loaded(path: Path) -> None:
    loaded = checkpoint.load(path)
    assert torch.equal(loaded["model"].pop("w"), STATE["model"]["w"])  # type: ignore[index]
    assert loaded == {"model": {}, "epoch": 3, "loss": [0.5, None], "s": "ü"}


def test_torch_alone_loads_it(path: Path) -> None:
    assert torch.load(path, weights_only=True)["epoch"] == 3


def test_every_damaged_byte_is_noticed(path: Path) -> None:
    content = path.read_bytes()
    for place in range(0, len(content), 7):
        damaged = bytearray(content)
        damaged[place] ^= 1
        assert not checkpoint.is_sealed(bytes(damaged)), place


@pytest.mark.parametrize("length", [0, 1, 50, 500, -1])
def test_a_cut_file_is_refused(path: Path, length: int) -> None:
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(RunError, match="is damaged, or was not written by archc"):
        checkpoint.load(path)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="No such file"):
        checkpoint.load(tmp_path / "checkpoint.pt")


def test_anothers_file_is_refused(path: Path) -> None:
    torch.save(STATE, path)
    with pytest.raises(RunError, match="not written by archc"):
        checkpoint.load(path)


def test_nothing_is_unpickled_freely(path: Path) -> None:
    """A file with a right digest may still be an attack: anyone can compute one."""
    import io

    class Attack:
        def __reduce__(self) -> tuple[Any, ...]:
            return (os.mkdir, (str(path.parent / "run"),))

    buffer = io.BytesIO()
    torch.save({"model": Attack()}, buffer, pickle_module=pickle)
    path.write_bytes(checkpoint.seal(buffer.getvalue()))
    with pytest.raises(RunError, match="cannot be read"):
        checkpoint.load(path)
    assert not (path.parent / "run").exists()


def test_a_failed_write_leaves_the_one_before(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunError, match=r"cannot write .*: No space left on device"):
        checkpoint.save(path, {"epoch": 4})
    assert checkpoint.load(path)["epoch"] == 3
    assert [entry.name for entry in path.parent.iterdir()] == ["checkpoint.pt"]


def test_a_crash_before_the_renaming_leaves_the_one_before(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*paths: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        checkpoint.save(path, {"epoch": 4})
    monkeypatch.undo()
    assert checkpoint.load(path)["epoch"] == 3
    checkpoint.save(path, {"epoch": 5})
    assert checkpoint.load(path)["epoch"] == 5
