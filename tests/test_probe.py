"""Modules of torch by name and Python layers: their shapes, and what goes wrong with them."""

import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from conftest import RunPython
from torch import nn

import archc
from archc.cli.main import main
from archc.cost import summarize
from archc.layers.foreign import Foreign
from archc.pipeline import Analysis, analyse
from archc.probe import (
    CONTAINERS,
    TORCH_MODULES,
    Construction,
    Probe,
    PythonClass,
    Signature,
    Silent,
    process,
)
from archc.spec import from_text

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


@pytest.fixture(scope="module")
def probe() -> Iterator[Probe]:
    """One child for all tests that leave it alive."""
    with Probe() as own:
        yield own


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


@pytest.fixture
def without_torch(tmp_path: Path) -> dict[str, str]:
    """An environment whose Python for questions sees no installed packages."""
    script = tmp_path / "bare-python"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    script.chmod(0o755)
    return {"ARCHC_PYTHON": str(script)}


def checked(probe: Probe, text: str, folder: Path | None = None) -> Analysis:
    spec = from_text(text)
    if folder is not None:
        spec = spec._replace(folder=str(folder), allow_python=True)
    return analyse(spec, probe=probe)


def codes(analysis: Analysis) -> list[str]:
    return [diagnostic.code for diagnostic in analysis.diagnostics]


# --- modules of torch ---


def test_the_table_has_torchs_own_names() -> None:
    names = {
        name
        for name, found in vars(nn).items()
        if inspect.isclass(found) and issubclass(found, nn.Module)
    }
    assert set(TORCH_MODULES) == names
    assert set(CONTAINERS) <= names


@pytest.mark.parametrize(("step", "x", "out"), Foreign.examples)
def test_examples_of_the_page(probe: Probe, step: str, x: str, out: str) -> None:
    before = f"input {x}\n" if "Transformer" not in step else "input 64x16\ntokens | "
    analysis = checked(probe, before + step)
    assert analysis.diagnostics == ()
    assert str(analysis.graph.output) == out


@pytest.mark.parametrize(
    ("steps", "layout", "out"),
    [
        ("nn.Hardshrink", "first", (3, 8, 8)),
        ("nn.Flatten", "vector", (192,)),
        ("nn.Flatten start_dim=2", "first", (3, 64)),
        ("hwc | nn.LayerNorm C", "last", (8, 8, 3)),
        ("tokens | nn.Linear C 5", "last", (64, 5)),
        ("tokens | nn.Unflatten 1 [8 8] | chw", "first", (3, 8, 8)),
        ("nn.Conv2d in_channels=C out_channels=4 kernel_size=[3 1]", "first", (4, 6, 8)),
        ("nn.Conv2d C 4 3 padding=same padding_mode=reflect", "first", (4, 8, 8)),
        ('nn.Conv2d C 4 3 padding="same" bias=no', "first", (4, 8, 8)),
        ("nn.AdaptiveAvgPool2d [4 none]", "first", (3, 4, 8)),
        ("nn.ReLU inplace=yes", "first", (3, 8, 8)),
    ],
)
def test_layouts_and_arguments(probe: Probe, steps: str, layout: str, out: object) -> None:
    analysis = checked(probe, f"input 3x8x8\n{steps}")
    assert analysis.diagnostics == ()
    assert (analysis.graph.output.layout, analysis.graph.output.dims) == (layout, out)


def test_token_ids(probe: Probe) -> None:
    words = checked(probe, "input 16 int\nnn.Embedding 100 8 | mha 2").graph
    assert (words.output.layout, words.output.dims) == ("last", (16, 8))
    bag = checked(probe, "input 16 int\nnn.EmbeddingBag 100 8 | fc 2").graph
    assert bag.output.dims == (2,)


def test_wherever_a_step_may_stand(probe: Probe) -> None:
    text = """
input 3x8x8
default nn.Conv2d bias=no padding=1
block unit(act, c=4) { add(nn.Conv2d C c 3 | act, conv c k1) | act }
block norm = nn.GroupNorm 2
block norms = norm
block shrink = nn.Hardshrink lambd=.1
share same = nn.PReLU
unit nn.Tanhshrink | unit relu | unit shrink 6 | same
with nn.Conv2d stride=2 { stem: nn.Conv2d C 6 3 }
2 * { nn.Softshrink | norms C affine=no } | same | for l in [.1 .2] { nn.Softshrink l }
if nn.ReLU == nn.ReLU { 2 * nn.CELU } else { nn.Hardshrink }
"""
    analysis = checked(probe, text)
    assert analysis.diagnostics == ()
    assert analysis.graph.output.dims == (6, 4, 4)
    names = [item.name for item in analysis.graph.layers()]
    assert names[:3] == ["unit1.nn_Conv2d1", "unit1.act1", "unit1.conv1"]
    assert "stem" in names
    assert "repeat1.1.norms1" in names
    module = archc.compile(text)
    assert module(torch.randn(2, 3, 8, 8)).shape == (2, 6, 4, 4)
    tensors = [
        (f"{item.name}.{tensor.name}", tensor.shape)
        for item in analysis.graph.layers()
        for tensor in item.layer.tensors(item.input_shape)
    ]
    # The share comes at each of its uses.
    distinct = list(dict.fromkeys(tensors))
    assert [(name, tuple(t.shape)) for name, t in module.state_dict().items()] == distinct
    assert analysis.graph.parameters == sum(p.numel() for p in module.parameters())


