"""What comes from torchvision: data sets, and weights to fine-tune."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import archc
from archc.training import RunError

DRAW = np.random.default_rng(0)


def pictures(folder: Path, size: tuple[int, int], count: int, mode: str = "RGB") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        pixels = DRAW.integers(0, 255, (*size[::-1], 3)).astype(np.uint8)
        Image.fromarray(pixels).convert(mode).save(folder / f"{number}.jpg")


class TestTorchvisionsDataSets:
    def test_one_of_equal_sizes_in_one_part(self, here: Path) -> None:
        for name in ("AnnualCrop", "Forest"):
            pictures(here / "data" / "eurosat" / "2750" / name, (64, 64), 10)
        text = "gap | flatten | fc 10\ntrain { data eurosat | epochs 1 | batch 4 }"
        run = archc.train(text)
        config = json.loads((run.folder / "config.json").read_text())
        assert config["data"]["classes"] == ["AnnualCrop", "Forest"]
        assert len(config["data"]["mean"]) == 3

    def test_one_of_different_sizes(self, here: Path) -> None:
        root = here / "data" / "oxford-iiit-pet"
        pictures(root / "images", (40, 30), 6)
        (root / "annotations").mkdir()
        for part in ("trainval", "test"):
            lines = "".join(f"{n} {n % 2 + 1} 1 1\n" for n in range(6))
            (root / "annotations" / f"{part}.txt").write_text(lines)
        text = "input 3x16x16\ngap | flatten | fc 37\ntrain { data oxfordiiitpet | batch 4 }"
        with pytest.raises(RunError, match="image 0 of oxfordiiitpet is 3x30x40: write `prepare"):
            archc.train(text, epochs=1)
        run = archc.train(text, epochs=1, prepare="{ resize 16 | crop 16 }")
        assert run.result["test_accuracy"] is not None

    def test_a_split_of_emnist(self, here: Path) -> None:
        raw = here / "data" / "EMNIST" / "raw"
        raw.mkdir(parents=True)
        for part in ("train", "test"):
            head = np.array([0, 0, 8, 3, *np.array([9, 28, 28], ">i4").tobytes()], np.uint8)
            images = DRAW.integers(0, 255, (9, 28, 28)).astype(np.uint8)
            (raw / f"emnist-digits-{part}-images-idx3-ubyte").write_bytes(
                head.tobytes() + images.tobytes()
            )
            head = np.array([0, 0, 8, 1, *np.array([9], ">i4").tobytes()], np.uint8)
            (raw / f"emnist-digits-{part}-labels-idx1-ubyte").write_bytes(
                head.tobytes() + (np.arange(9) % 10).astype(np.uint8).tobytes()
            )
        text = "flatten | fc 10\ntrain { data emnist split=digits }"
        with pytest.raises(RunError, match="expected 240,000 images, got 9"):
            archc.train(text, epochs=1)

    def test_what_cannot_be_downloaded_says_so(self, here: Path) -> None:
        text = "gap | flatten | fc 7\ntrain { data fer2013 }"
        with pytest.raises(RunError, match=r"fer2013 is not in .* cannot download it"):
            archc.train(text)


class TestFineTuning:
    net = "input 3x8x8\nconv 4 k3 | bn | relu | gap | flatten | fc {}\n"

    def test_a_head_of_another_size_starts_anew(
        self, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from archc.cli.main import main

        torch.save(archc.compile(self.net.format(9)).state_dict(), here / "nine.pt")
        for name in ("a", "b"):
            pictures(here / "own" / name, (12, 9), 5)
        command = ["train", "-e", self.net.format(2), "--data", "folder own", "--run", "run"]
        command += ["--prepare", "{ resize 8 | crop 8 }", "--weights", "nine.pt", "--epochs", "1"]
        assert main([*command, "--normalize", "imagenet", "--freeze", "conv1 bn1"]) == 0
        assert "but fc1 starts anew: 2x4 here, 9x4 in the file" in capsys.readouterr().err
        given, kept = torch.load("nine.pt"), torch.load("run/best.pt", weights_only=True)
        for name in given:
            assert torch.equal(given[name], kept[name]) == (not name.startswith("fc1")), name

    def test_what_else_does_not_fit_is_refused(self, here: Path) -> None:
        other = "input 3x8x8\nconv 5 k3 | bn | relu | gap | flatten | fc 2\n"
        torch.save(archc.compile(other).state_dict(), here / "five.pt")
        with pytest.raises(archc.ArchError, match="E0502"):
            archc.train(f"{self.net.format(2)}train {{ data random }}", weights="five.pt")
