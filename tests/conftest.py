"""What the tests share: a way to run the program, and settings that suit any machine."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from archc.probe import Probe

if TYPE_CHECKING:
    from archc.training import Run

ROOT = Path(__file__).resolve().parent.parent

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As in a shell's background job, and so in all programs that tests start and interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# One thread a process: the tests run side by side, on networks too small for more.
os.environ["OMP_NUM_THREADS"] = "1"

settings.register_profile("archc", deadline=None)
settings.load_profile("archc")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refresh", action="store_true", help="write the expected files of the corpus anew"
    )


Expect = Callable[[Path, str], None]
RunPython = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_python(tmp_path: Path) -> RunPython:
    """Runs Python with this checkout's archc, in an empty folder."""

    def run(
        *arguments: str,
        cwd: Path = tmp_path,
        stdin: str = "",
        env: Mapping[str, str] = {},
    ) -> "subprocess.CompletedProcess[str]":
        inherited = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd,
            input=stdin,
            env={**inherited, "PYTHONPATH": str(ROOT), **env},
            capture_output=True,
            encoding="utf-8",
            timeout=300,
        )

    return run


@pytest.fixture
def run_archc(run_python: RunPython) -> RunPython:
    """Runs `archc` with the given arguments, in an empty folder."""

    def run(*arguments: str, **options: object) -> "subprocess.CompletedProcess[str]":
        return run_python("-m", "archc", *arguments, **options)

    return run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, where `runs/` goes."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def expect(request: pytest.FixtureRequest) -> Expect:
    """Compares a text with its file, or writes the file."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--refresh"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is missing: run pytest --refresh"
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture(scope="module")
def probe() -> Iterator[Probe]:
    """One child that answers for torch, for all tests of a file that leave it alive."""
    with Probe() as own:
        yield own


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> "Run":
    """A finished run on the digits, in a folder whose name has to be escaped in pages."""
    from trainings import NET

    import archc

    folder = tmp_path_factory.mktemp("finished")
    return archc.train(NET, run=folder / "<run>", data_root=folder, epochs=3)
