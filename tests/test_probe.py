"""The child that answers for torch, and what is said without torch."""

import json
import sys
from pathlib import Path

import pytest
from conftest import RunPython

import archc
from archc.cli.main import main
from archc.probe import (
    Construction,
    Probe,
    PythonClass,
    Signature,
    Silent,
    process,
)


@pytest.fixture
def without_torch(tmp_path: Path) -> dict[str, str]:
    """An environment whose Python for questions sees no installed packages."""
    script = tmp_path / "bare-python"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    script.chmod(0o755)
    return {"ARCHC_PYTHON": str(script)}


def test_commands_without_torch(
    run_archc: RunPython, tmp_path: Path, without_torch: dict[str, str]
) -> None:
    text = "input 3x8x8\nconv 8 k3 -> a | nn.Hardshrink lambd=.3 | fc 3\n@a | relu"
    (tmp_path / "net.arch").write_text(text)
    done = run_archc("check", "net.arch", env=without_torch)
    assert done.returncode == 0
    assert done.stdout.startswith("net.arch:2:18: warning[W0105]")
    assert "bare-python has no torch" in done.stdout
    assert done.stdout.endswith("net.arch: ok, 3x8x8 -> an unknown shape\n")
    answer = json.loads(
        run_archc("check", "net.arch", "--format", "json", env=without_torch).stdout
    )
    assert answer["files"][0]["ok"] is True
    assert answer["files"][0]["output"] is None
    for command in (["build"], ["summary"], ["draw", "-o", "net.dot"]):
        done = run_archc(command[0], "net.arch", *command[1:], env=without_torch)
        assert (done.returncode, done.stdout) == (1, "")
        assert "error[E0249]" in done.stderr


def test_mistakes_are_found_without_torch(
    monkeypatch: pytest.MonkeyPatch, without_torch: dict[str, str]
) -> None:
    monkeypatch.setenv("ARCHC_PYTHON", without_torch["ARCHC_PYTHON"])
    text = "input 3x8x8\nnn.Hardshrink | fc 3 cc=2\nblock b { nn.Sequential | nn.Hardshirnk }"
    found = archc.check(text).diagnostics
    assert [d.code for d in found] == ["W0105", "E0202", "E0250", "E0201"]


def test_a_python_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHC_PYTHON", "/no/such/python")
    report = archc.check("input 8\nnn.ReLU")
    assert report.ok
    assert "/no/such/python does not start" in report.diagnostics[0].message


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[process.Child]:
    """The children that a test starts."""
    children: list[process.Child] = []

    class Noted(process.Child):
        def __init__(self) -> None:
            super().__init__()
            children.append(self)

    monkeypatch.setattr(process, "Child", Noted)
    return children


def is_over(child: process.Child) -> bool:
    with pytest.raises(process.Died):
        child.ask("{}")
    return True


def test_a_question_is_asked_once_and_the_child_ends(started: list[process.Child]) -> None:
    made = Construction(PythonClass("torch.nn", "Linear"), (8, 3), ())
    with Probe() as probe:
        assert not started
        first = probe.run(made, (8,))
        waited = started[0].seconds
        assert probe.run(made, (8,)) == first
        assert started[0].seconds == waited
    assert is_over(started[0])
    assert probe.run(made, (8,)) == first
    assert len(started) == 1


def test_networks_without_such_steps_start_no_child(started: list[process.Child]) -> None:
    assert archc.check("input 3x8x8\nconv 8 | relu").ok
    assert not started


def test_a_check_of_several_networks_starts_one_child(
    started: list[process.Child], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lib.arch"
    file.write_text("input 8\nblock a { nn.ReLU }\nblock b { nn.Linear C 3 }")
    assert main(["check", str(file)]) == 0
    assert capsys.readouterr().out.count(": ok, 8 -> ") == 2
    assert len(started) == 1
    assert is_over(started[0])


def test_patience_ends(monkeypatch: pytest.MonkeyPatch, started: list[process.Child]) -> None:
    monkeypatch.setattr("archc.probe.MAX_SECONDS", 0.0)
    with Probe() as probe:
        cls = PythonClass("torch.nn", "ReLU")
        assert isinstance(probe.signature(cls), Signature)
        assert isinstance(probe.run(Construction(cls, (), ()), (3,)), Silent)
        assert is_over(started[0])
