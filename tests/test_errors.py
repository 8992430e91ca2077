"""Every code has a page whose wrong example gives it and whose right example does not."""

import re

import pytest
from conftest import ROOT

import archc
from archc.diagnostic import Diagnostic, Label
from archc.errors.base import nearest
from archc.errors.index import pages
from archc.render import as_json, render_text
from archc.source import Source, Span

PAGES = pages()
# Codes that no text can show: they are about files, weights, or a training that is
# asked for.
WITHOUT_TEXT = {"E0001", "E0002", "E0242", "E0243", "E0245", "E0246", "E0420", "E0421", "E0422"}
WITHOUT_TEXT |= {"E0501", "E0502", "E0503", "E0504"}
WITHOUT_TEXT |= {"E0248", "E0249"}


@pytest.mark.parametrize("code", sorted(PAGES.keys() - WITHOUT_TEXT))
def test_examples_of_a_page(code: str) -> None:
    page = PAGES[code]
    found = archc.check(page.wrong)
    assert [d.code for d in found.diagnostics] == [code]
    assert found.ok == code.startswith("W")
    assert archc.check(page.right).diagnostics == ()


@pytest.mark.parametrize("code", sorted(WITHOUT_TEXT))
def test_right_examples_of_the_other_pages(code: str) -> None:
    assert archc.check(PAGES[code].right).ok


def test_pages_are_complete() -> None:
    for page in PAGES.values():
        assert page.title, page.code
        assert not page.title.endswith("."), page.code
        assert page.text, page.code


def test_layers_use_no_code_without_a_page() -> None:

    for file in (ROOT / "archc").rglob("*.py"):
        for code in re.findall(r'"([EW]\d{4})"', file.read_text(encoding="utf-8")):
            assert code in PAGES, (file, code)


@pytest.mark.parametrize(
    ("word", "meant"),
    [("cnov", "conv"), ("adma", "adam"), ("rleu", "relu"), ("maxpol", None), ("x", None)],
)
def test_did_you_mean(word: str, meant: str | None) -> None:
    assert nearest(word, ["conv", "adam", "adamax", "relu", "pool"]) == meant


@pytest.mark.parametrize("word", ["stem", "STEM", "sten", "stme", "stm", "steam", "tem"])
def test_among_many_words_one_letter_may_be_wrong(word: str) -> None:
    many = [*(f"part{i}" for i in range(1000)), "Stem"]
    assert nearest(word, many) == "Stem"
    assert nearest("s" + word + "rs", many) is None


def diagnostic(text: str, start: int, end: int, *labels: tuple[int, int, str]) -> Diagnostic:
    source = Source("net.arch", text)
    made = tuple(Label(Span(source, a, b), message) for a, b, message in labels)
    return Diagnostic(
        "E0101", "error", "a message", Span(source, start, end), made, "a help", "here"
    )


def test_text_rendering() -> None:
    found = diagnostic("conv 8\n\tpool 2 s5\n\nrelu", 8, 14, (0, 6, "one"), (19, 23, "two"))
    assert render_text([found]) == (
        "net.arch:2:2: error[E0101]: a message\n"
        "1 | conv 8\n"
        "  | ------ one\n"
        "2 |     pool 2 s5\n"
        "  |     ^^^^^^ here\n"
        ".\n"
        "4 | relu\n"
        "  | ---- two\n"
        "  help: a help"
    )


def test_carets_stand_under_wide_letters() -> None:
    assert "  |      ^^^^ here" in render_text([diagnostic("層 x 層層", 4, 6)])


def test_nothing_from_a_file_steers_the_terminal() -> None:
    rendered = render_text([diagnostic("conv \x1b[31m\u202e8", 5, 6)])
    assert "\x1b" not in rendered
    assert "\u202e" not in rendered
    assert "\\u{1b}[31m\\u{202e}8" in rendered


def test_a_place_of_several_lines_is_marked_on_its_first() -> None:
    assert "1 | add(\n  | ^^^^ here" in render_text([diagnostic("add(\n  id\n)", 0, 11)])


def test_json() -> None:
    found = diagnostic("conv 8\npool 2", 7, 13, (0, 6, "one"))
    assert as_json(found) == {
        "code": "E0101",
        "severity": "error",
        "message": "a message",
        "file": "net.arch",
        "line": 2,
        "column": 1,
        "end_line": 2,
        "end_column": 7,
        "labels": [
            {
                "file": "net.arch",
                "line": 1,
                "column": 1,
                "end_line": 1,
                "end_column": 7,
                "message": "one",
            }
        ],
        "help": "a help",
        "fixes": [],
    }
