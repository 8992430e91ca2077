"""`archc check`, `build` and `explain` as a user types them."""

import json
from pathlib import Path

import pytest
from conftest import RunPython

GOOD = "input 1x28x28\nconv 32 k3 p1 | relu | flatten | fc 10\n"
BAD = "input 1x28x28\nconv 32 k3\nfc 10\n"


def test_check_prints_one_line_a_file(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "a.arch").write_text(GOOD)
    (tmp_path / "b.arch").write_text(GOOD)
    done = run_archc("check", "a.arch", "b.arch")
    assert done.returncode == 0
    assert done.stdout == (
        "a.arch: ok, 1x28x28 -> 10, 251,210 parameters\n"
        "b.arch: ok, 1x28x28 -> 10, 251,210 parameters\n"
    )
    assert done.stderr == ""


def test_check_prints_diagnostics_to_standard_output(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "bad.arch").write_text(BAD)
    done = run_archc("check", "bad.arch")
    assert done.returncode == 1
    assert done.stdout.startswith("bad.arch:3:1: error[E0301]: `fc` takes a vector")
    assert done.stderr == "bad.arch: 1 error\n"


def test_check_goes_on_with_the_other_files(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "bad.arch").write_text(BAD)
    (tmp_path / "good.arch").write_text(GOOD)
    done = run_archc("check", "bad.arch", "good.arch")
    assert done.returncode == 1
    assert "good.arch: ok" in done.stdout


def test_check_as_json(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "bad.arch").write_text(BAD)
    done = run_archc("check", "--format", "json", "bad.arch", "lenet")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert answer["version"] == 1
    bad, lenet = answer["files"]
    assert (bad["file"], bad["ok"], bad["input"], bad["output"]) == (
        "bad.arch",
        False,
        [1, 28, 28],
        None,
    )
    (problem,) = bad["diagnostics"]
    assert (problem["code"], problem["severity"]) == ("E0301", "error")
    assert (problem["line"], problem["column"], problem["end_column"]) == (3, 1, 6)
    assert {"file", "line", "column", "end_line", "end_column", "message"} == set(
        problem["labels"][0]
    )
    assert lenet == {
        "file": "specs/lenet.arch",
        "ok": True,
        "input": [3, 32, 32],
        "output": [10],
        "parameters": 62006,
        "diagnostics": [],
    }


def test_specs_come_in_every_way(run_archc: RunPython) -> None:
    text = "conv 8 k3 | flatten | fc 2"
    assert "-: ok" in run_archc("check", "-", stdin=GOOD).stdout
    assert "-e: ok, 1x8x8 -> 2" in run_archc("check", "-e", text, "--input", "1x8x8").stdout
    assert "specs/lenet.arch: ok" in run_archc("check", "lenet").stdout
    assert "specs/lenet.arch: ok" in run_archc("check", "specs/lenet.arch").stdout
    assert "specs/warmups/wide.arch: ok" in run_archc("check", "warmups/wide").stdout


def test_input_replaces_the_files_own(run_archc: RunPython) -> None:
    done = run_archc("check", "warmups/wide", "--input", "1x8x8")
    assert "ok, 1x8x8 -> 1x4x4" in done.stdout
    done = run_archc("check", "warmups/wide", "--input", "8x")
    assert done.returncode == 1
    assert done.stdout.startswith("--input:1:")


@pytest.mark.parametrize("shape", ["9223372036854775807", "3x0x3", "three"])
def test_a_mistaken_input_is_one_mistake(run_archc: RunPython, shape: str) -> None:
    done = run_archc("check", "-e", "relu", "--input", shape)
    assert done.stdout.startswith("--input:1:")
    assert done.stdout.count("error[") == 1


def test_wrong_usage_has_status_2(run_archc: RunPython) -> None:
    for arguments in (
        ["check"],
        ["check", "missing.arch"],
        ["check", "lenet", "--format", "xml"],
        ["build", "lenet", "mnist"],
        ["build", "lenet", "--name", "3x"],
        ["explain", "E9999"],
    ):
        done = run_archc(*arguments)
        assert done.returncode == 2, arguments
        assert "Traceback" not in done.stderr
        assert done.stdout == ""


def test_a_missing_spec_is_said_in_one_line(run_archc: RunPython) -> None:
    done = run_archc("check", "lenett")
    assert done.stderr == (
        "archc: lenett: no such file, and no shipped spec of this name; did you mean the shipped"
        " spec `lenet`?\n"
    )


def test_a_text_that_is_not_utf8(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "bad.arch").write_bytes(b"input 1x8x8\nrelu # \xff\n")
    done = run_archc("check", "bad.arch")
    assert done.returncode == 1
    assert "bad.arch:2:8: error[E0002]" in done.stdout + done.stderr


def test_byte_order_mark_and_windows_line_ends(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "a.arch").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert run_archc("check", "a.arch").returncode == 0


def test_colour_is_a_choice(run_archc: RunPython) -> None:
    arguments = ["check", "-e", "input 1x8x8\nfc 2"]
    assert "\x1b[" not in run_archc(*arguments).stdout
    assert "\x1b[" in run_archc("--color", "always", *arguments).stdout
    assert "\x1b[" in run_archc(*arguments, env={"FORCE_COLOR": "1"}).stdout
    assert "\x1b[" not in run_archc(*arguments, env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout


def test_build_writes_to_standard_output_or_a_file(run_archc: RunPython, tmp_path: Path) -> None:
    printed = run_archc("build", "lenet")
    assert printed.returncode == 0
    assert "class Lenet(nn.Module):" in printed.stdout
    written = run_archc("build", "lenet", "-o", "net.py", "--name", "LeNet")
    assert written.returncode == 0
    assert written.stdout == ""
    assert "class LeNet(nn.Module):" in (tmp_path / "net.py").read_text()


def test_build_of_a_mistaken_spec_writes_nothing(run_archc: RunPython, tmp_path: Path) -> None:
    done = run_archc("build", "-e", BAD, "-o", "net.py")
    assert done.returncode == 1
    assert "-e:3:1: error[E0301]" in done.stderr
    assert not (tmp_path / "net.py").exists()


def test_explain(run_archc: RunPython) -> None:
    page = run_archc("explain", "e0301")
    assert page.returncode == 0
    assert page.stdout.startswith("# E0301: ")
    assert "Right:" in page.stdout
    listing = run_archc("explain")
    assert "E0302  " in listing.stdout


def test_module_can_be_run(run_python: RunPython) -> None:
    assert "specs/lenet.arch: ok" in run_python("-m", "archc", "check", "lenet").stdout


def test_explain_shows_both_examples_as_check_prints_them(run_archc: RunPython) -> None:
    page = run_archc("explain", "E0303").stdout
    assert "    net.arch:3:8: error[E0303]: `conv` needs an input of at least 5x5, got 2x2" in page
    assert "    net.arch: ok, 1x8x8 -> 8x2x2, 80 parameters" in page
