"""The saved parser: it reads as the one that is built, and is used where it fits alone."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import ROOT
from lark import Lark, Token, UnexpectedToken

from archc.source import Source
from archc.syntax import grammar
from archc.syntax.tokens import lex

# Read in full, but for the networks that repeat what the others have.
TEXTS = [path for path in sorted(ROOT.glob("specs/**/*.arch")) if "torchvision" not in path.parts]


@pytest.fixture(scope="module")
def built() -> Lark:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grammar, "TABLE", "no such file")
        return grammar.parser.__wrapped__()


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("table") / "table.lalr"
    grammar.save_table(str(file))
    return file


@pytest.fixture
def table(saved, tmp_path, monkeypatch) -> Path:
    """A file that the parser is looked for in."""
    file = tmp_path / "table.lalr"
    file.write_bytes(saved.read_bytes())
    monkeypatch.setattr(grammar, "TABLE", str(file))
    return file


def is_loaded(parser: Lark) -> bool:
    return not hasattr(parser, "grammar")


def places(parser: Lark, text: str) -> list[tuple[object, ...]]:
    return [(t.type, t, t.start_pos, t.end_pos, t.column) for t in parser.lex(text)]


def outcome(parser: Lark, tokens: Sequence[Token]) -> object:
    """The tree of an item with its places, or what could have stood where it cannot be read."""
    state = parser.parse_interactive("")
    try:
        for token in tokens:
            state.feed_token(token)
        tree = state.feed_eof(tokens[-1])
    except UnexpectedToken:
        return state.accepts()
    nodes = [
        (node.data, node.meta.start_pos, node.meta.end_pos)
        for node in tree.iter_subtrees()
        if not node.meta.empty
    ]
    return tree, nodes


def test_the_saved_parser_reads_as_the_built_one(table, built):
    loaded = grammar.parser.__wrapped__()
    assert is_loaded(loaded)
    assert not is_loaded(built)
    items = 0
    for path in TEXTS:
        text = path.read_bytes().decode("utf-8", errors="replace")
        assert places(loaded, text) == places(built, text), path
        for tokens, _ in lex(Source(path.name, text)).items:
            items += 1
            assert outcome(loaded, tokens) == outcome(built, tokens), path
            # Half of an item tells what may follow.
            half = tokens[: len(tokens) // 2 + 1]
            assert outcome(loaded, half) == outcome(built, half), path
    assert items > 500


@pytest.mark.parametrize("other", ["lark", "grammar"])
def test_a_parser_of_another_lark_or_grammar_is_not_used(table, monkeypatch, other):
    if other == "lark":
        monkeypatch.setattr(grammar.lark, "__version__", "0.0")
    else:
        text = grammar.grammar()
        monkeypatch.setattr(grammar, "grammar", lambda: text + "// more\n")
    assert not is_loaded(grammar.parser.__wrapped__())