def test_a_loop_that_starts_weights_leaves_foreign_modules_alone() -> None:
    text = (
        "input 8x16\ntokens\ndefault fc w=zeros\n"
        "nn.TransformerEncoderLayer 8 2 batch_first=yes dim_feedforward=8\nfc 8 | fc 8 | fc 8"
    )
    started = archc.compile(text).state_dict()
    assert all(not started[f"fc{number}.weight"].any() for number in (1, 2, 3))
    assert started["nn_TransformerEncoderLayer1.linear1.weight"].any()


@pytest.mark.parametrize(
    ("step", "code", "place", "words"),
    [
        ("nn.Hardshirnk", "E0201", (1, 14), "did you mean `nn.Hardshrink`?"),
        ("nn.functional.relu", "E0201", (1, 19), ""),
        ("hardshrink", "E0201", (1, 11), "write `nn.Hardshrink`"),
        ("nn.Conv2d 3 8 3 strde=2", "E0202", (17, 22), "did you mean `stride`?"),
        ("nn.Conv2d 3 8 k3", "E0202", (15, 17), "`kernel_size`"),
        ("nn.Conv2d 3 8", "E0204", (1, 14), "kernel_size=..."),
        ("nn.Hardshrink 1 2", "E0205", (17, 18), ""),
        ("nn.Conv2d 3 8 3 in_channels=3", "E0206", (17, 30), ""),
        ("nn.Conv2d 3 8 3 padding=he(fan_in)", "E0203", (25, 35), ""),
        ("nn.ReLU tanh", "E0208", (9, 13), ""),
        ("nn.Conv2d 4 8 3", "E0251", (1, 16), "`conv` does this here"),
        ("nn.Conv2d 3 8 3 groups=2", "E0251", (1, 25), ""),
        ("nn.Sequential", "E0250", (1, 14), "`|`"),
        ("nn.MSELoss", "E0250", (1, 11), "loss"),
        ("nn.MultiheadAttention 3 1", "E0250", (1, 26), "`mha`"),
        ("tokens | nn.LSTM 3 3", "E0250", (10, 21), "`lstm`"),
        ("nn.MaxPool2d 2 return_indices=yes", "E0250", (1, 34), "`pool`"),
        ("nn.LazyConv2d 8 3", "E0250", (1, 18), "`conv`"),
        ("nn.Bilinear 8 8 8", "E0250", (1, 18), None),
        ("nn.Flatten 0", "E0250", (1, 13), "`flatten`"),
        ("nn.Flatten { relu }", "E0225", (12, 20), "`|`"),
    ],
)
def test_what_is_refused(
    probe: Probe, step: str, code: str, place: tuple[int, int], words: str | None
) -> None:
    (found,) = checked(probe, f"input 3x8x8\n{step}\nflatten | fc 10").diagnostics
    assert (found.code, found.line) == (code, 2)
    assert (found.column, found.end_column) == place
    assert (found.help is None) if words is None else (words in (found.help or ""))


def test_torchs_own_words_are_shown(probe: Probe) -> None:
    (found,) = checked(probe, "input 3x8x8\nnn.Conv2d 4 8 3").diagnostics
    assert "to have 4 channels, but got 3 channels instead" in found.message
    assert found.note == "called with a batch of 2, (2, 3, 8, 8)"
    assert [label.message for label in found.labels] == ["the input is 3x8x8"]


def test_what_is_not_built_is_checked_for_names_and_keys(probe: Probe) -> None:
    text = "input 3x8x8\nblock unused(c) { nn.Conv2d c c 3 strde=2 | nn.Hardshirnk }\nrelu"
    assert codes(checked(probe, text)) == ["E0202", "E0201"]


def test_sizes_beyond_memory_are_unknown(probe: Probe) -> None:
    analysis = checked(probe, "input 8\nnn.Linear 8 100000000000 | fc 3 | conv cc=3")
    assert codes(analysis) == ["W0105", "E0202"]


def test_costs(probe: Probe) -> None:
    graph = checked(probe, "input 3x8x8\nnn.Conv2d 3 4 3").graph
    assert (graph.parameters, graph.macs) == (112, 0)
    graph = checked(probe, "input 3x8x8\nconv 4 k3 | nn.Hardshrink | flatten").graph
    fields = [row.receptive_field for row in summarize(graph).rows]
    assert fields == [(3, 3), None, (8, 8)]


@pytest.mark.parametrize(
    ("step", "out"),
    [
        ("nn.Hardshrink", "3x?x?"),
        ("nn.Conv2d 3 8 3 padding=1", "8x?x?"),
        ("nn.AdaptiveAvgPool2d [2 none]", "3x2x?"),
        ("nn.AdaptiveAvgPool2d 2 | nn.Flatten", "12"),
    ],
)
def test_open_sizes(probe: Probe, step: str, out: str) -> None:
    analysis = checked(probe, f"input 3x?x?\n{step}")
    assert analysis.diagnostics == ()
    assert str(analysis.graph.output) == out


@pytest.mark.parametrize("step", ["nn.Flatten", "nn.Conv2d 3 8 3", "nn.Linear 8 8"])
def test_open_sizes_that_are_not_told(probe: Probe, step: str) -> None:
    assert codes(checked(probe, f"input 3x?x?\n{step} | fc 3")) == ["W0105"]


# --- without torch ---


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


# --- Python layers ---

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


# --- the child ---


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
