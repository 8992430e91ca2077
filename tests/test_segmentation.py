"""specs/unet.arch and the images that it is trained on, made of stand-ins for both data sets."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import ROOT

import archc
from archc.spec import from_command_line
from archc.training.sources import python_folder

PICTURES, INK = 7, 200


class Pictures:
    def __init__(self, root: Path, train: bool, download: bool) -> None:
        self.data = np.full((9, 32, 32, 3), PICTURES, np.uint8)


class Digits:
    """The images of digit n have ink in n + 1 rows."""

    def __init__(self, root: Path, train: bool, download: bool) -> None:
        self.targets = torch.arange(10)
        self.data = torch.zeros(10, 28, 28, dtype=torch.uint8)
        for digit in range(10):
            self.data[digit, : digit + 1] = INK

    def __len__(self) -> int:
        return 10


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "specs")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr("digits_on_pictures.CIFAR10", Pictures)
    monkeypatch.setattr("digits_on_pictures.MNIST", Digits)


def test_the_function_is_found_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The specs are a project of their own, in a wheel as in a clone."""
    monkeypatch.chdir(tmp_path)
    assert Path(python_folder(from_command_line("unet"))) == ROOT / "specs"


@pytest.mark.usefixtures("stand_ins")
def test_ink_has_the_class_of_its_digit(tmp_path: Path) -> None:
    from digits_on_pictures import load

    train, test = load(tmp_path)
    for images, classes in (train, test):
        assert images.shape == (9, 64, 64, 3)
        assert classes.shape == (9, 64, 64)
        background = (images == PICTURES).all(-1)
        assert (classes[background] == 0).all()
        assert (classes[~background] > 0).all()
        assert 0 < classes.max() <= 10
    assert (train[1] != test[1]).any()
    # The last digit of an image lies on the others: its rows are whole.
    rows = (train[1][0] > 0).sum(1)
    assert rows.max() >= 28


@pytest.mark.usefixtures("stand_ins")
def test_the_net_is_trained_on_them(tmp_path: Path) -> None:
    run = archc.train("specs/unet.arch", allow_python=True, run=tmp_path / "run", epochs=1, batch=3)
    assert set(run.result) >= {"test_accuracy", "test_iou"}
    assert "Mean intersection over union" in (run.folder / "report.html").read_text()
