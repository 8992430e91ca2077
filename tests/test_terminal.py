"""Odd texts: places are right, and nothing from a file reaches a terminal unescaped."""

from pathlib import Path

import pytest
from conftest import RunPython

import archc
from archc.render import render_text

ODD = {
    "nul": "\x00",
    "escape": "\x1b[2J",
    "bell": "\x07",
    "csi of 8 bits": "\x9b31m",
    "right to left": "\u202e",
    "isolate": "\u2066",
    "zero width": "\u200b",
    "line separator": "\u2028",
    "carriage return": "\r",
    "form feed": "\x0c",
    "soft hyphen": "\u00ad",
    "tag": "\U000e0041",
}


def shown(text: str) -> list[str]:
    found = archc.check(text).diagnostics
    assert found
    return render_text(found).split("\n")


def marked(text: str) -> str:
    """What the caret points at, as the line above shows it."""
    lines = shown(text)
    under = next(i for i, line in enumerate(lines) if "^" in line)
    start = lines[under].index("^")
    return lines[under - 1][start : start + lines[under].count("^")]


@pytest.mark.parametrize("name", ODD)
def test_control_characters_are_spelt_out(name: str) -> None:
    for text in (f"input 8\nfc {ODD[name]} 2 rleu", f"input 8 # {ODD[name]}\nrleu {ODD[name]}"):
        for line in shown(text):
            assert line.isprintable(), line


@pytest.mark.parametrize("name", ODD)
def test_control_characters_of_a_files_name(
    name: str, run_archc: RunPython, tmp_path: Path
) -> None:
    if "\x00" in ODD[name]:
        return
    file = tmp_path / f"a{ODD[name]}.arch"
    file.write_text("input 8\nlinear 2\n")
    for options in ([], ["--format", "concise"], ["--format", "github"], ["--fix"]):
        done = run_archc("check", file.name, *options)
        for line in (done.stdout + done.stderr).split("\n"):
            assert line.isprintable(), line
    missing = run_archc("check", f"b{ODD[name]}.arch")
    assert missing.stderr[:-1].isprintable()


@pytest.mark.parametrize(
    ("text", "place", "mark"),
    [
        ("input 8\n\trleu", (2, 2), "rleu"),
        ("input 8\nrelu\t| rleu", (2, 8), "rleu"),
        ("input 8\r\nrelu | rleu\r\n", (2, 8), "rleu"),
        ("input 8\nrelu | rleu\r\n# x", (2, 8), "rleu"),
        ("input 8 # \u202e\nrleu", (2, 1), "rleu"),
        ('input 8\nlet a = "\u5c64\u5c64" | rleu', (2, 16), None),
        ('input 8\nlet a = "\u0301e\u0301" | rleu', (2, 17), None),
        ('input 8\nlet a = "\U0001f600\ufe0f" | rleu', (2, 16), None),
        ("input 8\nrelu " + "| relu " * 200 + "| rleu", (2, 1408), "rleu"),
        ("input 8\nrelu " + "| relu " * 200 + "| rleu" + " | relu" * 200, (2, 1408), "rleu"),
        ("input 8\nrleu" + " | relu" * 200, (2, 1), "rleu"),
    ],
)
def test_places(text: str, place: tuple[int, int], mark: str | None) -> None:
    (found,) = archc.check(text).diagnostics
    assert (found.line, found.column) == place
    if mark is not None:
        assert marked(text) == mark


def test_very_long_lines_are_cut_around_their_mark() -> None:
    lines = shown("input 8\nrelu " + "| relu " * 20_000 + "| rleu | relu")
    assert max(map(len, lines)) < 200
    assert any(line.startswith("2 | ...") for line in lines)


def test_a_label_out_of_sight_says_its_column() -> None:
    text = "input 3x8x8 | pool 2" + " | relu" * 100 + " | fc 10"
    lines = shown(text)
    assert max(map(len, lines)) < 200
    assert any("column 1: the input is 3x8x8" in line for line in lines)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"input 8\nfc 2 # \xff\n", "2:8"),
        (b"\xef\xbb\xbfinput 8\n\xc3(", "2:1"),
        ("input 8\n# \u5c64".encode() + b"\xf0\x28", "2:4"),
        (b"\xff\xfei\x00n\x00", "1:1"),
    ],
)
def test_bytes_that_are_no_text(
    run_archc: RunPython, tmp_path: Path, data: bytes, place: str
) -> None:
    (tmp_path / "a.arch").write_bytes(data)
    done = run_archc("check", "a.arch")
    assert done.returncode == 1
    assert f"a.arch:{place}: error[E0002]" in done.stdout + done.stderr


def test_a_byte_order_mark_takes_no_column(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "a.arch").write_bytes(b"\xef\xbb\xbfinput 8 | rleu\r\n")
    assert "a.arch:1:11: error[E0201]" in run_archc("check", "a.arch").stdout
