"""`archc fmt` and `archc new` as a user types them."""

import os
from pathlib import Path

import pytest
from conftest import ROOT, RunPython

LOOSE = "input 3x8x8\nconv 8 k=3|relu # c\n"
TIGHT = "input 3x8x8\nconv 8 k3 | relu  # c\n"
WRONG = "input 3x8x8\nconv 8 k=[3\n"


def test_fmt_rewrites_what_changes(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "a.arch").write_text(LOOSE)
    (tmp_path / "b.arch").write_text(TIGHT)
    done = run_archc("fmt", "a.arch", "b.arch")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "reformatted a.arch\n1 file reformatted, 1 file unchanged\n"
    assert (tmp_path / "a.arch").read_text() == TIGHT
    assert sorted(os.listdir(tmp_path)) == ["a.arch", "b.arch"]
    again = run_archc("fmt", "a.arch", "b.arch")
    assert (again.returncode, again.stderr) == (0, "2 files unchanged\n")
    assert run_archc("fmt", "-q", "a.arch").stderr == ""


def test_fmt_keeps_modes_links_and_untouched_files(run_archc: RunPython, tmp_path: Path) -> None:
    file, link, other = (tmp_path / name for name in ("a.arch", "link.arch", "b.arch"))
    file.write_bytes(b"\xef\xbb\xbf" + LOOSE.replace("\n", "\r\n").encode())
    file.chmod(0o640)
    link.symlink_to("a.arch")
    other.write_text(TIGHT)
    before = other.stat()
    assert run_archc("fmt", "link.arch", "b.arch").returncode == 0
    assert link.is_symlink()
    assert file.read_bytes() == TIGHT.encode()
    assert file.stat().st_mode & 0o777 == 0o640
    assert (other.stat().st_ino, other.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_fmt_can_look_only(run_archc: RunPython, tmp_path: Path, option: str) -> None:
    (tmp_path / "a.arch").write_text(LOOSE)
    (tmp_path / "b.arch").write_text(TIGHT)
    done = run_archc("fmt", option, "a.arch", "b.arch")
    assert done.returncode == 1
    assert done.stderr == (
        "would reformat a.arch\n1 file would be reformatted, 1 file already formatted\n"
    )
    assert (tmp_path / "a.arch").read_text() == LOOSE
    assert run_archc("fmt", option, "b.arch", "lenet").returncode == 0


def test_fmt_shows_the_difference(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "a.arch").write_text(LOOSE[:-1])
    assert run_archc("fmt", "--diff", "a.arch").stdout == (
        "--- a.arch\n+++ a.arch (formatted)\n@@ -1,2 +1,2 @@\n input 3x8x8\n"
        "-conv 8 k=3|relu # c\n\\ No newline at end of file\n+conv 8 k3 | relu  # c\n"
    )


def test_fmt_of_standard_input_and_of_a_text(run_archc: RunPython) -> None:
    assert run_archc("fmt", "-", stdin=LOOSE).stdout == TIGHT
    assert run_archc("fmt", "-e", "conv 8|relu # é").stdout == "conv 8 | relu  # é\n"
    assert run_archc("fmt", "--check", "-", stdin=LOOSE).returncode == 1
    assert run_archc("fmt", "--check", "-", stdin=TIGHT).returncode == 0


def test_fmt_leaves_what_it_cannot_read(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "a.arch").write_text(LOOSE)
    (tmp_path / "wrong.arch").write_text(WRONG)
    done = run_archc("fmt", "wrong.arch", "a.arch")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("wrong.arch:2:10: error[E0102]")
    assert (tmp_path / "wrong.arch").read_text() == WRONG
    assert (tmp_path / "a.arch").read_text() == TIGHT


def test_fmt_refuses_wrong_usage(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "a.arch").write_text(LOOSE)
    assert run_archc("fmt").returncode == 2
    assert run_archc("fmt", "a.arch", "missing.arch").returncode == 2
    shipped = run_archc("fmt", "a.arch", "lenet")
    assert shipped.returncode == 2
    assert "lenet is a spec that comes with archc, which fmt does not rewrite" in shipped.stderr
    assert run_archc("fmt", "lenet", cwd=ROOT).returncode == 2
    assert (tmp_path / "a.arch").read_text() == LOOSE


def test_new_writes_a_spec_that_checks(run_archc: RunPython, tmp_path: Path) -> None:
    done = run_archc("new", "first")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines()[0] == "wrote first.arch; next:"
    assert done.stderr.splitlines()[-1] == "  archc train first.arch"
    assert (tmp_path / "first.arch").read_text() == (ROOT / "specs/digits.arch").read_text()
    assert run_archc("new", "nets/second.arch", "--from", "lenet").returncode == 0
    assert run_archc("check", "first.arch", "nets/second.arch").returncode == 0


def test_new_uses_a_block(run_archc: RunPython, tmp_path: Path) -> None:
    assert run_archc("new", "net", "--from", "torchvision/resnet:resnet18").returncode == 0
    text = (tmp_path / "net.arch").read_text()
    assert "use torchvision.resnet as resnet\n\nresnet.resnet18\n" in text
    assert "11,689,512 parameters" in run_archc("check", "net.arch").stdout
    assert run_archc("fmt", "--check", "net.arch").returncode == 0
    for block, status in (("basic", 1), ("nothing", 1)):
        assert run_archc("new", "x", "--from", f"torchvision/resnet:{block}").returncode == status
    assert not (tmp_path / "x.arch").exists()


def test_new_overwrites_nothing(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "a.arch").write_text("mine")
    assert run_archc("new", "a").returncode == 2
    assert (tmp_path / "a.arch").read_text() == "mine"


@pytest.mark.parametrize(
    "name", ["", "a b", "../a", "/a", "a//b", "a/", ".a", "a:b", "link/a", "-a"]
)
def test_new_refuses_names(run_archc: RunPython, tmp_path: Path, name: str) -> None:
    (tmp_path / "link").symlink_to(tmp_path.parent)
    done = run_archc("new", "--", name)
    assert done.returncode == 2
    assert "NAME" in done.stderr
    assert os.listdir(tmp_path) == ["link"]


def test_new_refuses_files_that_need_others(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "a.arch").write_text("block unit { relu }\n")
    (tmp_path / "b.arch").write_text('input 8\nuse "a.arch"\nunit\n')
    done = run_archc("new", "nets/c", "--from", "b.arch")
    assert done.returncode == 2
    assert 'b.arch uses "a.arch"' in done.stderr
    assert run_archc("new", "c", "--from", "a.arch:unit").returncode == 2
    assert not (tmp_path / "nets").exists()
