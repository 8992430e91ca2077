"""`archc train`, `archc eval` and `archc.train`: folders, interruptions, refusals."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import ROOT, RunPython
from trainings import NET, assert_same_end, metrics

import archc
from archc.training import RunError

FILES = {
    "spec.arch",
    "model.py",
    "config.json",
    "metrics.jsonl",
    "metrics.csv",
    "checkpoint.pt",
    "previous-checkpoint.pt",
    "best.pt",
    "report.html",
    "result.json",
}


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "net.arch"
    path.write_text(NET)
    return path


class TestTheCommand:
    def test_digits_reach_97_percent_and_eval_agrees(
        self, run_archc: RunPython, tmp_path: Path
    ) -> None:
        done = run_archc("train", "digits")
        assert done.returncode == 0, done.stderr
        run = tmp_path / "runs" / "digits-1"
        assert {entry.name for entry in run.iterdir()} == FILES
        result = json.loads((run / "result.json").read_text())
        assert result["test_accuracy"] >= 0.97
        assert done.stdout.endswith("run in runs/digits-1\n")
        assert "optimizer adam" in done.stderr
        assert "epoch 1/" in done.stderr

        found = run_archc("eval", "runs/digits-1", "--format", "json")
        assert found.returncode == 0, found.stderr
        scores = json.loads(found.stdout)
        assert scores["test_accuracy"] == result["test_accuracy"]
        assert scores["images"] == 360

    def test_every_option_reaches_the_run(
        self, run_archc: RunPython, spec: Path, tmp_path: Path
    ) -> None:
        done = run_archc(
            *("train", str(spec), "--run", "mine", "--epochs", "2", "--batch", "100", "-q"),
            *("--optimizer", "sgd", "--lr", ".05", "--momentum", ".9", "--weight-decay", "1e-4"),
            *("--schedule", "cosine warmup=1", "--loss", "cross_entropy label_smoothing=.1"),
            *("--seed", "3", "--val", ".1", "--normalize", "no", "--device", "cpu"),
            *("--augment", "{ crop 8 pad=1 }", "--precision", "fp32", "--data", "digits"),
        )
        assert (done.returncode, done.stderr) == (0, "")
        config = json.loads((tmp_path / "mine" / "config.json").read_text())
        assert config["recipe"] == {
            "data": "digits",
            "normalize": "no",
            "augment": "{ crop size=8 pad=1 }",
            "optimizer": "sgd lr=0.05 momentum=0.9 weight_decay=0.0001",
            "schedule": "cosine warmup=1.0",
            "loss": "cross_entropy label_smoothing=0.1",
            "epochs": "2",
            "batch": "100",
            "seed": "3",
            "val": "0.1",
        }
        assert (config["device"], config["precision"]) == ("cpu", "fp32")
        assert {"val_loss", "val_accuracy"} <= metrics(tmp_path / "mine")[0].keys()

    def test_rates_and_losses_of_several_parts(self, here: Path) -> None:
        from archc.cli.main import main

        text = "input 1x8x8\nflatten | a: fc 9 -> x | b: fc 10\noutput more\n@x | fc 10"
        given = ["--lr", "1e-2", "--lr", "a .1", "--lr", "b 0", "--lr", "a .2", "--epochs", "1"]
        given += ["--loss", "multi_margin", "--loss", "more cross_entropy weight=.3"]
        assert main(["train", "-e", text, "--data", "random", "--run", "run", *given]) == 0
        said = json.loads((here / "run" / "config.json").read_text())["recipe"]
        assert {
            key: said[key] for key in said if key.split()[0] in ("lr", "loss", "optimizer")
        } == {
            "optimizer": "adamw lr=0.01",
            "loss": "multi_margin",
            "loss more": "cross_entropy weight=0.3",
            'lr "a"': "0.2",
            'lr "b"': "0.0",
        }
        assert main(["train", "--resume", "run", "--epochs", "2", "--lr", "b 1"]) == 0
        said = json.loads((here / "run" / "config.json").read_text())["recipe"]
        assert (said['lr "a"'], said['lr "b"']) == ("0.2", "1.0")
        run = archc.train(text, data="random", epochs=1, **{"lr a": 0.3})
        assert json.loads((run.folder / "config.json").read_text())["recipe"]['lr "a"'] == "0.3"

    def test_a_spec_without_input_takes_that_of_the_data(self, run_archc: RunPython) -> None:
        done = run_archc("train", "-e", "flatten | fc 10", "--data", "digits", "--epochs", "1")
        assert done.returncode == 0, done.stderr
        assert "run in runs/net-1" in done.stdout

    def test_without_torch_one_line_says_what_to_install(
        self, run_archc: RunPython, spec: Path, tmp_path: Path
    ) -> None:
        hidden = tmp_path / "hidden"
        hidden.mkdir()
        (hidden / "torch.py").write_text("raise ModuleNotFoundError('No torch', name='torch')")
        done = run_archc("train", str(spec), env={"PYTHONPATH": f"{hidden}{os.pathsep}{ROOT}"})
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert "pip install torch torchvision" in done.stderr

    def test_mistakes_are_diagnostics_before_anything_is_made(
        self, run_archc: RunPython, spec: Path, tmp_path: Path
    ) -> None:
        done = run_archc("train", str(spec), "--data", "cifar10", "--epochs", "x")
        assert done.returncode == 1
        assert "--data:1:1: error[E0410]" in done.stderr
        assert "--epochs:1:8: error[E0404]" in done.stderr
        assert not (tmp_path / "runs").exists()

    def test_no_data_is_an_error_that_names_the_option(self, run_archc: RunPython) -> None:
        done = run_archc("train", "-e", "input 1x8x8\nflatten | fc 10")
        assert done.returncode == 1
        assert "E0420" in done.stderr
        assert "--data" in done.stderr

    def test_the_name_of_an_optimizer_is_never_run(self, run_archc: RunPython, spec: Path) -> None:
        done = run_archc("train", str(spec), "--optimizer", "__import__")
        assert done.returncode == 1
        assert "E0402" in done.stderr


def started(folder: Path, run: str) -> "subprocess.Popen[str]":
    """A training that takes some seconds."""
    arguments = ["-m", "archc", "train", "net.arch", "--run", run, "--epochs", "12", "--batch", "4"]
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )


def wait_for_epoch(process: "subprocess.Popen[str]", epoch: int) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(f"epoch {epoch}/"):
            return
    raise AssertionError(f"the training ended before epoch {epoch}")


class TestInterruptions:
    @pytest.fixture(scope="class")
    @staticmethod
    def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
        folder = tmp_path_factory.mktemp("undisturbed")
        (folder / "net.arch").write_text(NET)
        process = started(folder, "run")
        _, errors = process.communicate(timeout=200)
        assert process.returncode == 0, errors
        return folder / "run"

    @pytest.mark.parametrize(
        ("number", "status"),
        [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)],
        ids=lambda value: getattr(value, "name", ""),
    )
    def test_a_stopped_run_goes_on_to_the_same_end(
        self,
        number: signal.Signals,
        status: int,
        undisturbed: Path,
        spec: Path,
        run_archc: RunPython,
    ) -> None:
        process = started(spec.parent, "run")
        wait_for_epoch(process, 3)
        time.sleep(0.03)
        process.send_signal(number)
        _, errors = process.communicate(timeout=100)
        assert process.returncode == status, errors
        run = spec.parent / "run"
        assert not (run / "result.json").exists()
        if number != signal.SIGKILL:
            assert "archc train --resume run" in errors

        done = run_archc("train", "--resume", "run")
        assert done.returncode == 0, done.stderr
        assert_same_end(undisturbed, run)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar_that_keeps_the_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    from archc.cli.progress import Bars, progress

    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    bars = progress(quiet=False)
    assert isinstance(bars, Bars)
    bars.begin_epoch(2, 10, 1000, 0)
    for _ in range(10):
        bars.advance(100)
    line = {"epoch": 2, "train_loss": 0.2, "test_loss": 0.1, "test_accuracy": 0.975, "seconds": 1.0}
    bars.end_epoch(line)
    lines = terminal.getvalue().replace("\n", "\r").split("\r")
    assert any("50%" in line for line in lines)
    last = "epoch  2/10  [################]  100%  test loss 0.1000, test accuracy 97.50 %"
    assert any(line.removeprefix("\x1b[?25l").startswith(last) for line in lines)
    assert terminal.getvalue().endswith("\x1b[?25h\n"), "the cursor is back"


def test_scores_are_told_in_words() -> None:
    from archc.cli.progress import scores

    line = {"epoch": 1, "train_loss": 12.3, "test_loss": 0.004321, "test_accuracy": 0.5, "lr": 0.1}
    said = "train loss 12.3000, test loss 0.00432, test accuracy 50.00 %, test f1 0.2500"
    assert scores({**line, "val_loss": None, "test_f1": 0.25}) == said
    assert scores({"test_loss": 0.0, "test_r2": -0.5, "seconds": 3.0, "best_epoch": 2}) == (
        "test loss 0, test r2 -0.5000"
    )


class TestFolders:
    """The Python API runs in this process, which is quicker."""

    def train(self, spec: Path, **options: Any) -> Any:
        return archc.train(spec, **{"epochs": 1, **options})

    def test_a_run_knows_its_folder_metrics_result_and_module(self, spec: Path, here: Path) -> None:
        run = self.train(spec, epochs=2)
        assert run.folder == Path("runs/net-1")
        assert [line["epoch"] for line in run.metrics] == [1, 2]
        assert run.result == json.loads((here / "runs/net-1/result.json").read_text())
        assert run.result["parameters"] == sum(p.numel() for p in run.module.parameters())
        assert not run.module.training
        assert (here / "runs/net-1/spec.arch").read_text() == NET

    def test_folders_are_numbered(self, spec: Path, here: Path) -> None:
        (here / "runs" / "net-7").mkdir(parents=True)
        assert self.train(spec).folder == Path("runs/net-8")
        assert self.train(spec).folder == Path("runs/net-9")

    def test_a_folder_with_a_checkpoint_is_not_taken(self, spec: Path, here: Path) -> None:
        self.train(spec, run="mine")
        before = (here / "mine" / "checkpoint.pt").read_bytes()
        with pytest.raises(RunError, match="--resume mine"):
            self.train(spec, run="mine", seed=2)
        assert (here / "mine" / "checkpoint.pt").read_bytes() == before

    def test_a_folder_without_one_starts_afresh(self, spec: Path, here: Path) -> None:
        (here / "mine").mkdir()
        (here / "mine" / "notes.txt").write_text("kept")
        self.train(spec, run="mine")
        assert {entry.name for entry in (here / "mine").iterdir()} == {
            *FILES - {"previous-checkpoint.pt"},
            "notes.txt",
        }

    def test_best_weights_load_into_the_network(self, spec: Path, here: Path) -> None:
        run = self.train(spec)
        net = archc.load(spec, weights=here / run.folder / "best.pt").eval()
        images = torch.rand(2, 1, 8, 8)
        assert torch.equal(net(images), run.module(images))

    def test_validation_chooses_the_best_epoch(self, spec: Path, here: Path) -> None:
        del here
        run = self.train(spec, epochs=6, val=0.2, lr=0.05)
        best = max(run.metrics, key=lambda m: (m["val_accuracy"], -m["val_loss"]))
        assert run.result["best_epoch"] == best["epoch"]
        assert run.result["test_accuracy"] == best["test_accuracy"]

    def test_the_shipped_model_is_for_reading_only(self, spec: Path, here: Path) -> None:
        run = self.train(spec, epochs=1)
        (here / run.folder / "model.py").write_text("raise SystemExit('imported')")
        assert archc.train(spec, resume=run.folder, epochs=2).result["epochs"] == 2


class TestResuming:
    @pytest.fixture
    def run(self, spec: Path, here: Path) -> Path:
        del here
        return Path(archc.train(spec, epochs=1, run="run").folder)

    def test_a_finished_run_says_so(self, run: Path, run_archc: RunPython, here: Path) -> None:
        done = run_archc("train", "--resume", str(run), cwd=here)
        assert done.returncode == 0
        assert "is finished: 1 epochs" in done.stderr

    def test_more_epochs_can_follow(self, run: Path, spec: Path) -> None:
        more = archc.train(spec, resume=run, epochs=3)
        assert [line["epoch"] for line in more.metrics] == [1, 2, 3]
        assert json.loads((run / "config.json").read_text())["recipe"]["epochs"] == "3"

    def test_a_run_without_a_checkpoint_begins_anew(self, run: Path, spec: Path) -> None:
        before = metrics(run)
        (run / "checkpoint.pt").unlink()
        archc.train(spec, resume=run)
        assert metrics(run) == before

    def test_another_spec_is_refused(self, run: Path, spec: Path) -> None:
        spec.write_text(NET.replace("fc 32", "fc 33"))
        with pytest.raises(RunError, match="trains another text"):
            archc.train(spec, resume=run)

    def damage_checkpoint(self, run: Path) -> None:
        content = bytearray((run / "checkpoint.pt").read_bytes())
        content[len(content) // 2] ^= 255
        (run / "checkpoint.pt").write_bytes(content)

    def another_network(self, run: Path) -> None:
        (run / "spec.arch").write_text(NET.replace("fc 32", "fc 33"))

    def newer(self, run: Path) -> None:
        from archc.training import checkpoint

        state = checkpoint.load(run / "checkpoint.pt")
        checkpoint.save(run / "checkpoint.pt", {**state, "version": 99, "archc": "9.0"})

    def damage_config(self, run: Path) -> None:
        (run / "config.json").write_text("{")

    def cut_config(self, run: Path) -> None:
        (run / "config.json").write_text('{"version": 1, "recipe": "adam"}')

    def no_run(self, run: Path) -> None:
        (run / "config.json").unlink()

    @pytest.mark.parametrize(
        ("spoil", "message"),
        [
            (damage_checkpoint, "checkpoint.pt is damaged"),
            (another_network, "does not fit this network"),
            (newer, "was written by another version: 9.0"),
            (damage_config, "config.json is damaged"),
            (cut_config, "config.json is damaged"),
            (no_run, "is not the folder of a run"),
        ],
    )
    def test_what_is_spoilt_is_one_line_and_stays(
        self,
        spoil: Callable[["TestResuming", Path], None],
        message: str,
        run: Path,
        run_archc: RunPython,
        here: Path,
    ) -> None:
        spoil(self, run)
        before = (run / "checkpoint.pt").read_bytes()
        done = run_archc("train", "--resume", str(run), "--epochs", "2", "-q", cwd=here)
        assert (done.returncode, done.stdout) == (1, "")
        assert message in done.stderr
        assert done.stderr.count("\n") == 1
        assert (run / "checkpoint.pt").read_bytes() == before


def test_a_run_of_a_spec_that_uses_others_stands_alone(run_archc, tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "units.arch").write_text(
        'use "deep.arch"\nblock unit(c) { conv c k3 p1 | bn | act }'
    )
    (tmp_path / "parts" / "deep.arch").write_text("block act { relu }")
    (tmp_path / "net.arch").write_text(
        'use std\nuse "parts/units.arch"\ninput 1x8x8\ncbr 4 | unit 4 | gap | flatten | fc 10\n'
        "train { data digits | epochs 1 }\n"
    )
    assert run_archc("train", "net.arch", "--run", "first").returncode == 0
    assert sorted(p.name for p in (tmp_path / "first" / "uses" / "parts").iterdir()) == [
        "deep.arch",
        "units.arch",
    ]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "first").rename(elsewhere / "run")
    done = run_archc("eval", "run", cwd=elsewhere)
    assert done.returncode == 0, done.stderr
    assert run_archc("check", "run/spec.arch", cwd=elsewhere).returncode == 0
