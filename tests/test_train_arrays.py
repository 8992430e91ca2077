"""Data of the user's own in `npz` files, and what is wrong there."""

import contextlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archc
from archc.training import Run, RunError

NET = "input 3x8x8\nconv 4 k3 | relu | gap | flatten | fc 2\n"


def train(text: str, **options: Any) -> Run:
    return archc.train(f"{NET}train {{\n{text}\n}}", **{"epochs": 30, "lr": 0.03, **options})


PARTS = {"x_train": np.zeros((9, 8, 8, 3), np.uint8), "y_train": np.arange(9) % 2}


class TestArrays:
    def arrays(self, count: int = 40) -> tuple[Any, Any]:
        classes = np.arange(count) % 2
        draw = np.random.default_rng(0)
        images = (20 + 180 * classes)[:, None, None, None] + draw.integers(0, 20, (count, 8, 8, 3))
        return images.astype(np.uint8), classes

    @pytest.mark.parametrize(
        "change",
        [
            lambda x: x,
            lambda x: x.transpose(0, 3, 1, 2),
            lambda x: x.astype(np.float64) / 255,
        ],
        ids=["bytes", "channels first", "floats"],
    )
    def test_npz(self, change: Any, here: Path) -> None:
        x, y = self.arrays()
        x = change(x)
        np.savez(here / "d.npz", x_train=x[:30], y_train=y[:30], x_test=x[30:], y_test=y[30:, None])
        run = train('data npz "d.npz"', batch=8)
        assert run.result["test_accuracy"] == 1

    def test_classes_may_be_floats(self, here: Path) -> None:
        x, y = self.arrays()
        np.savez(here / "d.npz", images=x, labels=y.astype(np.float64))
        assert train('data npz "d.npz"', batch=8).result["test_accuracy"] == 1

    def test_one_part_is_split(self, here: Path) -> None:
        x, y = self.arrays()
        np.savez(here / "d.npz", images=x, labels=y)
        assert train('data npz "d.npz"', batch=8).result["test_accuracy"] == 1

    def test_values_are_targets_of_other_losses(self, here: Path) -> None:
        x, y = self.arrays()
        np.savez(here / "d.npz", images=x, labels=np.stack([y, 1.0 - y], 1))
        run = train('data npz "d.npz"\nloss mse', batch=8)
        assert run.result["test_accuracy"] is None
        assert run.result["test_loss"] < 0.1

    def test_values_are_finite(self, here: Path) -> None:
        x, _ = self.arrays()
        y = np.zeros((len(x), 2))
        y[17, 1] = np.nan
        np.savez(here / "d.npz", x=x, y=y)
        with pytest.raises(RunError, match=r"in the targets of .*, got nan or infinity in row 17"):
            train('data npz "d.npz"\nloss mse')

    def test_a_part_for_validation_is_used_as_one(self, here: Path) -> None:
        x, y = self.arrays()
        parts = {"train": slice(20), "valid": slice(20, 24), "test": slice(24, 40)}
        for form in ("{}_{}", "{1}_{0}"):
            arrays = {form.format("x", part): x[rows] for part, rows in parts.items()}
            arrays |= {form.format("y", part): y[rows] for part, rows in parts.items()}
            np.savez(here / "d.npz", **arrays)
            run = train('data npz "d.npz"\nschedule plateau mode=max\nstop 2', batch=8, epochs=2)
            assert run.metrics[0]["val_accuracy"] is not None
            assert run.evaluate()["images"] == 16
        np.savez(here / "d.npz", x=x, y=y)
        with pytest.raises(RunError, match=r"`plateau mode=max` watches .* there is none: add"):
            train('data npz "d.npz"\nschedule plateau mode=max', batch=8)

    def test_data_that_teaches_little_is_remarked_on(
        self, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from archc.cli.main import main

        x, y = self.arrays(4)
        (here / "net.arch").write_text(NET)
        np.savez(here / "d.npz", x=x, y=y * 0)
        assert main(["train", "net.arch", "--data", "npz d.npz", "--epochs", "1"]) == 0
        said = capsys.readouterr()
        assert "all images for training are of one class" in said.err
        assert "no images for testing" in said.err
        assert said.out == "run in runs/net-1\n"

    def test_a_path_alone_says_what_it_is_called(
        self, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from archc.cli.main import main

        for path, meant in (("./own", "folder"), ("d.npz", "npz")):
            assert main(["train", "-e", NET, "--data", path]) == 1
            assert f'write `data {meant} "{path}"`' in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("arrays", "message"),
        [
            (
                {"a": np.zeros(3)},
                "expected x_train, y_train, x_test and y_test, or x and y, in .*, got a",
            ),
            ({"x": np.zeros((3, 8, 8, 3)), "y": np.zeros(4)}, "as many images as targets"),
            (
                {"x": np.zeros((3, 8, 8, 3)), "y": np.array([0, 1, -1])},
                "expected a class from 0 on .* got -1",
            ),
            (
                {"x": np.zeros((3, 8, 8, 3)), "y": np.array([0, 1.5, 1])},
                "expected a class from 0 on .* got 1.5",
            ),
            (
                {"x": np.zeros((3, 8, 8, 3)), "y": np.array([0, 1.0, np.nan])},
                "expected a class from 0 on .* got nan",
            ),
            ({"x": np.array([None] * 9), "y": np.zeros(9)}, "cannot read x of .*pickle"),
            ({"x": np.zeros((3, 8, 8, 3))}, r"expected y beside x in .*d\.npz"),
            (
                {**PARTS, "x_test": np.zeros((3, 8, 8, 3))},
                r"expected y_test beside x_test in .*d\.npz",
            ),
            (
                {**PARTS, "x_test": np.zeros((3, 8, 8, 3)), "y_test": np.zeros(3)},
                "as bytes, or all as floats, got both",
            ),
            ({"x": np.zeros(3), "y": np.zeros(3)}, r"a row of numbers for each example .* \(3,\)"),
            ({"x": np.zeros((0, 8, 8, 3)), "y": np.zeros(0)}, "a row of numbers for each example"),
            ({"x": np.array(["a", "b"]), "y": np.zeros(2)}, "in x of .*: got the type <U1"),
            (
                {"x": np.array([[[[0.0, np.inf, 0]]]] * 3), "y": np.zeros(3)},
                "finite numbers in the inputs of .*, got nan or infinity in row 0",
            ),
        ],
    )
    def test_wrong_arrays(self, arrays: Any, message: str, here: Path) -> None:
        np.savez(here / "d.npz", **arrays)
        with pytest.raises(RunError, match=message):
            train('data npz "d.npz"')

    def test_damaged_bytes_are_told(self, here: Path) -> None:
        made = np.random.default_rng(0)
        x = made.integers(0, 9, (40, 8, 8, 3), np.uint8)
        np.savez_compressed(here / "whole.npz", x=x, y=np.arange(40) % 2)
        whole = (here / "whole.npz").read_bytes()
        for place in made.integers(0, len(whole), 60):
            damaged = bytearray(whole)
            damaged[place] ^= 0xFF
            (here / "d.npz").write_bytes(damaged)
            with contextlib.suppress(RunError):  # some bytes say nothing
                train('data npz "d.npz"', epochs=1)

    def test_a_header_that_never_ends_is_told(self, here: Path) -> None:
        header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (3, 8, 8, 3"
        array = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
        with zipfile.ZipFile(here / "d.npz", "w") as archive:
            archive.writestr("x.npy", array)
            archive.writestr("y.npy", array)
        with pytest.raises(RunError, match=r"cannot read .*d\.npz"):
            train('data npz "d.npz"')

    def test_probabilities_have_a_likeliest_class(self, here: Path) -> None:
        x, y = np.zeros((20, 8, 8, 3), np.uint8), np.tile(np.float32([0.25, 0.75]), (20, 1))
        np.savez(here / "d.npz", x=x, y=y)
        made = train('data npz "d.npz"', epochs=1, metrics="f1 top2")
        assert made.metrics[0]["test_accuracy"] in (0, 1)
        assert made.metrics[0]["test_top2"] == 1
        with pytest.raises(archc.ArchError, match="`ignore_index` is a class"):
            train('data npz "d.npz"', loss="cross_entropy ignore_index=1")

    def test_a_number_an_example_is_a_vector_of_one(self, here: Path) -> None:
        np.savez(here / "d.npz", a=np.zeros((20, 8)), b=np.arange(20.0), y=np.arange(20) % 2)
        net = "input a 8\ninput b {}\nconcat(@a, @b) | fc 2\ntrain {{ data npz 'd.npz' }}"
        assert len(archc.train(net.format(1).replace("'", '"'), epochs=1).metrics) == 1
        with pytest.raises(RunError, match="further input is 4, got 1"):
            archc.train(net.format(4).replace("'", '"'))

    def test_a_file_that_is_no_npz(self, here: Path) -> None:
        (here / "d.npz").write_bytes(b"text")
        with pytest.raises(RunError, match=r"cannot read .*d\.npz"):
            train('data npz "d.npz"')

    def test_what_has_to_be_in_memory_and_would_not_fit_is_not_read(
        self, here: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from archc.training import memory

        monkeypatch.setenv(memory.LIMIT, "100kB")
        x, y = np.zeros((1000, 8, 8, 3), np.uint8), np.arange(1000, dtype=np.uint8) % 2
        wanted = r"x.* of .* would take 19.* kB of memory, and there are 100.0 kB: .* `np.savez"
        for save, order in ((np.savez_compressed, "C"), (np.savez, "F")):
            save(here / "d.npz", x=np.array(x, order=order), y=y)
            with pytest.raises(RunError, match=wanted):
                train('data npz "d.npz"', batch=8)

    @pytest.mark.parametrize(
        ("shape", "classes", "code"), [((3, 9, 9), 2, "E0410"), ((3, 8, 8), 3, "E0411")]
    )
    def test_shapes_and_classes_are_checked(
        self, shape: tuple[int, ...], classes: int, code: str, here: Path
    ) -> None:
        images = np.zeros((9, *shape), np.uint8)
        np.savez(here / "d.npz", images=images, labels=np.arange(9) % classes)
        with pytest.raises(archc.ArchError) as caught:
            train('data npz "d.npz"')
        assert [d.code for d in caught.value.diagnostics] == [code]
