"""Data that is read batch by batch: the bits of data in memory, and what can go wrong."""

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from streaming import ARRAYS, COUNT, DRAW, SCARCE, write_images
from trainings import CPU, assert_same_end, net, recipe

import archc
from archc.datasets import DIGITS
from archc.training import RunError, held, memory
from archc.training.alone import Alone
from archc.training.data import Data, Split, in_turn
from archc.training.prepare import prepare
from archc.training.progress import Progress
from archc.training.stop import StopSignal
from archc.training.streamed import Read, Streamed, streamed
from archc.training.trainer import Trainer


@pytest.fixture
def here(here: Path) -> Path:
    write_images(here)
    return here


@pytest.fixture
def scarce(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SCARCE.items():
        monkeypatch.setenv(name, value)


class Heard(Progress):
    def __init__(self) -> None:
        self.remarks: list[str] = []

    def say(self, remark: str) -> None:
        self.remarks.append(remark)


def train_streamed(run: str, spec: Any = Path("net.arch"), **options: Any) -> archc.training.Run:
    """Trains with scarce memory, and sees that this changes where the data comes from."""
    heard = Heard()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SCARCE.items():
            patch.setenv(name, value)
        done = archc.train(spec, run=run, progress=heard, **options)
    assert any("is read batch by batch" in remark for remark in heard.remarks)
    return done


class TestBits:
    """Weights and all metrics are those of data in memory."""

    @pytest.mark.parametrize(
        "options",
        [{}, {"accumulate": 3, "metrics": "f1"}, {"optimizer": "lbfgs", "epochs": 1}],
        ids=["plain", "accumulate", "lbfgs"],
    )
    def test_of_a_folder(self, options: dict[str, Any], here: Path) -> None:
        archc.train(Path("net.arch"), run="memory", **options)
        train_streamed("streamed", **options)
        assert_same_end(here / "memory", here / "streamed")

    def test_of_arrays_that_preparing_enlarges(self, here: Path) -> None:
        text = "input 1x32x32\npool 8 | flatten | fc 10\ntrain { data digits | epochs 1 | batch 8 }"
        larger = {"prepare": "{ resize 32 }"}
        archc.train(text, run="memory", **larger)
        train_streamed("streamed", text, **larger)
        assert_same_end(here / "memory", here / "streamed")

    @pytest.mark.parametrize("case", ARRAYS)
    def test_of_an_npz_file(self, case: str, here: Path) -> None:
        text, lines, arrays = ARRAYS[case]
        np.savez(here / "d.npz", **arrays)
        keys = 'data npz "d.npz" | val .1 | epochs 2 | batch 32 | ema .9'
        text = f"{text}\ntrain {{\n{keys}\n{lines}\n}}"
        archc.train(text, run="memory")
        train_streamed("streamed", text)
        assert_same_end(here / "memory", here / "streamed")

    def test_of_torchvisions_pictures(self, here: Path) -> None:
        for name in ("AnnualCrop", "Forest"):
            folder = here / "data" / "eurosat" / "2750" / name
            folder.mkdir(parents=True)
            for number in range(9):
                pixels = DRAW.integers(0, 255, (64, 64, 3)).astype(np.uint8)
                Image.fromarray(pixels).save(folder / f"{number}.jpg")
        text = "pool 16 | flatten | fc 10\ntrain { data eurosat | batch 4 | epochs 2 }"
        archc.train(text, run="memory")
        train_streamed("streamed", text)
        assert_same_end(here / "memory", here / "streamed")

    def test_what_is_made_of_a_run(self, here: Path, scarce: None) -> None:
        run = train_streamed("run")
        found = run.evaluate()
        assert found["test_accuracy"] == run.test_accuracy
        assert found["test_loss"] == pytest.approx(run.test_loss)
        assert "Confusion matrix" in run.report().read_text()
        (first, *_), *_ = run.predict(here / "images" / "dark" / "0.png")
        assert first.name == "dark"

    def test_what_is_made_of_a_run_on_an_npz_file(self, here: Path, scarce: None) -> None:
        text, _, arrays = ARRAYS["channels last"]
        np.savez(here / "d.npz", **arrays)
        run = train_streamed("run", f'{text}\ntrain {{ data npz "d.npz" | epochs 1 | batch 32 }}')
        found = run.evaluate()
        assert (found["images"], found["test_accuracy"]) == (COUNT // 5, run.test_accuracy)
        assert "Confusion matrix" in run.report().read_text()

    def test_processes_read_their_shares_alone(self) -> None:
        class Three(Alone):
            size = 3

            def __init__(self, rank: int) -> None:
                self.rank = rank

        class Noted:
            bytes_each = 64

            def __init__(self) -> None:
                self.numbers: list[int] = []

            def __len__(self) -> int:
                return 32

            def __getitems__(self, numbers: list[int]) -> Read:
                self.numbers += numbers
                images = torch.zeros(len(numbers), 8, 8, 1, dtype=torch.uint8)
                return Read(Split(images, torch.zeros(len(numbers), dtype=torch.int64)))

        read = []
        for rank in range(3):
            source = Noted()
            train = streamed(source)
            data = Data(train, train.part(0, 0), train.part(0, 0))
            made = Trainer(net(), data, DIGITS, recipe(batch="16"), CPU, workers=Three(rank))
            made.run_epoch(Progress(), StopSignal())
            read.append(source.numbers)
        assert [len(numbers) for numbers in read] == [10, 10, 12]
        assert sorted(number for numbers in read for number in numbers) == [*range(32)]


class TestProblems:
    def test_a_file_that_is_cut_off_meanwhile_is_told(self, here: Path) -> None:
        text, _, arrays = ARRAYS["channels last"]
        np.savez(here / "d.npz", **arrays)
        text = f'{text}\ntrain {{ data npz "d.npz" | epochs 2 | batch 32 | normalize no }}'

        class Cutting(Heard):
            def end_epoch(self, metrics: Any) -> None:
                (here / "d.npz").write_bytes((here / "d.npz").read_bytes()[:50_000])

        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(memory.LIMIT, SCARCE[memory.LIMIT])
            with pytest.raises(RunError, match=r"d\.npz is shorter than when it was opened"):
                archc.train(text, run="run", progress=Cutting())

    def test_a_broken_image_is_named_in_the_middle_of_an_epoch(self, here: Path) -> None:
        (here / "images" / "light" / "77.png").write_bytes(b"none")
        with pytest.raises(RunError, match=r"^cannot read the image .*/light/77.png: it is none"):
            train_streamed("run", normalize="imagenet")
        assert (here / "run" / "config.json").exists(), "the training had begun"

    def test_mean_and_deviation_show_it_before(self, here: Path) -> None:
        (here / "images" / "light" / "77.png").write_bytes(b"none")
        with pytest.raises(RunError, match=r"cannot read the image .*/light/77.png"):
            train_streamed("run")
        assert not (here / "run").exists()

    def test_a_reader_that_dies_is_no_traceback(self) -> None:
        class Deadly:
            bytes_each = 1

            def __len__(self) -> int:
                return 200

            def __getitems__(self, numbers: list[int]) -> Read:
                os._exit(3)

        before = signal.getsignal(signal.SIGCHLD)
        with pytest.raises(RunError, match="a process that reads images ended, perhaps for want"):
            list(streamed(Deadly(), 1).batches(in_turn(200, 50)))
        assert signal.getsignal(signal.SIGCHLD) == before

    def test_a_resumed_run_needs_no_second_look(self, here: Path, scarce: None) -> None:
        archc.train(Path("net.arch"), run="run", epochs=1)
        heard = Heard()
        archc.train(resume="run", epochs=2, progress=heard)
        assert not any("mean and deviation" in remark for remark in heard.remarks)
        heard = Heard()
        archc.train(resume="run", epochs=3, prepare="{ crop 16 }", progress=heard)
        assert any("mean and deviation" in remark for remark in heard.remarks)


class TestWhere:
    def test_a_dry_run_says_it(
        self, here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from archc.cli.main import main

        assert main(["train", "net.arch", "--dry-run", "-q"]) == 0
        assert "of memory beside 124.2 kB of data in memory" in capsys.readouterr().out
        monkeypatch.setenv(memory.LIMIT, SCARCE[memory.LIMIT])
        assert main(["train", "net.arch", "--dry-run"]) == 0
        said = capsys.readouterr()
        assert "122.9 kB of data, which is read batch by batch" in said.out
        assert "it would take 122.9 kB of memory" in said.err
        assert "mean and deviation" not in said.err
        monkeypatch.setenv(memory.LIMIT, "5kB")
        assert main(["train", "net.arch", "--dry-run"]) == 1
        assert "a smaller --batch needs less" in capsys.readouterr().err

    def test_what_a_gpu_has_no_room_for_stays_in_memory(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (1000, 2000))
        images = torch.arange(4 * 64, dtype=torch.uint8).view(4, 8, 8, 1)
        split = Split(images, torch.arange(4))
        data = held.placed(Data(split, split.part(0, 0), split), torch.device("cuda"))
        assert held.whereabouts(data) == "576 bytes of data, which is read batch by batch"
        part = data.train
        assert isinstance(part, Streamed)
        assert part.device.type == "cuda"
        assert part.readers == 0
        (batch,) = part.to(torch.device("cpu")).batches([torch.tensor([2, 0])])
        assert torch.equal(batch.images, images[[2, 0]])
        assert batch.classes.tolist() == [2, 0]

    def test_half_of_what_a_step_leaves_is_for_data(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(memory.LIMIT, "1000")
        assert memory.room(200) == 400
        assert memory.room(2000) == 0
        monkeypatch.setattr(memory, "on_this_machine", lambda: 4)
        assert memory.room(200) == 100
        monkeypatch.setenv(memory.LIMIT, "1.5 kB")
        assert memory.available() == 1500
        monkeypatch.setenv(memory.LIMIT, "much")
        with pytest.raises(RunError, match="ARCHC_MEMORY, got 'much'"):
            memory.available()

    def test_a_containers_limit_counts(self, tmp_path: Path) -> None:
        (tmp_path / "proc/self").mkdir(parents=True)
        (tmp_path / "proc/self/cgroup").write_text("1:name=systemd:/x\n0::/a/b\n")
        group = tmp_path / "sys/fs/cgroup/a/b"
        group.mkdir(parents=True)
        (group / "memory.current").write_text("700\n")
        (group / "memory.stat").write_text("anon 500\ninactive_file 200\n")
        for text, free in (("max\n", []), ("1000\n", [500]), ("400\n", [0])):
            (group / "memory.max").write_text(text)
            assert list(memory.of_group(tmp_path)) == free


class TestStreams:
    def made(self, count: int = 10) -> tuple[Split, Streamed]:
        images = torch.from_numpy(DRAW.integers(0, 255, (count, 8, 8, 3)).astype(np.uint8))
        split = Split(images, torch.arange(count))
        pipe = recipe(prepare="{ resize 4 }").prepare
        found = held.behind(split, pipe)
        assert isinstance(found, Streamed)
        return split._replace(images=prepare(images, pipe)), found

    @pytest.mark.parametrize("readers", [0, 2])
    def test_they_give_what_a_split_gives(self, readers: int) -> None:
        split, stream = self.made(120)
        stream = stream._replace(readers=readers)
        assert stream.nbytes == split.nbytes
        picks = [slice(3, 7), torch.tensor([5, 1, 1]), slice(118, 200)]
        for mine, other in zip(stream.batches(picks), split.batches(picks), strict=True):
            assert all(map(torch.equal, mine.tensors, other.tensors))
        assert torch.equal(stream.collected().images, split.images)
        some = torch.tensor([7, 3, 5])
        assert torch.equal(stream.take(some).part(1, 3).collected().classes, some[1:])

    def test_changes_are_made_once(self) -> None:
        split, stream = self.made()
        changed = stream.changed(lambda batch: batch._replace(classes=batch.classes + 100))
        assert torch.equal(changed.collected().classes, split.classes + 100)
        (batch,) = changed.batches([slice(0, 10)])
        assert torch.equal(batch.classes, split.classes + 100)

    def test_nothing_is_drawn_from_the_trainings_stream(self) -> None:
        _, stream = self.made(120)
        before = torch.get_rng_state()
        list(stream._replace(readers=1).batches(in_turn(120, 50)))
        assert torch.equal(torch.get_rng_state(), before)

    def test_an_empty_part_is_collected_too(self) -> None:
        _, stream = self.made()
        empty = stream.part(0, 0).collected()
        assert empty.size == 0
        assert empty.images.shape == (0, 4, 4, 3)
