"""What is made of a finished run: the report, predictions, exports, comparisons."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import RunPython
from PIL import Image

import archc
from archc.training import Run
from archc.training.data import Split
from archc.training.judged import Judged

NET = "input 1x8x8\nflatten | fc 32 | relu | fc 10\ntrain { data digits | epochs 3 }\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("finished")
    return archc.train(NET, run=folder / "<run>", data_root=folder)


class Page(HTMLParser):
    """Collects what a page asks for, and whether its tags match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


class TestReport:
    def test_it_is_one_whole_page_without_links(self, run: Run) -> None:
        text = (run.folder / "report.html").read_text("utf-8")
        page = Page(text)
        assert page.open == []
        assert "script" not in page.tags
        assert all(link.startswith("data:image/png;base64,") for link in page.links)
        assert page.links, "digits are not learned without a mistake in 3 epochs"
        assert page.tags.count("polyline") == 3
        assert "&lt;run&gt;" in text
        assert "<run>" not in text

    def test_the_confusion_matrix_adds_up(self, run: Run) -> None:
        text = (run.folder / "report.html").read_text("utf-8")
        cells = re.findall(r"rgba\([^>]*>(\d*)</td>", text)
        assert len(cells) == 100
        counts = np.array([int(cell or 0) for cell in cells]).reshape(10, 10)
        assert counts.sum() == 360
        assert counts.trace() / 360 == pytest.approx(run.result["test_accuracy"])

    def test_an_autoencoder_has_no_confusion(self, tmp_path: Path) -> None:
        text = "input 1x8x8\nconv 1\ntrain { data digits | loss mse target=input | epochs 1 }"
        made = archc.train(text, run=tmp_path / "run")
        page = (made.folder / "report.html").read_text("utf-8")
        assert "Confusion" not in page
        assert "mse target=input" in page


def test_the_worst_mistakes_come_first() -> None:
    said = torch.tensor([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.3, 0.7]])
    judged = Judged(said, torch.tensor([0, 0, 0, 0]))
    assert [(place, taken) for place, taken, _ in judged.worst(2)] == [(1, 1), (3, 1)]
    assert judged.confusion().tolist() == [[1, 3], [0, 0]]


class TestPredict:
    def digit(self, path: Path, place: int, side: int = 8) -> int:
        from archc.training.data import _digits

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

    def test_what_is_no_image_is_one_line(
        self, run: Run, run_archc: RunPython, tmp_path: Path
    ) -> None:
        (tmp_path / "a.png").write_text("text")
        done = run_archc("predict", str(run.folder), "a.png", "-q")
        assert (done.returncode, done.stdout) == (1, "")
        assert "cannot read the image a.png" in done.stderr
        assert done.stderr.count("\n") == 1


class TestExport:
    def test_a_program_computes_the_same_at_other_batches(self, run: Run, tmp_path: Path) -> None:
        from archc.cli.main import main

        assert main(["export", str(run.folder), "-o", str(tmp_path / "net.pt2")]) == 0
        program = torch.export.load(str(tmp_path / "net.pt2")).module()
        images = torch.rand(5, 1, 8, 8)
        torch.testing.assert_close(program(images), run.module(images))

    def test_safetensors_hold_the_state_dict(self, run: Run, tmp_path: Path) -> None:
        from safetensors.torch import load_file

        from archc.cli.main import main

        assert main(["export", str(run.folder), "-o", str(tmp_path / "net.safetensors")]) == 0
        found = load_file(tmp_path / "net.safetensors")
        for name, tensor in run.module.state_dict().items():
            assert torch.equal(found[name], tensor)

    def test_a_spec_has_its_first_weights(self, tmp_path: Path) -> None:
        from archc.cli.main import main

        text = "input a 4\ninput b 3\nconcat(@a, @b) | fc 2"
        assert main(["export", "-e", text, "-o", str(tmp_path / "net.pt2")]) == 0
        program = torch.export.load(str(tmp_path / "net.pt2")).module()
        assert program(torch.rand(3, 4), torch.rand(3, 3)).shape == (3, 2)

    def test_onnx_without_its_packages_says_what_to_install(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        import sys

        from archc.cli.main import main

        monkeypatch.setitem(sys.modules, "onnxscript", None)
        path = tmp_path / "net.onnx"
        assert main(["export", "-e", "fc 2", "--input", "4", "-o", str(path)]) == 2
        assert "pip install onnx onnxscript" in capsys.readouterr().err
        assert not list(tmp_path.iterdir())

    def test_other_suffixes_are_wrong_usage(self, capsys: pytest.CaptureFixture[str]) -> None:
        from archc.cli.main import main

        assert main(["export", "lenet", "-o", "net.h5"]) == 2
        assert ".onnx, .pt2, .safetensors" in capsys.readouterr().err


def test_compare_shows_results_and_differences(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from archc.cli.main import main

    other = archc.train(NET, run=tmp_path / "other", epochs=1, lr=0.01)
    assert main(["compare", str(run.folder), str(other.folder), "--format", "json"]) == 0
    first, second = json.loads(capsys.readouterr().out)["runs"]
    assert first["result"]["test_accuracy"] == run.result["test_accuracy"]
    assert set(second["settings"]) == {"epochs", "optimizer"}
    assert main(["compare", str(run.folder), str(other.folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]][-2:] == ["optimizer", "epochs"]
    assert main(["compare", str(tmp_path)]) == 1
