"""`archc predict`: what a run says of images."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import RunPython
from PIL import Image

import archc
from archc.training import Run, RunError
from archc.training.data import Split


class TestPredict:
    def digit(self, path: Path, place: int, side: int = 8) -> int:
        from archc.training.named import _digits

        test: Split = _digits()[1]
        pixels = (test.images[place, :, :, 0].float() * (255 / 16)).to(torch.uint8).numpy()
        Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST).save(path)
        return int(test.classes[place])

    def test_images_get_their_classes(self, run: Run, run_archc: RunPython, tmp_path: Path) -> None:
        expected = [self.digit(tmp_path / f"{n}.png", n, 8 + 8 * n) for n in range(3)]
        names = [f"{n}.png" for n in range(3)]
        done = run_archc("predict", str(run.folder), *names, "--format", "json", "--top", "10")
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)["images"]
        assert [entry["classes"][0]["number"] for entry in found] == expected
        for entry in found:
            assert sum(guess["probability"] for guess in entry["classes"]) == pytest.approx(1, 1e-3)

    def test_folders_and_standard_input_are_images_too(
        self, run: Run, run_archc: RunPython, tmp_path: Path
    ) -> None:
        (tmp_path / "images" / "deep").mkdir(parents=True)
        expected = self.digit(tmp_path / "images" / "deep" / "a.png", 0)
        (tmp_path / "images" / "notes.txt").write_text("no image")
        (tmp_path / "images" / "._a.png").write_text("what a system leaves")
        done = run_archc("predict", str(run.folder), "images", "-q", "--top", "1")
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"images/deep/a.png: {expected} (")
        assert [g.number for (g,) in run.predict(tmp_path / "images", top=1)] == [expected]

    def test_only_what_is_resized_is_said_to_be(
        self, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from archc.cli.main import main

        small, large = tmp_path / "small.png", tmp_path / "large.png"
        self.digit(small, 0)
        Image.new("L", (20, 30)).save(large)
        assert main(["predict", str(run.folder), str(small)]) == 0
        assert capsys.readouterr().err == ""
        assert main(["predict", str(run.folder), str(small), str(large), str(large)]) == 0
        said = f"images of other sizes are resized and cut to 8x8, as {large} of 30x20\n"
        assert capsys.readouterr().err == said

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr"])
    def test_images_of_any_mode_are_read(self, mode: str, run: Run, tmp_path: Path) -> None:
        suffix = "tif" if mode in ("CMYK", "YCbCr") else "png"
        path = tmp_path / f"a.{suffix}"
        Image.new("RGB", (20, 30), "white").convert(mode).save(path)
        ((first, *_),) = run.predict(path)
        Image.new("L", (8, 8), 255).save(tmp_path / "plain.png")
        ((plain, *_),) = run.predict(tmp_path / "plain.png")
        assert first.number == plain.number
        assert first.probability == pytest.approx(plain.probability, abs=1e-5)

    @pytest.mark.parametrize(
        ("spoil", "message"),
        [
            (lambda path: None, "cannot read the image .*: No such file"),
            (lambda path: path.write_bytes(b"text"), "it is none, or of an unknown kind"),
            (lambda path: path.mkdir(), "has no images"),
            (
                lambda path: (
                    Image.new("L", (64, 64)).save(path),
                    path.write_bytes(path.read_bytes()[:-40]),
                ),
                "cannot read the image",
            ),
            (lambda path: Image.new("I;16", (8, 8)).save(path), "more than 8 bits"),
            (lambda path: Image.new("1", (20_000, 10_000)).save(path), "pixels: make it smaller"),
        ],
    )
    def test_what_cannot_be_read_is_explained(
        self, spoil: Any, message: str, run: Run, tmp_path: Path
    ) -> None:
        spoil(tmp_path / "a.png")
        with pytest.raises(RunError, match=message):
            run.predict(tmp_path / "a.png")

    def test_what_is_no_image_is_one_line(
        self, run: Run, run_archc: RunPython, tmp_path: Path
    ) -> None:
        (tmp_path / "a.png").write_text("text")
        done = run_archc("predict", str(run.folder), "a.png", "-q")
        assert (done.returncode, done.stdout) == (1, "")
        assert "cannot read the image a.png" in done.stderr
        assert done.stderr.count("\n") == 1


class TestPredictingOthers:
    """Networks that are no classifiers, on pictures whose left half is bright."""

    def run(self, folder: Path, steps: str, loss: str, y: Any, **options: Any) -> Run:
        x = np.zeros((40, 4, 4, 1), np.uint8)
        x[::2, :, :2] = 255
        np.savez(folder / "d.npz", x=x, y=y)
        data = {"data": f'npz "{folder / "d.npz"}"', "loss": loss, "epochs": 25, "batch": 8}
        return archc.train(f"input 1x4x4\n{steps}", run=folder / "run", lr=0.05, **data, **options)

    def said(self, run: Run, run_archc: RunPython, folder: Path) -> tuple[list[str], list[Any]]:
        """What is said of a picture with a bright left half and one without, as text and JSON."""
        pixels = np.zeros((4, 4), np.uint8)
        Image.fromarray(pixels).save(folder / "b.png")
        pixels[:, :2] = 255
        Image.fromarray(pixels).save(folder / "a.png")
        command = ("predict", str(run.folder), "a.png", "b.png", "-q")
        text, data = run_archc(*command), run_archc(*command, "--format", "json")
        assert text.returncode == 0, text.stderr
        return text.stdout.splitlines(), json.loads(data.stdout)["images"]

    def test_labels(self, tmp_path: Path, run_archc: RunPython) -> None:
        y = np.zeros((40, 3), np.uint8)
        y[::2, :2] = 1
        run = self.run(tmp_path, "flatten | fc 3", "bce_with_logits", y)
        (first, second), found = self.said(run, run_archc, tmp_path)
        assert re.fullmatch(r"a\.png: [01] \(\d+\.\d %\), [01] \(\d+\.\d %\)", first)
        assert re.match(r"b\.png: none, likeliest \d \(", second)
        likely = [label["number"] for label in found[0]["labels"] if label["probability"] > 0.5]
        assert sorted(likely) == [0, 1]
        assert len(found[1]["labels"]) == 3, "all of them, whatever --top says"

    def test_values(self, tmp_path: Path, run_archc: RunPython) -> None:
        y = np.tile(np.array([[3.0, -1], [0, 2]]), (20, 1)).astype(np.float32)
        run = self.run(tmp_path, "flatten | fc 2", "mse", y)
        lines, found = self.said(run, run_archc, tmp_path)
        assert [entry["values"] for entry in found] == [
            pytest.approx([3, -1], abs=0.3),
            pytest.approx([0, 2], abs=0.3),
        ]
        assert lines[0] == "a.png: " + ", ".join(f"{value:.6g}" for value in found[0]["values"])
        assert run.predict(tmp_path / "b.png")[0] == pytest.approx(found[1]["values"], abs=1e-5)

    def test_maps_of_classes(self, tmp_path: Path, run_archc: RunPython) -> None:
        y = np.zeros((40, 4, 4), np.int64)
        y[::2, :, :2] = 1
        run = self.run(tmp_path, "conv 2 k1", "cross_entropy", y)
        lines, found = self.said(run, run_archc, tmp_path)
        assert lines[1] == "b.png: 0 on 100.0 %"
        shares = {each["name"]: each["share"] for each in found[0]["shares"]}
        assert shares == {"0": 0.5, "1": 0.5}

    def test_what_is_made_again(self, tmp_path: Path, run_archc: RunPython) -> None:
        y = np.zeros(40, np.int64)
        run = self.run(tmp_path, "conv 1 k1", "mse target=input", y)
        lines, found = self.said(run, run_archc, tmp_path)
        errors = [entry["error"] for entry in found]
        assert lines[0] == f"a.png: mean squared error {errors[0]:.6g}"
        assert sum(errors) / 2 == pytest.approx(run.test_loss, abs=0.05)

    def test_many_values_are_a_line(self, tmp_path: Path, run_archc: RunPython) -> None:
        y = np.zeros((40, 3, 4, 4), np.float32)
        run = self.run(tmp_path, "conv 3 k1", "mse", y, normalize="no")
        lines, found = self.said(run, run_archc, tmp_path)
        assert lines[0].endswith(", ... (48 values)")
        assert np.shape(found[0]["values"]) == (3, 4, 4)

    def test_several_inputs_are_no_image(self, tmp_path: Path) -> None:
        text = "input a 1x4x4\ninput b 1x4x4\nadd(@a, @b) | flatten | fc 2"
        run = archc.train(text, data="random", epochs=1, run=tmp_path / "run")
        Image.new("L", (4, 4)).save(tmp_path / "a.png")
        with pytest.raises(RunError, match="with one input, this has several"):
            run.predict(tmp_path / "a.png")
