"""The layout: expected ones, and for any text: a fixed point, the same meaning, all comments."""

import random
import re
from pathlib import Path

import pytest
from conftest import ROOT, Expect

import archc
from archc.errors.index import pages
from archc.source import Source
from archc.syntax.format import format_source
from archc.syntax.format.same import same_meaning
from archc.syntax.format.words import words
from archc.syntax.parse import MAX_SIZE, parse

CORPUS = sorted((ROOT / "tests" / "corpus" / "format").glob("*.arch"))
SHIPPED = sorted(p for p in (ROOT / "specs").rglob("*.arch") if "bad" not in p.parts)
LAID_OUT = [*SHIPPED, ROOT / "archc" / "std.arch"]


def read(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


TEXTS = [
    *map(read, CORPUS),
    *map(read, sorted((ROOT / "specs").rglob("*.arch"))),
    *(text for page in pages().values() for text in (page.wrong, page.right)),
]


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_layout(path: Path, expect: Expect) -> None:
    """`pytest --refresh` writes the layouts anew; read the difference before you keep it."""
    expect(path.with_suffix(".out"), archc.fmt(read(path)))


@pytest.mark.parametrize("path", LAID_OUT, ids=lambda path: path.stem)
def test_shipped_specs_are_laid_out(path: Path) -> None:
    assert read(path) == archc.fmt(path)


def test_torchvisions_networks_take_few_lines() -> None:
    files = (ROOT / "specs" / "torchvision").glob("*.arch")
    assert sum(read(path).count("\n") for path in files) <= 600


def comments(text: str) -> list[str]:
    return [c.text for word in words(Source("", text)) for c in word.gap.comments]


def check(text: str) -> bool:
    """Whether a text can be laid out; if it can, that this keeps all that counts."""
    before = parse(Source("", text))
    formatted = format_source(Source("", text))
    if before.diagnostics:
        assert formatted == (text, before.diagnostics)
        return False
    after = formatted.text
    assert format_source(Source("", after)).text == after
    assert same_meaning(before.file.items, parse(Source("", after)).file.items)
    assert comments(text) == comments(after)
    assert not re.search(r"[ \t]\n|\n\n\n|^\n|[^\n]\Z", after)
    return True


@pytest.mark.parametrize("width", [10, 40])
def test_any_text_at_any_width(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archc.syntax.format.printer.WIDTH", width)
    assert sum(check(text) for text in TEXTS) > len(TEXTS) // 2


INSERTED = (
    "\n", "\n\n\n", " ", "\t", "\r\n", "|", "|\n", "\n|", ";", ",", "# c\n", " # c\n", "\n# c\n",
    "\n\n# c", "-", "(", ")", "{", "}", "[", "]", "k=3", " if ", " else ",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_any_damage(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts with separators, comments and brackets put in or characters taken out anywhere."""
    draw = random.Random(seed)
    monkeypatch.setattr("archc.syntax.format.printer.WIDTH", draw.choice([20, 40, 100]))
    read = 0
    for _ in range(200):
        text = draw.choice(TEXTS)
        for _ in range(draw.randint(1, 6)):
            at = draw.choice([m.start() for m in re.finditer(r"\b|(?=\W)", text)])
            end = at + draw.choice([0, 0, 0, 1])
            text = text[:at] + draw.choice(INSERTED) * (end == at) + text[end:]
        read += check(text)
    assert read > 20


def test_a_comment_may_stand_in_every_free_place() -> None:
    """Wherever a line may break, it may break behind a comment."""
    read = 0
    for name in ("values", "braces"):
        source = Source("", (CORPUS[0].parent / f"{name}.arch").read_text())
        for item in parse(source).file.items:
            text = item.span.text
            for at in (n for n, letter in enumerate(text) if letter == " "):
                read += check(f"{text[:at]} # here\n{text[at:]}")
    assert read > 100


def test_line_ends_and_byte_order_marks_go() -> None:
    assert archc.check("\ufeffinput 3x8x8\nconv 8").ok
    assert archc.fmt("\ufeffinput 3x8x8\r\nconv 8 # c\r\n") == "input 3x8x8\nconv 8  # c\n"
    assert archc.fmt("") == ""
    assert archc.fmt("\n \n") == ""
    assert archc.fmt("# c") == "# c\n"


def test_syntax_errors_are_raised() -> None:
    with pytest.raises(archc.ArchError, match="E0102"):
        archc.fmt("conv 8 k=[3")


def test_bounds() -> None:
    for text in ("{ " * 39 + "relu" + " }" * 39, "add(id,\n" * 39 + "relu # c\n" + ")" * 39):
        assert check(text)
    large = "a" * 80 + " #\n" + "a #\n" * (MAX_SIZE // 80)  # comments in one column
    formatted = format_source(Source("", large))
    assert formatted.text == large
    assert [d.code for d in formatted.diagnostics] == ["E0001"]


def test_meaning_is_compared_by_kinds_too() -> None:
    def same(one: str, other: str) -> bool:
        return same_meaning(*(parse(Source("", text)).file.items for text in (one, other)))

    assert same("conv 8 k=3", "conv  8\nk3".replace("\n", " "))
    assert not same("conv 8 1", "conv 8 yes")
    assert not same("conv 8 1", "conv 8 1.0")
    assert not same("conv 8", "conv 8 | relu")
    assert not same("[x]", "relu")
