"""Layers from Python: with leave alone, and whatever they do."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from conftest import RunPython
from probing import checked, codes

import archc
from archc.cli.main import main
from archc.probe import (
    Probe,
    process,
)

GATE = """\
import pathlib
import torch
from torch import nn

print('{"sizes": "none"} garbage')
pathlib.Path(__file__).with_name("imported").touch()


class Gate(nn.Module):
    def __init__(self, channels, sizes=(1,), act="relu", **more):
        super().__init__()
        self.fc = nn.Linear(channels, channels)
        self.scale = nn.Parameter(torch.ones(channels))
        self.register_buffer("steps", torch.zeros(1))
        self.tied = self.scale
        assert isinstance(sizes, tuple) and type(act) is str

    def forward(self, x):
        print("more garbage")
        return x * self.scale + self.fc(x)
"""

TROUBLE = """\
import ctypes, os, sys
import torch
from torch import nn


class Trouble(nn.Module):
    def __init__(self, what):
        super().__init__()
        self.what = what

    def forward(self, x):
        if self.what == "exit":
            os._exit(3)
        if self.what == "leave":
            sys.exit("bye")
        if self.what == "crash":
            ctypes.string_at(0)
        if self.what == "eat":
            return x + len(bytearray(10**11))
        if self.what == "forge":
            for file in range(3, 20):
                try:
                    os.write(file, b"]garbage\\n")
                except OSError:
                    pass
        if self.what == "read":
            return x + len(sys.stdin.read())
        if self.what == "raise":
            raise ValueError("first\\x1b[31m\\nsecond")
        if self.what == "pair":
            return x, x
        if self.what == "total":
            return x.sum()
        if self.what == "double":
            return x.double()
        while self.what == "loop":
            pass
        return x
"""


def write_parts(folder: Path) -> Path:
    """Python layers in a package."""
    (folder / "parts").mkdir()
    (folder / "parts" / "gate.py").write_text(GATE)
    (folder / "parts" / "trouble.py").write_text(TROUBLE)
    (folder / "parts" / "boom.py").write_text("raise RuntimeError('boom')")
    return folder


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with Python layers for tests that change nothing: one child serves them all."""
    return write_parts(tmp_path_factory.mktemp("shared"))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """The same for one test, which may load them."""
    yield write_parts(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "parts"]:
        del sys.modules[name]


USE = 'use python "parts.gate:Gate" as gate\n'


def test_nothing_is_imported_without_leave(run_archc: RunPython, project: Path) -> None:
    (project / "net.arch").write_text(f"input 1x8x8\n{USE}flatten | gate 64 | fc 10 | gate")
    for command in (["check"], ["build"], ["train", "--data", "digits"]):
        done = run_archc(*command, "net.arch", cwd=project)
        assert done.returncode == 1
        shown = done.stdout + done.stderr
        assert "net.arch:2:12: error[E0244]" in shown
        assert "--allow-python" in shown
        assert shown.count("error[") == 1
    assert not (project / "parts" / "imported").exists()


def test_a_python_layer(run_archc: RunPython, project: Path) -> None:
    (project / "pyproject.toml").touch()
    (project / "nets").mkdir()
    step = "gate C sizes=[1 2] act=gelu extra=none"
    (project / "nets" / "net.arch").write_text(f"input 8\n{USE}{step} | 2 * gate 8 | fc 2")
    done = run_archc("check", "nets/net.arch", "--allow-python", cwd=project)
    assert done.stdout == "nets/net.arch: ok, 8 -> 2, 258 parameters\n"
    assert (project / "parts" / "imported").exists()
    source = run_archc("build", "nets/net.arch", "--allow-python", cwd=project).stdout
    assert "from torch import nn\n\nfrom parts.gate import Gate\n" in source
    assert 'self.gate1 = Gate(8, sizes=(1, 2), act="gelu", extra=None)' in source
    net = archc.load(project / "nets" / "net.arch", allow_python=True)
    names = ["scale", "tied", "steps", "fc.weight", "fc.bias"]
    assert list(net.state_dict())[:5] == [f"gate1.{name}" for name in names]
    assert str(project) not in sys.path


