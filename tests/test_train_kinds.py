"""Trainings of all kinds: optimizers and schedules of torch, targets of every sort, several inputs,
and what looks at a training without changing it."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from trainings import (
    StopAfter,
    assert_equal_weights,
    finish,
    trainer,
    until_stopped,
    without_times,
)

import archc
from archc import recipe
from archc.recipe import parse_options
from archc.recipe.optimizers import OPTIMIZERS
from archc.training import Run, RunError
from archc.training.metrics import Tally, add
from archc.training.objective import make_objective

DRAW = np.random.default_rng(0)
IMAGES = DRAW.integers(0, 255, (40, 8, 8, 1)).astype(np.uint8)
CLASSES = DRAW.integers(0, 3, 40)


def train(text: str, lines: str = "", **arrays: Any) -> Run:
    np.savez("d.npz", **arrays)
    return archc.train(f'{text}\ntrain {{\ndata npz "d.npz"\n{lines}\n}}', epochs=1, batch=8)


def codes(text: str, lines: str = "", **arrays: Any) -> list[str]:
    with pytest.raises(archc.ArchError) as caught:
        train(text, lines, **arrays)
    return [d.code for d in caught.value.diagnostics]


class TestGoingOn:
    @pytest.mark.parametrize("name", OPTIMIZERS.names)
    def test_with_every_optimizer(self, name: str, tmp_path: Path) -> None:
        self.same(tmp_path, optimizer=f"{name} lr=.001", schedule="cosine")

    @pytest.mark.parametrize(
        "schedule",
        [
            "constant warmup=.5",
            "polynomial power=2",
            "cyclic step_size_up=.5",
            "warm_restarts T_0=.5 T_mult=2 warmup=.3",
            "plateau patience=0 factor=.5 warmup=.5",
            "linear start_factor=.5 end_factor=1",
        ],
    )
    def test_with_every_schedule(self, schedule: str, tmp_path: Path) -> None:
        self.same(tmp_path, schedule=schedule, val=".2")

    def same(self, folder: Path, **options: str) -> None:
        options = {**options, "epochs": "2"}
        whole = trainer(**options, images=100)
        expected = finish(whole)
        for checks in (2, 6):
            stopped = trainer(**options, images=100)
            lines = until_stopped(stopped, StopAfter(checks))
            torch.save(stopped.state(), folder / "state.pt")
            torch.manual_seed(999)
            resumed = trainer(**options, images=100)
            resumed.restore(torch.load(folder / "state.pt", weights_only=True))
            lines += finish(resumed)
            assert_equal_weights(whole, resumed)
            assert without_times(lines) == without_times(expected)


def test_scoring_leaves_the_data_as_it_is(here: Path) -> None:
    """Floats are normalised in a copy."""
    x = DRAW.random((40, 3)).astype(np.float32) * 100
    text = "input 3\nfc 1"
    run = train(text, "loss mse\noptimizer sgd lr=0", x=x, y=x[:, 0])
    more = archc.train(None, resume=run.folder, epochs=3)
    assert len({line["test_loss"] for line in more.metrics}) == 1


def test_lbfgs_finds_the_least_squares(here: Path) -> None:
    x = DRAW.random((40, 3)).astype(np.float32)
    y = x @ np.array([1.0, -2.0, 3.0], np.float32) + 0.5
    np.savez("d.npz", x=x, y=y)
    text = 'input 3\nfc 1\ntrain { data npz "d.npz" | loss mse | batch 32 | epochs 3 }'
    run = archc.train(text, optimizer="lbfgs line_search_fn=strong_wolfe", precision="fp32")
    assert run.result["test_loss"] < 1e-6


def test_muon_leaves_what_is_no_matrix_to_adamw() -> None:
    made = trainer(optimizer="muon lr=.01", images=100)
    parts = made.descent.optimizer.parts  # type: ignore[attr-defined]
    shapes = [[p.ndim for g in part.param_groups for p in g["params"]] for part in parts]
    assert (shapes[0], 2 in shapes[1]) == ([2], False)
    before = [p.detach().clone() for p in made.module.parameters()]
    finish(made)
    moved = [not torch.equal(a, b) for a, b in zip(before, made.module.parameters(), strict=True)]
    assert all(moved)


def test_a_plateau_lowers_the_rate_where_the_loss_does_not_fall() -> None:
    made = trainer(
        optimizer="sgd lr=1e-6", schedule="plateau patience=0 factor=.5 threshold=.9", epochs="3"
    )
    rates = [line["lr"] for line in finish(made)]
    assert rates[-1] < rates[0]


class TestTargets:
    def test_a_class_a_pixel(self, here: Path) -> None:
        run = train(
            "input 1x8x8\nconv 4 k3 p1 | relu | conv 3 k1",
            "loss cross_entropy ignore_index=255\nmetrics iou f1",
            x=IMAGES,
            y=np.where(DRAW.random((40, 8, 8)) < 0.1, 255, DRAW.integers(0, 3, (40, 8, 8))),
        )
        assert 0 < run.result["test_accuracy"] < 1
        assert 0 < run.result["test_iou"] < 1

    def test_a_mark_of_pixels_without_a_class_is_named(self, here: Path) -> None:
        y = np.where(DRAW.random((40, 8, 8)) < 0.1, 255, 0)
        with pytest.raises(archc.ArchError, match=r"`conv 256`, or write .* ignore_index=255`"):
            train("input 1x8x8\nconv 3 k1", x=IMAGES, y=y)

    @pytest.mark.parametrize("key", ["prepare { gray }", "augment { randaugment }"])
    def test_transforms_that_do_not_take_the_images_say_so(self, key: str, here: Path) -> None:
        net = f"input {1 if 'gray' in key else 5}x8x8\nflatten | fc 3"
        with pytest.raises(RunError, match="cannot change images of 5x8x8: "):
            train(net, key, x=np.repeat(IMAGES, 5, -1), y=CLASSES)

    def test_a_class_a_token(self, here: Path) -> None:
        ids = DRAW.integers(0, 20, (40, 6))
        text = "input 6 int\nembed 20 8 | fc 20"
        assert train(text, x=ids, y=ids).result["test_accuracy"] is not None
        with pytest.raises(RunError, match="token ids from 0 to 19, got 20"):
            train(text, x=ids + 1, y=ids)

    def test_labels(self, here: Path) -> None:
        labels = DRAW.integers(0, 2, (40, 5))
        net = "input 1x8x8\nflatten | fc 5"
        run = train(net, "loss bce_with_logits\nmetrics exact", x=IMAGES, y=labels)
        assert {"test_accuracy", "test_exact"} <= run.result.keys()
        floats = labels.astype(np.float32)
        assert train(net, "loss bce_with_logits", x=IMAGES, y=floats).result["test_loss"] > 0
        assert codes(net, x=IMAGES, y=labels) == ["E0419"]
        assert codes(net, "loss bce_with_logits", x=IMAGES, y=labels * 3) == ["E0419"]
        assert codes(net, "loss bce_with_logits", x=IMAGES, y=labels[:, :4]) == ["E0416"]

    def test_one_number_an_example_is_not_broadcast(self, here: Path) -> None:
        x, y = DRAW.random((40, 6)).astype(np.float32), DRAW.random(40).astype(np.float32)
        run = train("input 6\nfc 1", "loss mse\nmetrics rmse r2", x=x, y=y)
        assert run.result["test_rmse"] ** 2 == pytest.approx(run.result["test_loss"], rel=1e-4)
        assert codes("input 6\nfc 3", "loss mse", x=x, y=y) == ["E0416"]
        assert codes("input 6\nfc 3", "loss mse", x=x, y=CLASSES) == ["E0415"]

    def test_classes_beyond_the_output(self, here: Path) -> None:
        net = "input 1x8x8\nflatten | fc 2"
        assert codes(net, x=IMAGES, y=CLASSES) == ["E0411"]
        with pytest.raises(RunError, match="expected a class from 0 on"):
            train(net, x=IMAGES, y=CLASSES + 0.5)

    def test_probabilities_are_targets_of_cross_entropy(self, here: Path) -> None:
        shares = np.full((40, 4), 0.25, np.float32)
        assert train("input 1x8x8\nflatten | fc 4", x=IMAGES, y=shares).result["test_loss"] > 1

    def test_outputs_have_targets_of_their_own(self, here: Path) -> None:
        net = "input 1x8x8\nflatten | fc 8 -> h\nfc 2\noutput pair train\n@h | fc 3"
        lines = "loss pair mse weight=1000"
        pairs = DRAW.random((40, 2)).astype(np.float32)
        with_own = train(net, lines, x=IMAGES, y=CLASSES, pair=pairs)
        assert with_own.metrics[0]["train_loss"] > 10
        assert codes(net, lines, x=IMAGES, y=CLASSES, pair=pairs[:, 0]) == ["E0416"]

    def test_a_further_output_makes_the_input_again(self, here: Path) -> None:
        """Beside classes, or they beside it: with the losses of each alone."""
        net = "input 1x8x8\nflatten | fc 8 -> h | fc 64 | reshape 1x8x8 | output again\n@h | fc 3"
        same = "normalize no\noptimizer sgd lr=0\nmixup .2\n"
        own = same + "loss again mse target=input"
        (line,) = train(net, own, x=IMAGES, y=CLASSES).metrics
        (alone,) = train(net, same, x=IMAGES, y=CLASSES).metrics
        assert line["test_loss"] == alone["test_loss"]
        net = "input 1x8x8\nflatten | fc 8 -> h | fc 3 | output kind\n@h | fc 64 | reshape 1x8x8"
        first, second = same + "loss mse target=input", "loss kind cross_entropy\n"
        (both,) = train(net, second + first, x=IMAGES, y=CLASSES).metrics
        (made,) = train(net, first, x=IMAGES).metrics
        assert both["train_loss"] - made["train_loss"] == pytest.approx(np.log(3), abs=0.4)
        assert both["test_loss"] == made["test_loss"]

    def test_random_targets_are_those_of_each_output(self, here: Path) -> None:
        text = "input 4\nfc 8 -> h | fc 2 | output aux\n@h | fc 3\ntrain {\nloss aux mse\n}"
        run = archc.train(text, data="random", epochs=1, limit_batches=2)
        assert run.test_accuracy is not None

    def test_what_is_no_probability_is_told(self, here: Path) -> None:
        text = "input 4\nfc 3 | relu\ntrain { data random | loss bce }"
        with pytest.raises(RunError, match="`loss bce` takes probabilities"):
            archc.train(text, epochs=1, optimizer="sgd lr=100")


class TestInputs:
    net = "input image 1x8x8\ninput meta 4\nflatten -> a\nconcat(@a, @meta) | fc 3"

    def test_arrays_have_their_names(self, here: Path) -> None:
        meta = DRAW.random((40, 4)).astype(np.float32)
        run = train(self.net, image=IMAGES, meta=meta, y=CLASSES)
        assert run.result["test_accuracy"] is not None
        with pytest.raises(RunError, match=r"expected meta beside image, y in .*d.npz"):
            train(self.net, image=IMAGES, y=CLASSES)
        with pytest.raises(RunError, match="further input is 4, got 3"):
            train(self.net, image=IMAGES, meta=meta[:, :3], y=CLASSES)
        assert codes(self.net, "mixup .2", image=IMAGES, meta=meta, y=CLASSES) == ["E0407"]

    def test_a_function_gives_dicts(self, here: Path) -> None:
        (here / "several.py").write_text(
            "import numpy as np\n"
            "def load():\n"
            "    x = {'image': np.zeros((20, 8, 8), np.uint8), 'meta': np.ones((20, 4))}\n"
            "    return x, {'out': np.arange(20) % 3}\n"
        )
        text = f'{self.net}\ntrain {{ data python "several:load" | epochs 1 }}'
        assert archc.train(text, allow_python=True).result["epochs"] == 1
        assert archc.train(text, data="random", epochs=1).result["epochs"] == 1

    def test_a_data_set_of_images_feeds_one(self, here: Path) -> None:
        with pytest.raises(RunError, match="feeds one input, and the network has several"):
            archc.train(f"{self.net[:-1]}10\ntrain {{ data digits }}")


@pytest.mark.parametrize(
    "loss",
    ["l1", "smooth_l1 beta=2", "huber", "poisson_nll", "kl_div", "soft_margin", "hinge_embedding"],
)
def test_losses_of_values_train(loss: str, here: Path) -> None:
    text = f"input 4\nfc 2\ntrain {{ data random | loss {loss} | epochs 1 }}"
    assert archc.train(text, limit_batches=2).result["test_accuracy"] is None


@pytest.mark.parametrize("loss", ["multi_margin p=2", "multi_label_soft_margin", "bce"])
def test_losses_of_classes_and_labels_train(loss: str, here: Path) -> None:
    text = f"input 4\nfc 3 | sigmoid\ntrain {{ data random | loss {loss} | epochs 1 }}"
    assert 0 <= archc.train(text, limit_batches=2).result["test_accuracy"] <= 1


class TestMetrics:
    def tally(self, loss: str, names: str, output: torch.Tensor, target: torch.Tensor) -> Any:
        made, problems = recipe.read(None, options=parse_options({"loss": loss}))
        assert not problems
        tally = Tally(tuple(names.split()), make_objective(made, torch.device("cpu")))
        total: dict[str, torch.Tensor] = {}
        for a, b in zip(output.split(3), target.split(3), strict=True):
            add(total, tally.sums(a, b))
        return tally.metrics(total)

    def test_of_classes(self) -> None:
        taken, true = torch.tensor([0, 0, 1, 1, 2, 2, 2]), torch.tensor([0, 0, 1, 2, 2, 2, 1])
        found = self.tally(
            "cross_entropy",
            "precision recall f1 iou kappa mcc top2 balanced_accuracy",
            F.one_hot(taken, 3).float(),
            true,
        )
        assert found["precision"] == pytest.approx((1 + 1 / 2 + 2 / 3) / 3)
        assert found["recall"] == found["balanced_accuracy"]
        assert found["recall"] == pytest.approx((1 + 1 / 2 + 2 / 3) / 3)
        assert found["iou"] == pytest.approx((1 + 1 / 3 + 2 / 4) / 3)
        chance = (2 * 2 + 2 * 2 + 3 * 3) / 49
        assert found["kappa"] == pytest.approx((5 / 7 - chance) / (1 - chance))
        assert found["mcc"] == pytest.approx((5 * 7 - 17) / (49 - 17))
        assert 5 / 7 <= found["top2"] <= 1

    def test_of_labels_and_values(self) -> None:
        labels = torch.tensor([[1, 0], [1, 1], [0, 0], [1, 0]], dtype=torch.uint8)
        output = torch.tensor([[1.0, -1], [1, -1], [-1, -1], [-1, -1]])
        found = self.tally("bce_with_logits", "exact recall precision", output, labels)
        assert found == {"exact": 0.5, "recall": pytest.approx((2 / 3 + 0) / 2), "precision": 0.5}
        values = torch.tensor([[1.0], [2.0], [3.0], [4.0]])
        found = self.tally("mse", "mae rmse r2", values + 1, values)
        assert found == {"mae": 1.0, "rmse": 1.0, "r2": pytest.approx(1 - 4 / 5)}


class TestLookingAtATraining:
    text = "input 1x8x8\nflatten | fc 10\ntrain { data digits | epochs 2 }"

    def test_a_learning_rate_is_found(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        from archc.cli.main import main

        assert main(["train", "-e", self.text, "--find-lr", "-q"]) == 0
        said = capsys.readouterr().out
        assert 1e-4 < float(said.split()[1]) < 10
        rows = list(csv.reader((here / "net-lr.csv").open()))
        assert rows[0] == ["lr", "loss"]
        assert len(rows) > 20
        assert (here / "net-lr.svg").read_text().startswith("<svg")
        assert not (here / "runs").exists()

    def test_a_profile_changes_nothing(self, here: Path) -> None:
        plain, seen = archc.train(self.text), archc.train(self.text, profile=True)
        assert "Self CPU" in (seen.folder / "profile.txt").read_text()
        assert json.loads((seen.folder / "trace.json").read_text())["traceEvents"]
        for name, tensor in plain.module.state_dict().items():
            assert torch.equal(tensor, seen.module.state_dict()[name])

    def test_metrics_are_a_table_too(self, here: Path) -> None:
        run = archc.train(self.text, metrics="top3 f1")
        rows = list(csv.DictReader((run.folder / "metrics.csv").open()))
        assert [row["epoch"] for row in rows] == ["1", "2"]
        assert float(rows[1]["test_top3"]) == run.result["test_top3"]
        archc.train(None, resume=run.folder, epochs=3)
        assert len((run.folder / "metrics.csv").read_text().splitlines()) == 4

    def test_tensorboard_is_an_extra(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        import sys

        monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
        with pytest.raises(RunError, match="pip install tensorboard"):
            archc.train(self.text, tensorboard=True)

    def test_tensorboard_reads_what_was_written(self, here: Path) -> None:
        """An epoch that a killed run wrote behind its last checkpoint counts no more."""
        read = pytest.importorskip(
            "tensorboard.backend.event_processing.event_accumulator",
            reason="tensorboard is not installed (pip install tensorboard)",
        )
        from archc.training.board import Board

        options = {"tensorboard": True, "val": ".2", "metrics": "top3"}
        Board(here / "run", 0).add({"epoch": 1, "train_loss": 99.0})
        archc.train(self.text, run="run", **options)
        Board(here / "run", 2).add({"epoch": 3, "train_loss": 99.0})
        done = archc.train(resume="run", epochs=4)
        found = read.EventAccumulator(str(here / "run" / "tensorboard"))
        found.Reload()
        for part, names in {"train": ["loss"], "val": ["loss", "accuracy", "top3"]}.items():
            for name in names:
                events = found.Scalars(f"{name}/{part}")
                assert [event.step for event in events] == [1, 2, 3, 4]
                values = [line[f"{part}_{name}"] for line in done.metrics]
                assert [event.value for event in events] == pytest.approx(values)
        assert {"lr", "seconds", "images_per_second"} <= {*found.Tags()["scalars"]}
