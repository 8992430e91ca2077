"""`archc check` for programs, GitHub and code scanning; `[tool.archc]`; `--watch`."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT, RunPython

from archc.cli.project import project_settings

BAD = "input 1x28x28\nconv 32 k3 -> skip\nfc 10\n"


def test_concise_is_a_line_a_mistake(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "bad.arch").write_text(BAD)
    done = run_archc("check", "--format", "concise", "bad.arch", "lenet")
    assert done.stdout == (
        "bad.arch:2:15: warning[W0101]: expected `@skip` further down, got none\n"
        "bad.arch:3:1: error[E0301]: `fc` takes a vector, got the 32x26x26 map\n"
        "specs/lenet.arch: ok, 3x32x32 -> 10, 62,006 parameters\n"
    )


def test_github_commands_are_escaped(run_archc: RunPython, tmp_path: Path) -> None:
    name = "a,b:c%.arch"
    (tmp_path / name).write_text("input 1x28x28\nfc 10\nrelu \x1b\n")
    done = run_archc("check", "--format", "github", name)
    first, second = done.stdout.splitlines()
    assert first == (
        "::error file=a%2Cb%3Ac%25.arch,line=2,col=1,endLine=2,endColumn=6,title=archc E0301::"
        "`fc` takes a vector, got the 1x28x28 map"
        "%0Ahelp: put `flatten` (784 features) or `gap | flatten` in front of it"
    )
    assert second.startswith("::error file=a%2Cb%3Ac%25.arch,line=3,col=6,")
    assert "\x1b" not in done.stdout


def test_sarif(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "my net.arch").write_text(BAD)
    done = run_archc("check", "--format", "sarif", "my net.arch", "lenet")
    assert done.returncode == 1
    log = json.loads(done.stdout)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["E0301", "W0101"]
    assert "Right:" in rules[0]["help"]["text"]
    warning, error = run["results"]
    assert (warning["level"], error["level"]) == ("warning", "error")
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
    place = error["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "my%20net.arch"}
    region = {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 6}
    assert place["region"] == region
    assert len(error["fixes"]) == 2
    replacement = error["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert replacement["insertedContent"] == {"text": "flatten | "}
    assert replacement["deletedRegion"]["startLine"] == 3


def test_networks_of_a_library_share_their_mistakes(run_archc: RunPython, tmp_path: Path) -> None:
    text = "input 3x8x8\nblock unit { conv 8 k9 }\nblock a { unit }\nblock b { relu | unit }\n"
    (tmp_path / "lib.arch").write_text(text)
    for form in ("github", "sarif"):
        assert run_archc("check", "--format", form, "lib.arch").stdout.count("2x2") <= 2
    log = json.loads(run_archc("check", "--format", "sarif", "lib.arch").stdout)
    assert len(log["runs"][0]["results"]) == 1


def test_a_file_that_is_no_text_has_its_document(run_archc: RunPython, tmp_path: Path) -> None:
    """In every format, beside the other files."""
    (tmp_path / "latin.arch").write_bytes(b"# caf\xe9\ninput 8\nfc 2\n")
    answer = json.loads(run_archc("check", "--format", "json", "latin.arch", "lenet").stdout)
    refused, fine = answer["files"]
    assert (refused["file"], refused["ok"], fine["ok"]) == ("latin.arch", False, True)
    (diagnostic,) = refused["diagnostics"]
    assert (diagnostic["code"], diagnostic["line"], diagnostic["column"]) == ("E0002", 1, 6)
    log = json.loads(run_archc("check", "--format", "sarif", "latin.arch").stdout)
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["E0002"]
    for form, start in (("github", "::error file=latin.arch"), ("concise", "latin.arch:1:6: ")):
        done = run_archc("check", "--format", form, "latin.arch")
        assert done.returncode == 1
        assert done.stdout.startswith(start)


def test_fixes_in_json(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "bad.arch").write_text("input 8\nlinear 3\n")
    answer = json.loads(run_archc("check", "--format", "json", "bad.arch").stdout)
    (diagnostic,) = answer["files"][0]["diagnostics"]
    edit = {"file": "bad.arch", "line": 2, "column": 1, "end_line": 2, "end_column": 7}
    assert diagnostic["fixes"] == [{"safety": "safe", "edits": [{**edit, "text": "fc"}]}]


def test_settings_of_a_project(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "bad.arch").write_text(BAD)
    inner = tmp_path / "inner"
    inner.mkdir()
    settings = '[tool.archc]\nformat = "concise"\nignore = ["W0101"]\ncolor = "always"\n'
    (tmp_path / "pyproject.toml").write_text(settings)
    done = run_archc("check", "../bad.arch", cwd=inner)
    assert "W0101" not in done.stdout
    assert done.stdout.startswith("../bad.arch:3:1: error[E0301]: ")
    assert "\x1b[" in run_archc("check", "--format", "text", "bad.arch").stdout
    assert "\x1b[" not in run_archc("--color", "never", "check", "bad.arch").stdout
    (inner / "pyproject.toml").write_text("[project]\n")  # the nearest counts
    assert "W0101" in run_archc("check", "../bad.arch", cwd=inner).stdout


@pytest.mark.parametrize(
    "settings",
    [
        '[tool.archc]\nformat = "json"',
        '[tool]\nother.x = 1\narchc = { format = "json" }',
        'tool = { archc = { format = "json" } }',
        'tool.archc.format = "json"',
        '[ "tool" . \'archc\' ]\nformat = "json"',
    ],
)
def test_the_table_may_be_written_in_any_way(tmp_path: Path, settings: str) -> None:
    (tmp_path / "pyproject.toml").write_text(settings)
    assert project_settings(str(tmp_path)).format == "json"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("[tool.archc]\nform = 1", "has no key `form`; it takes color, format, ignore"),
        ('[tool.archc]\nformat = "xml"', "takes text or concise or json or github or sarif"),
        ("[tool.archc]\ncolor = 3", "takes auto or always or never, got 3"),
        ('[tool.archc]\nignore = ["E0301"]', "errors cannot be ignored"),
        ('[tool.archc]\nignore = ["W9"]', "there are W0101"),
        ('[tool.archc]\nignore = "W0101"', "takes a list of codes"),
        ("[tool.archc\n", "this is not TOML"),
        ("[tool]\narchc = 3\n", "takes a table"),
    ],
)
def test_settings_that_are_none(
    run_archc: RunPython, tmp_path: Path, settings: str, said: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(settings)
    done = run_archc("check", "lenet")
    assert done.returncode == 2
    assert done.stderr.startswith("archc: pyproject.toml: ")
    assert said in done.stderr
    assert done.stdout == ""


def test_watch_checks_again_when_a_used_file_changes(tmp_path: Path) -> None:
    (tmp_path / "lib.arch").write_text("block head(n) { flatten | fc n }\n")
    (tmp_path / "net.arch").write_text('use "lib.arch"\ninput 1x8x8\nhead 10\n')
    out = tmp_path / "out.txt"
    with out.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "archc", "check", "--watch", "net.arch"],
            cwd=tmp_path,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    try:
        wait_for(out, "net.arch: ok, 1x8x8 -> 10")
        (tmp_path / "lib.arch").write_text("block head(n) { flatten | fc n+1 }\n")
        wait_for(out, "net.arch: ok, 1x8x8 -> 11")
        (tmp_path / "net.arch").unlink()
        wait_for(out, "net.arch: no such file")
        (tmp_path / "net.arch").write_text("input 8\nfc 12\n")
        wait_for(out, "net.arch: ok, 8 -> 12")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert "\x1b" not in out.read_text()
    finally:
        process.kill()


def wait_for(file: Path, text: str) -> None:
    for _ in range(600):
        if text in file.read_text():
            return
        time.sleep(0.1)
    raise AssertionError(f"{text!r} never came: {file.read_text()}")


def test_watch_is_for_files(run_archc: RunPython) -> None:
    for arguments in (["-"], ["-e", "input 8\nfc 2"], ["lenet", "--fix"], ["lenet", "--diff"]):
        assert run_archc("check", "--watch", *arguments).returncode == 2
