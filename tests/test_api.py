"""The Python API."""

from pathlib import Path

import pytest
import torch

import archc

NET = "conv 8 k3 | relu | flatten | fc 10"


def test_check_reports_shapes_and_parameters() -> None:
    report = archc.check("conv 32 k3 p1 | relu | flatten | fc 10", input="1x28x28")
    assert report.ok
    assert report.input == (1, 28, 28)
    assert report.output == (10,)
    assert report.parameters == 251_210
    assert report.diagnostics == ()


def test_check_reports_mistakes_without_raising() -> None:
    report = archc.check("conv 32 k3\nfc 10", input="1x28x28")
    assert not report.ok
    assert report.output is None
    assert report.parameters is None
    (problem,) = report.diagnostics
    assert (problem.code, problem.severity, problem.file) == ("E0301", "error", "<text>")
    assert (problem.line, problem.column, problem.end_line, problem.end_column) == (2, 1, 2, 6)
    assert problem.help is not None


def test_other_functions_raise_what_check_reports() -> None:
    for function in (archc.build, archc.load, archc.compile, archc.summary, archc.draw):
        with pytest.raises(archc.ArchError) as raised:
            function("conv 8\nfc 10", input="1x8x8")
        assert [d.code for d in raised.value.diagnostics] == ["E0301"]
        assert str(raised.value).startswith("<text>:2:1: error[E0301]")


def test_a_string_is_a_path_if_it_ends_in_arch(tmp_path: Path) -> None:
    file = tmp_path / "net.arch"
    file.write_text(f"input 1x8x8\n{NET}")
    assert archc.check(str(file)).ok
    assert archc.check(file).ok
    assert archc.check(f"input 1x8x8\n{NET}").ok
    assert "class Net(" in archc.build(file)
    with pytest.raises(FileNotFoundError):
        archc.check("missing.arch")


def test_a_path_object_is_always_a_path(tmp_path: Path) -> None:
    file = tmp_path / "net.txt"
    file.write_text(f"input 1x8x8\n{NET}")
    assert archc.check(file).ok


def test_shipped_specs_are_found_by_their_path() -> None:
    assert archc.check("specs/lenet.arch").parameters == 62_006
    assert archc.check("lenet.arch").parameters == 62_006


def test_build_names_the_class() -> None:
    assert "class Net(nn.Module)" in archc.build(NET, input="1x8x8")
    assert "class Mine(nn.Module)" in archc.build(NET, input="1x8x8", name="Mine")


def test_load_fills_the_network_from_a_state_dict_or_its_file(tmp_path: Path) -> None:
    state = archc.compile(NET, input="1x8x8").state_dict()
    file = tmp_path / "weights.pt"
    torch.save(state, file)
    for weights in (state, file, str(file)):
        net = archc.load(NET, input="1x8x8", weights=weights)
        assert all(torch.equal(a, state[name]) for name, a in net.state_dict().items())


def test_importing_and_checking_leave_torch_alone(run_python) -> None:  # type: ignore[no-untyped-def]
    code = (
        "import sys, archc\n"
        f"archc.check({NET!r}, input='1x8x8'); archc.build({NET!r}, input='1x8x8')\n"
        "assert not {'torch', 'torchvision', 'numpy', 'graphviz'} & sys.modules.keys()"
    )
    done = run_python("-c", code)
    assert done.returncode == 0, done.stderr


def test_summaries_and_drawings_take_a_depth() -> None:
    spec = "specs/torchvision/resnet.arch:resnet18"
    folded, all_rows = archc.summary(spec, depth=1), archc.summary(spec)
    assert len(folded.rows) < len(all_rows.rows)
    assert folded.macs == all_rows.macs
    assert len(archc.draw(spec, depth=1).dot) < len(archc.draw(spec).dot)


def test_the_title_of_a_block_s_diagram_says_its_name_once() -> None:
    title = archc.draw("specs/torchvision/resnet.arch:resnet18").dot.split("label=<")[1]
    assert title.split("params")[0].count("resnet18") == 1
