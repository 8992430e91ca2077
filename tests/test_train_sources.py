"""Data of the user's own: image folders, Python functions, and what is wrong there."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import RunPython
from PIL import Image

import archc
from archc.training import Run, RunError

NET = "input 3x8x8\nconv 4 k3 | relu | gap | flatten | fc 2\n"


def picture(path: Path, colour: int, size: tuple[int, int] = (8, 8), mode: str = "RGB") -> None:
    """A picture that is nearly all of one grey."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(hash(path.name) % 2**32).integers(0, 20, (*size[::-1], 3))
    Image.fromarray((noise + colour).astype(np.uint8)).convert(mode).save(path)


def pictures(root: Path, count: int = 10, **options: Any) -> None:
    for name, colour in (("dark", 20), ("light", 200)):
        for number in range(count):
            picture(root / name / f"{number}.png", colour, **options)


def train(text: str, **options: Any) -> Run:
    return archc.train(f"{NET}train {{\n{text}\n}}", **{"epochs": 30, "lr": 0.03, **options})


class TestFolders:
    def test_class_folders_train_and_a_fifth_is_the_test(
        self, here: Path, run_archc: RunPython
    ) -> None:
        pictures(here / "images")
        run = train('data folder "images"', batch=4)
        assert run.result["test_accuracy"] == 1
        config = json.loads((run.folder / "config.json").read_text())
        assert config["data"]["classes"] == ["dark", "light"]
        found = run_archc("eval", str(run.folder), "--format", "json", cwd=here)
        assert found.returncode == 0, found.stderr
        assert json.loads(found.stdout)["images"] == 4

    def test_parts_and_sizes_may_be_given(self, here: Path) -> None:
        pictures(here / "images" / "train", size=(20, 12))
        pictures(here / "images" / "val", 3, size=(9, 30), mode="L")
        run = train('data folder "images"\nprepare { resize 9 | crop 8 }\nval .2', batch=4)
        assert run.result["test_accuracy"] == 1
        assert run.metrics[0]["val_accuracy"] is not None

    def test_a_part_for_validation_is_used_as_one(self, here: Path) -> None:
        pictures(here / "images" / "train")
        pictures(here / "images" / "valid", 2)
        pictures(here / "images" / "test", 3)
        run = train('data folder "images"\nstop 20', batch=4, epochs=2)
        assert run.metrics[0]["val_accuracy"] is not None
        assert run.evaluate()["images"] == 6

    def test_images_that_are_made_again_need_no_classes(self, here: Path) -> None:
        pictures(here / "images")
        text = "input 3x8x8\nconv 3 k1\ntrain { data folder %s | loss mse target=input | epochs 1 }"
        flat = archc.train(text % '"images/dark"')
        assert flat.evaluate()["images"] == 2
        for number in range(3):
            picture(here / "parts" / "train" / f"{number}.png", 20)
            picture(here / "parts" / "test" / f"{number}.png", 20)
        assert archc.train(text % '"parts"').evaluate()["images"] == 3

    def test_stop_needs_validation_data(self, here: Path) -> None:
        pictures(here / "images")
        with pytest.raises(RunError, match=r"there is none: add `val .1`"):
            train('data folder "images"\nstop 2', batch=4)

    def test_a_share_for_validation_holds_an_image(self, here: Path) -> None:
        pictures(here / "images")
        with pytest.raises(RunError, match=r"`val 0.01` of \d+ training images is none"):
            train('data folder "images"\nval .01', batch=4)

    def test_links_of_a_spec_stay_inside_the_project(self, tmp_path: Path) -> None:
        pictures(tmp_path / "outside")
        project = tmp_path / "project"
        pictures(project / "images")
        (project / "images" / "light" / "z.png").symlink_to(tmp_path / "outside/light/0.png")
        (project / "net.arch").write_text(f'{NET}train {{ data folder "images" | epochs 1 }}')
        with pytest.raises(RunError, match=r"light/z.png is a link that leads out of"):
            archc.train(project / "net.arch", run=tmp_path / "run")
        free = f'folder "{project / "images"}"'
        archc.train(project / "net.arch", run=tmp_path / "run", data=free)

    def test_several_wrong_images_are_told_at_once(self, here: Path) -> None:
        pictures(here / "images")
        for number in range(9):
            (here / "images" / "dark" / f"{number}.png").write_bytes(b"none")
        with pytest.raises(RunError) as caught:
            train('data folder "images"')
        lines = str(caught.value).splitlines()
        assert len(lines) == 6
        assert "dark/0.png" in lines[0]
        assert lines[-1] == "..."

    @pytest.mark.parametrize(
        ("spoil", "message"),
        [
            (lambda root: pictures(root / "test"), "has no folder `train` beside `test`"),
            (lambda root: picture(root / "dark" / "1.png", 3), "two classes in .*, got dark alone"),
            (
                lambda root: (
                    pictures(root / "train"),
                    (root / "test" / "dark").mkdir(parents=True),
                ),
                "test has no images in folders of classes",
            ),
            (lambda root: None, "got nothing"),
            (lambda root: root.mkdir(), "expected one folder a class in .*, got none"),
            (
                lambda root: (pictures(root), (root / "empty").mkdir()),
                r"the class .*empty has no images",
            ),
            (
                lambda root: pictures(root, size=(9, 8)),
                r"takes 3x8x8, but .*/0.png is 3x8x9: write `prepare { resize 8 \| crop 8 }`",
            ),
            (
                lambda root: (pictures(root), (root / "dark" / "0.png").write_bytes(b"none")),
                r"cannot read the image .*/dark/0.png",
            ),
            (
                lambda root: (pictures(root), picture(root / "dark" / "a.tif", 9, mode="I")),
                r"a.tif has more than 8 bits a channel",
            ),
            (
                lambda root: (pictures(root / "train"), picture(root / "test/grey/1.png", 9)),
                r"test/grey is a class that .*train does not have",
            ),
        ],
    )
    def test_what_is_wrong_is_explained_before_the_training(
        self, spoil: Any, message: str, here: Path
    ) -> None:
        spoil(here / "images")
        with pytest.raises(RunError, match=message):
            train('data folder "images"')
        assert not (here / "runs").exists()

    def test_the_classes_are_those_of_the_network(self, here: Path) -> None:
        pictures(here / "images")
        picture(here / "images" / "third" / "1.png", 90)
        with pytest.raises(archc.ArchError, match="has 3 classes"):
            train('data folder "images"')


