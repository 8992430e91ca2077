"""`report.html`: one whole page, that says what the data asks for and lets nothing of it in."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import RunPython
from pages import Page

import archc
from archc.training import Run, RunError
from archc.training.judged import Judged
from archc.training.report.curves import Line, chart, ticks
from archc.training.report.pictures import class_map, ids, palette, show
from archc.training.report.values import scatter

NET = "input 1x8x8\nflatten | fc 32 | relu | fc 10\ntrain { data digits | epochs 3 }\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("report")
    return archc.train(NET, run=folder / "<run>", data_root=folder)


def page_of(run: Run) -> Page:
    return Page((run.folder / "report.html").read_text("utf-8"))


class TestClassifiers:
    def test_it_is_one_whole_page_without_links(self, run: Run) -> None:
        page = page_of(run)
        assert page.open == []
        assert "script" not in page.tags
        assert all(link.startswith("data:image/png;base64,") for link in page.links)
        assert page.unspoken == 0
        assert page.titles == [
            "Training", "Confusion matrix", "Most confident mistakes", "First layer", "Network",
            "Settings",
        ]  # fmt: skip
        # 32 filters, and digits are not learned without a mistake in 3 epochs.
        assert page.tags.count("img") > 32
        assert "&lt;run&gt;" in page.text
        assert "<run>" not in page.text

    def test_the_confusion_matrix_adds_up(self, run: Run) -> None:
        text = page_of(run).text
        matrix = text[text.index("<tbody>", text.index('class="confusion"')) :]
        matrix = matrix[: matrix.index("precision")]
        cells = re.findall(r"<td(?: class=\"(hit|miss)[^>]*)?>([\d,]*)</td>", matrix)
        assert len(cells) == 100
        counts = np.array([int(cell or 0) for _, cell in cells]).reshape(10, 10)
        assert counts.sum() == 360
        assert counts.trace() / 360 == pytest.approx(run.result["test_accuracy"])
        kinds = np.array([kind for kind, _ in cells]).reshape(10, 10)
        assert set(kinds.diagonal()) == {"hit"}

    def test_names_cannot_bring_html(self, tmp_path: Path) -> None:
        name = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
        data = tmp_path / "data"
        for index, each in enumerate((name.replace("/", ""), "plain")):
            (data / each).mkdir(parents=True)
            for number in range(8):
                picture = np.full((8, 8), 90 * index + 5 * number, np.uint8)
                from PIL import Image

                Image.fromarray(picture).save(data / each / f"{number}.png")
        text = "# <script>alert(2)</script>\ninput 1x8x8\nflatten | fc 2"
        made = archc.train(text, data=f'folder "{data}"', epochs=1, run=tmp_path / "<b>run")
        page = page_of(made)
        assert "script" not in page.tags
        assert "b" not in {tag for tag in page.tags if "<b>run" in page.text}
        assert all(link.startswith("data:image/png") for link in page.links)

    def test_of_many_classes_the_pairs_are_told(self) -> None:
        from archc.training.report.classes import confusion

        counts = torch.zeros(40, 40, dtype=torch.int64).fill_diagonal_(5)
        counts[3, 7] = 4
        page = Page(confusion(counts, lambda index: f"class {index}", "samples"))
        assert page.tags.count("tr") == 2
        assert "class 7" in page.text


class TestOthers:
    def test_an_autoencoder_shows_what_it_makes(self, tmp_path: Path) -> None:
        text = "input 1x8x8\nconv 1\ntrain { data digits | loss mse target=input | epochs 1 }"
        page = page_of(archc.train(text, run=tmp_path / "run"))
        assert page.titles[1:3] == ["Reconstructions", "Worst reconstructions"]
        assert "mse target=input" in page.text
        assert "test accuracy" not in page.text, "there are no classes"
        assert page.tags.count("img") >= 48

    def test_values_are_set_against_true_ones(self, tmp_path: Path) -> None:
        draw = np.random.default_rng(0)
        x = draw.normal(size=(50, 6)).astype(np.float32)
        np.savez(tmp_path / "d.npz", x=x, y=x[:, :2] * 2)
        text = "input 6\nfc 2"
        data = f'npz "{tmp_path / "d.npz"}"'
        made = archc.train(text, data=data, loss="mse", epochs=1, run=tmp_path / "run")
        page = page_of(made)
        assert page.titles[1:3] == ["Values said and true", "Worst samples"]
        assert page.text.count('class="dot"') == 20

    def test_labels_have_recall_and_precision(self, tmp_path: Path) -> None:
        draw = np.random.default_rng(0)
        x = draw.normal(size=(50, 6)).astype(np.float32)
        np.savez(tmp_path / "d.npz", x=x, y=(x[:, :3] > 0).astype(np.float32))
        data = f'npz "{tmp_path / "d.npz"}"'
        loss = "binary_cross_entropy_with_logits"
        made = archc.train("input 6\nfc 3", data=data, loss=loss, epochs=1, run=tmp_path / "run")
        page = page_of(made)
        assert page.titles[1] == "Labels"
        assert "recall" in page.text


def subject(module: torch.nn.Module, images: Any, targets: Any, recipe: Any) -> Any:
    from archc.datasets import DIGITS
    from archc.training.data import Split, normalizer
    from archc.training.hardware import Hardware
    from archc.training.report.subject import Subject

    device = torch.device("cpu")
    normal = normalizer(DIGITS._replace(white=255), True, device)
    hardware = Hardware(device, "fp32")
    return Subject(module, Split(images, targets), normal, hardware, recipe, "out", 255.0)


def test_maps_of_classes_are_compared() -> None:
    from archc.recipe import Recipe
    from archc.training.report.maps import sections

    images = torch.zeros(3, 4, 4, 1, dtype=torch.uint8)
    truth = torch.zeros(3, 4, 4, dtype=torch.int64)
    truth[1, :2] = 1
    truth[2, 0] = 255  # ignored
    net = torch.nn.Conv2d(1, 2, 1)
    torch.nn.init.zeros_(net.weight)
    with torch.no_grad():
        net.bias.copy_(torch.tensor([1.0, 0.0]))
    found = sections(subject(net, images, truth, Recipe()))
    assert [section.title for section in found] == ["Classes", "Confusion matrix", "Worst images"]
    overlaps, matrix, worst = (Page(section.html()) for section in found)
    # 36 of 44 known positions are of class 0, and all are taken for it.
    assert "81.8 %" in overlaps.text
    assert "0.0 %" in overlaps.text
    assert "36" in matrix.text
    assert worst.text.index("sample 1:") < worst.text.index("sample 0:")
    assert worst.tags.count("img") == 9


def test_the_worst_mistakes_come_first() -> None:
    said = torch.tensor([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.3, 0.7]])
    judged = Judged(said, torch.tensor([0, 0, 0, 0]))
    assert [(place, taken) for place, taken, _ in judged.worst(2)] == [(1, 1), (3, 1)]
    assert judged.confusion().tolist() == [[1, 3], [0, 0]]


def test_classes_that_the_loss_ignores_do_not_count(tmp_path: Path) -> None:
    from archc.recipe import Recipe
    from archc.recipe.choice import Choice
    from archc.training.report.classes import sections

    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 3))
    with torch.no_grad():
        net[1].bias.copy_(torch.tensor([50.0, 0, 0]))
    loss = Choice("cross_entropy", (("ignore_index", 2),))
    truth = torch.tensor([0, 1, 2, 2, 255])
    images = torch.zeros(5, 4, 4, 1, dtype=torch.uint8)
    _, mistakes = sections(subject(net, images, truth, Recipe(loss=loss)))
    assert "1 of 2 samples" in Page(mistakes.html()).text


class TestUnfinished:
    def test_an_interrupted_run_gets_a_page(self, tmp_path: Path, run_archc: RunPython) -> None:
        made = archc.train(NET, run=tmp_path / "run", epochs=2)
        config = json.loads((made.folder / "config.json").read_text())
        config["recipe"]["epochs"] = "5"
        (made.folder / "config.json").write_text(json.dumps(config))
        (made.folder / "report.html").unlink()
        done = run_archc("report", str(made.folder))
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip().endswith("report.html")
        assert "2 of 5 epochs are done" in page_of(made).text

    def test_a_kill_before_the_report_is_made_up_for(self, tmp_path: Path) -> None:
        made = archc.train(NET, run=tmp_path / "run", epochs=1)
        (made.folder / "report.html").unlink()
        archc.train(resume=made.folder)
        assert page_of(made).titles[1] == "Confusion matrix"

    def test_half_a_line_of_metrics_is_what_a_kill_leaves(self, tmp_path: Path) -> None:
        run = archc.train(NET, epochs=1, run=tmp_path / "run")
        with open(run.folder / "metrics.jsonl", "a") as file:
            file.write('{"epoch": 2, "tra')
        assert len(archc.open_run(run.folder).metrics) == 1

    def test_a_run_without_an_epoch_has_nothing_to_report(self, tmp_path: Path) -> None:
        made = archc.train(NET, run=tmp_path / "run", epochs=1)
        (made.folder / "metrics.jsonl").write_text("")
        with pytest.raises(RunError, match="no finished epoch yet"):
            made.report()


class TestCurves:
    @pytest.mark.parametrize(
        ("low", "high", "expected"),
        [
            (0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1)),
            (0.958, 0.9944, (0.95, 0.96, 0.97, 0.98, 0.99, 1.0)),
            (3, 3, (2, 3, 4)),
            (0, 0, (0, 0.2, 0.4)),
            (-7, 12, (-10, -5, 0, 5, 10, 15)),
            (0, 1e-30, (0, 2e-31, 4e-31, 6e-31, 8e-31, 1e-30)),
            (0.5, 0.5 + 2**-50, None),
        ],
    )
    def test_ticks_are_round(self, low: float, high: float, expected: Any) -> None:
        found = ticks(low, high)
        assert found[0] <= low <= high <= found[-1]
        assert len(found) <= 6
        steps = {round(b - a, 9) for a, b in itertools.pairwise(found)}
        assert len(steps) == 1
        if high > low and expected:
            assert found == expected

    def test_a_value_that_is_missing_leaves_a_gap(self) -> None:
        text = chart("loss", [Line("train", [3.0, None, 2.0, 1.0], "train")])
        (path,) = re.findall(r'class="line train" d="(M[^"]*)"/><circle', text)
        assert path.count("M") == 2
        assert Page(text).open == []

    @pytest.mark.parametrize("values", [(0.0, 5e-324), (1e-320, 2e-320), (-1e308, 1e308), (1e308,)])
    def test_numbers_at_the_edge_are_drawn(self, values: tuple[float, ...]) -> None:
        text = chart("loss", [Line("train", values, "train")], loss=True)
        assert "nan" not in text
        assert "inf" not in text

    def test_what_is_no_number_has_no_point(self) -> None:
        said = torch.tensor([1.0, torch.inf, torch.nan, 2.0])
        assert scatter("value", torch.arange(4.0), said).count("<circle") == 2
        assert scatter("value", torch.arange(4.0), said * torch.nan) == ""

    def test_nothing_known_is_nothing_drawn(self) -> None:
        assert chart("loss", [Line("train", [None, None], "train")]) == ""

    def test_losses_that_fall_far_are_logarithmic(self) -> None:
        line = Line("train", [100.0, 1.0, 0.01], "train")
        assert "logarithmic" in chart("loss", [line], loss=True)
        assert "logarithmic" not in chart("rate", [line])


class TestPictures:
    @pytest.mark.parametrize(
        ("shape", "tag"),
        [
            ((8, 8, 1), "img"), ((8, 8, 3), "img"), ((8, 8, 4), "img"), ((8, 8, 7), "img"),
            ((300, 200, 3), "img"), ((5, 8, 8, 1), "img"), ((90, 2), "svg"), ((12,), "svg"),
        ],
    )  # fmt: skip
    def test_every_kind_of_sample_is_shown(self, shape: tuple[int, ...], tag: str) -> None:
        page = Page(show(torch.randn(shape), "a <sample>"))
        assert page.tags[0] == tag
        assert "a &lt;sample&gt;" in page.text
        assert len(page.text) < 150_000

    def test_ids_are_listed(self) -> None:
        text = ids(torch.arange(100), "words")
        assert ">0 1 2 3" in text
        assert text.count(" ") < 60

    def test_classes_have_colours_of_their_own(self) -> None:
        assert len(set(palette(40))) == 40
        assert Page(class_map(torch.tensor([[0, 1], [39, 255]]), 40, "map")).tags == ["img"]
