"""The package as others get it: sdist, wheel, and the wheel's use with lark and click alone."""

import email
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import click
import lark
import pytest
from conftest import ROOT

from archc import __version__

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


def run(*command: str, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel that is built from the sdist, so that both are complete."""
    folder = tmp_path_factory.mktemp("package")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder), cwd=ROOT)
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "source", filter="data")
    (source,) = (folder / "source").iterdir()
    offline = ["--no-build-isolation", "--no-deps", "--no-index"]
    run(*PIP, "wheel", *offline, "--wheel-dir", str(folder), str(source), cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """A folder with the installed wheel, lark and click, and no other package."""
    site = tmp_path_factory.mktemp("site")
    run(*PIP, "install", "--no-deps", "--no-index", "--target", str(site), str(wheel), cwd=site)
    for module in (lark, click):
        shutil.copytree(Path(module.__file__).parent, site / module.__name__)
    return site


@pytest.fixture
def run_installed(installed, tmp_path):
    """Runs a Python that sees the folder of `installed` alone, from an empty folder."""

    def python(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-S", "-P", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(installed)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=300,
        )

    return python


def below(folder: Path) -> set[str]:
    """All files of a folder that Python did not write, as paths relative to it."""
    files = (file for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc")
    return {file.relative_to(folder).as_posix() for file in files}


def test_wheel_holds_grammar_specs_data_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    shipped = {f"archc/specs/{name}" for name in below(ROOT / "specs") if name[:4] != "bad/"}
    assert "archc/specs/digits.arch" in shipped
    assert shipped == {name for name in names if name.startswith("archc/specs/")}
    assert {
        "archc/grammars/arch.lark",
        "archc/py.typed",
        "archc/data/digits.npz",
        "archc/data/README.md",
    } <= names
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"archc", f"archc-{__version__}.dist-info"}
    assert not [name for name in names if "__pycache__" in name]


def test_metadata(wheel):
    info = f"archc-{__version__}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        metadata = email.message_from_bytes(archive.read(f"{info}/METADATA"))
        scripts = archive.read(f"{info}/entry_points.txt").decode()
    assert metadata["Version"] == __version__
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"
    plain = [text for text in metadata.get_all("Requires-Dist") if "extra ==" not in text]
    assert {text.partition(">=")[0] for text in plain} == {
        "click",
        "graphviz",
        "lark",
        "numpy",
        "torch",
        "torchvision",
    }
    assert "archc = archc.cli.main:main" in scripts


def test_check_needs_lark_and_click_alone(run_installed):
    assert run_installed("-c", "import torch").returncode == 1
    result = run_installed("-m", "archc", "check", "digits")
    assert (result.returncode, result.stderr) == (0, "")
    assert "ok, 1x8x8 -> 10" in result.stdout


def test_build_needs_lark_and_click_alone(run_installed):
    result = run_installed("-m", "archc", "build", "digits")
    assert (result.returncode, result.stderr) == (0, "")
    assert "class Digits(nn.Module):" in result.stdout


def test_train_without_torch_says_what_to_install(run_installed):
    result = run_installed("-m", "archc", "train", "digits")
    assert (result.returncode, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert "pip install torch" in line