def test_a_run_needs_leave_again(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = f"{USE}flatten | fc 16 | gate 16 | fc 10\ntrain {{ data digits | epochs 1 }}"
    (project / "net.arch").write_text(text)
    run = project / "runs" / "first"
    done = archc.train(project / "net.arch", run=run, allow_python=True)
    assert done.result["parameters"] == 64 * 16 + 16 + 16 * 16 + 2 * 16 + 170
    for command in (["eval", str(run)], ["train", "--resume", str(run), "--epochs", "2"]):
        assert main(command) == 1
        assert "E0244" in capsys.readouterr().err
        assert main([*command, "--allow-python"]) == 0


def test_layers_as_values_and_in_used_files(probe: Probe, project: Path) -> None:
    (project / "lib.arch").write_text(f"{USE}block gated {{ gate C }}\nblock unit(act) {{ act 8 }}")
    text = f'input 8\n{USE}use "lib.arch"\ngated | unit gate'
    analysis = checked(probe, text, project)
    assert analysis.diagnostics == ()
    assert analysis.graph.parameters == 2 * (72 + 8)


def test_names_of_classes_do_not_clash(project: Path) -> None:
    (project / "parts" / "more.py").write_text("from parts.gate import Gate as Scale\n")
    (project / "parts" / "other.py").write_text("from parts.gate import Gate\n")
    text = (
        f'input 8\n{USE}use python "parts.other:Gate" as other\n'
        'use python "parts.more:Scale" as scaled\n'
        "block gate_(c) { fc c | gate c }\nblock net { gate_ 8 | other 8 | scaled 8 | scale }"
    )
    (project / "gates.arch").write_text(text)
    place = f"{project / 'gates.arch'}:net"
    source = archc.build(place, allow_python=True, name="Gate")
    assert "from parts.gate import Gate as Gate_\n" in source
    assert "from parts.more import Scale as Scale_\n" in source
    assert "from parts.other import Gate as Gate__\n" in source
    net = archc.load(place, allow_python=True)
    assert net(torch.randn(2, 8)).shape == (2, 8)


@pytest.mark.parametrize(
    ("target", "code", "words"),
    [
        ("parts.gate", "E0247", "pkg.module:Class"),
        ("parts.gate:import", "E0247", ""),
        ("a b:c", "E0247", ""),
        ("parts.nope:Gate", "E0248", "ModuleNotFoundError"),
        ("parts.gate:Gat", "E0248", "AttributeError"),
        ("parts.boom:Gate", "E0248", "RuntimeError: boom"),
        ("os:system", "E0248", "no class of torch.nn.Module"),
    ],
)
def test_what_cannot_be_imported(
    probe: Probe, shared: Path, target: str, code: str, words: str
) -> None:
    text = f'input 8\nuse python "{target}" as gate\ngate 8 | fc 3 | gate 9'
    (found,) = checked(probe, text, shared).diagnostics
    assert (found.code, found.line, found.column) == (code, 2, 12)
    assert words in found.message


@pytest.mark.parametrize(
    ("what", "code", "words"),
    [
        ("nothing", None, ""),
        ("read", None, ""),
        ("raise", "E0251", "ValueError: first"),
        ("leave", "E0251", "SystemExit: bye"),
        ("exit", "E0251", "it ends the process with status 3"),
        ("pair", "E0250", "gives a tuple"),
        ("total", "E0250", "without the batch of 2"),
        ("double", "E0250", "torch.float64"),
        ("crash", "W0105", "SIGSEGV"),
        ("eat", "W0105", "more than 4 GiB"),
        ("forge", "W0105", "where its answer is expected"),
    ],
)
def test_trouble(probe: Probe, shared: Path, what: str, code: str | None, words: str) -> None:
    text = (
        'input 8\nuse python "parts.trouble:Trouble" as trouble\n'
        f"nn.Hardshrink | trouble {what} | output y\n@x | nn.ReLU"
    )
    analysis = checked(probe, text.replace("input 8", "input x 8"), shared)
    assert codes(analysis) == ([code] if code else [])
    assert all(words in found.message and found.column == 17 for found in analysis.diagnostics)
    # The next child goes on where the last one ended.
    assert analysis.graph.output.dims == (8,)


def test_what_does_not_answer_is_stopped(monkeypatch: pytest.MonkeyPatch, shared: Path) -> None:
    monkeypatch.setattr(process, "ANSWER_SECONDS", 2.0)
    text = 'input 8\nuse python "parts.trouble:Trouble" as trouble\ntrouble loop | fc 3'
    with Probe() as probe:
        analysis = checked(probe, text, shared)
        assert codes(analysis) == ["W0105"]
        assert "gives no answer within 2 seconds" in analysis.diagnostics[0].message
        assert analysis.ok


def test_projects_do_not_mix(probe: Probe, tmp_path: Path) -> None:
    text = 'input 8\nuse python "gate:Gate" as gate\ngate'
    for width in (3, 5):
        folder = tmp_path / str(width)
        folder.mkdir()
        (folder / "gate.py").write_text(
            "from torch import nn\nclass Gate(nn.Linear):\n"
            f"    def __init__(self):\n        super().__init__(8, {width})\n"
        )
        assert checked(probe, text, folder).graph.output.dims == (width,)
