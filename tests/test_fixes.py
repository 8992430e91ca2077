"""Every edit that a diagnostic offers does away with it; `--fix` applies the safe ones."""

import sys
from pathlib import Path

import pytest
from conftest import ROOT, RunPython

from archc.errors.index import pages
from archc.pipeline import analyse
from archc.spec import Spec, from_text

sys.path.insert(0, str(ROOT / "tools"))
from edits import BAD, bad_spec, tried

PAGES = pages()


def offers_hold(spec: Spec) -> None:
    """Behind each edit nothing is said any more where it was said, and no error is new."""
    assert [offer.wrong for offer in tried(spec).offers if offer.wrong] == []


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_every_offered_edit_of_the_corpus_helps(path: Path) -> None:
    offers_hold(bad_spec(path))


@pytest.mark.parametrize("code", sorted(PAGES))
def test_every_offered_edit_of_the_pages_helps(code: str) -> None:
    offers_hold(from_text(PAGES[code].wrong))


def test_the_readme_counts_the_mistakes_that_offer_an_edit() -> None:
    """Those that `python tools/edits.py` prints: each edit that is offered works."""
    found = [d for path in BAD for d in analyse(bad_spec(path)).diagnostics]
    offering = sum(bool(d.fixes) for d in found)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"of the {len(found)} mistakes in [specs/bad](specs/bad) {offering} have one" in readme


def test_a_message_with_a_help_is_the_rule() -> None:
    """What has no help is a matter of the author's alone."""
    found = [d for path in BAD for d in analyse(bad_spec(path)).diagnostics]
    assert sum(d.help is not None for d in found) > 0.95 * len(found)


TORCH = "# PyTorch's words\ninput 1x28x28\nconv2d 32 kernel_size=3 relu\npool 2 s 2\n"
TORCH += "flatten | linear 10\n"
MENDED = "# PyTorch's words\ninput 1x28x28\nconv 32 k=3 | relu\npool 2 s2\nflatten | fc 10\n"


def test_fix_applies_what_is_safe(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "a.arch").write_text(TORCH)
    done = run_archc("check", "--fix", "a.arch")
    assert done.returncode == 0
    assert (tmp_path / "a.arch").read_text() == MENDED
    assert done.stdout.startswith("a.arch: ok, 1x28x28 -> 10")
    assert "a.arch:3:11: fixed E0202: " in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["a.arch"]


def test_fix_leaves_guesses_to_the_author(run_archc: RunPython, tmp_path: Path) -> None:
    text = "input 1x28x28\nconv 8 k3 | rleu\nfc 10\n"
    (tmp_path / "a.arch").write_text(text)
    done = run_archc("check", "--fix", "a.arch")
    assert done.returncode == 1
    assert (tmp_path / "a.arch").read_text() == text
    assert "error[E0201]" in done.stdout


def test_fix_keeps_line_ends_and_the_byte_order_mark(run_archc: RunPython, tmp_path: Path) -> None:
    data = TORCH.replace("\n", "\r\n").encode()
    (tmp_path / "a.arch").write_bytes(b"\xef\xbb\xbf" + data)
    assert run_archc("check", "--fix", "a.arch").returncode == 0
    wanted = b"\xef\xbb\xbf" + MENDED.replace("\n", "\r\n").encode()
    assert (tmp_path / "a.arch").read_bytes() == wanted


def test_diff_shows_and_writes_nothing(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "a.arch").write_text(TORCH)
    done = run_archc("check", "--diff", "a.arch")
    assert done.returncode == 1
    assert "\n-flatten | linear 10\n+conv 32 k=3 | relu\n" in done.stdout
    assert (tmp_path / "a.arch").read_text() == TORCH
    (tmp_path / "a.arch").write_text(MENDED)
    again = run_archc("check", "--diff", "a.arch")
    assert (again.returncode, again.stdout) == (0, "")


def test_fix_changes_only_files_that_the_user_names(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "lib.arch").write_text("block head(n) { flatten | linear n }\n")
    (tmp_path / "a.arch").write_text('use "lib.arch"\ninput 1x8x8\nhead 10\n')
    assert run_archc("check", "--fix", "a.arch").returncode == 1
    assert "linear" in (tmp_path / "lib.arch").read_text()
    assert run_archc("check", "--fix", "a.arch", "lib.arch").returncode == 1
    assert "linear" not in (tmp_path / "lib.arch").read_text()
    for arguments in (["lenet"], ["-"], ["-e", "input 8\nlinear 3"]):
        refused = run_archc("check", "--fix", *arguments)
        assert refused.returncode == 2
        assert "--fix changes files" in refused.stderr