MINE = """
import numpy as np, torch

def load():
    y = np.arange(20) % 2
    x = np.zeros((20, 8, 8, 3), np.uint8) + (200 * y)[:, None, None, None].astype(np.uint8)
    return x, y

def found(root):
    file = np.load(root / "mine.npz")
    return file["x"], file["y"]

def rows():
    row = [(torch.full((3, 8, 8), float(n % 2)), n % 2) for n in range(20)]
    return row, row[:6]

def three():
    return tuple((x[:n], y[:n]) for (x, y), n in zip([load()] * 3, (20, 4, 6)))

def loss(outputs, targets):
    return torch.nn.functional.cross_entropy(outputs, targets) * 2

def broken():
    return 3

class Rows(torch.utils.data.Dataset):
    def __len__(self):
        return 3

    def __getitem__(self, index):
        raise RuntimeError("a bad row")

def failing():
    return Rows(), Rows()

def no_number(outputs, targets):
    return outputs

def one_argument(outputs):
    return outputs.mean()
"""


class TestPython:
    @pytest.mark.parametrize("name", ["load", "rows"])
    def test_a_function_gives_the_data(self, name: str, here: Path) -> None:
        (here / f"mine_{name}.py").write_text(MINE)
        run = train(f'data python "mine_{name}:{name}"', allow_python=True, batch=4)
        assert run.result["test_accuracy"] == 1
        with pytest.raises(archc.ArchError, match="E0422"):
            archc.train(None, resume=run.folder, epochs=31)
        more = archc.train(None, resume=run.folder, epochs=31, allow_python=True)
        assert more.result["epochs"] == 31

    def test_three_parts_are_training_validation_and_test(self, here: Path) -> None:
        (here / "mine_three.py").write_text(MINE)
        run = train('data python "mine_three:three"', allow_python=True, batch=4, epochs=1)
        assert run.metrics[0]["val_accuracy"] is not None
        assert run.evaluate()["images"] == 6

    def test_a_function_is_told_where_data_lies(self, here: Path) -> None:
        (here / "mine_found.py").write_text(MINE)
        (here / "sets").mkdir()
        x = np.zeros((20, 8, 8, 3), np.uint8)
        np.savez(here / "sets" / "mine.npz", x=x, y=np.arange(20) % 2)
        line = 'data python "mine_found:found"'
        run = train(line, allow_python=True, data_root=here / "sets", epochs=1)
        assert run.evaluate()["images"] == 4

    def test_a_function_is_the_loss(self, here: Path) -> None:
        (here / "mine_loss.py").write_text(MINE)
        text = 'data random\nloss python "mine_loss:loss"'
        run = train(text, allow_python=True, epochs=1)
        plain = train("data random", epochs=1)
        assert run.result["test_loss"] == pytest.approx(2 * plain.result["test_loss"], rel=0.05)

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("no_number", r"expected a tensor of one number of mine_bad:no_number, got \(\d+, 2\)"),
            ("one_argument", "mine_bad:one_argument failed: TypeError: .* 2 were given"),
        ],
    )
    def test_a_loss_that_is_none_is_told(self, name: str, message: str, here: Path) -> None:
        (here / "mine_bad.py").write_text(MINE)
        with pytest.raises(RunError, match=message):
            train("data random", loss=f"python mine_bad:{name}", allow_python=True, epochs=1)

    def test_nothing_is_imported_without_leave(self, here: Path) -> None:
        (here / "mine_never.py").write_text("raise SystemExit(9)")
        for text in ('data python "mine_never:load"', 'data random\nloss python "mine_never:f"'):
            with pytest.raises(archc.ArchError, match="E0422"):
                train(text)

    @pytest.mark.parametrize(
        ("place", "message"),
        [
            ("mine_broken:broken", "expected two parts"),
            ("mine_broken:failing", "got Rows, which fails: RuntimeError: a bad row"),
            ("mine_broken:missing", "cannot import mine_broken:missing: AttributeError"),
            ("not_there:f", "cannot import not_there:f: ModuleNotFoundError"),
        ],
    )
    def test_what_fails_is_one_line(self, place: str, message: str, here: Path) -> None:
        (here / "mine_broken.py").write_text(MINE)
        with pytest.raises(RunError, match=message):
            train(f'data python "{place}"', allow_python=True)


class TestPaths:
    def test_those_of_a_spec_stay_inside_the_project(self, tmp_path: Path) -> None:
        (tmp_path / "project").mkdir()
        spec = tmp_path / "project" / "net.arch"
        for path in ("../d.npz", str(tmp_path / "d.npz")):
            spec.write_text(f'{NET}train {{ data npz "{path}" }}')
            with pytest.raises(archc.ArchError, match="E0421"):
                archc.train(spec)

    def test_those_of_the_command_line_are_free(self, here: Path, run_archc: RunPython) -> None:
        pictures(here / "elsewhere" / "images")
        (here / "project").mkdir()
        (here / "project" / "net.arch").write_text(NET)
        data = 'folder "../elsewhere/images"'
        options = ("--data", data, "--run", "mine", "--epochs", "1")
        done = run_archc("train", "net.arch", *options, cwd=here / "project")
        assert done.returncode == 0, done.stderr
        done = run_archc("eval", "project/mine", cwd=here)
        assert done.returncode == 0, done.stderr
