"""The grammar as a lexer and parser, from a saved table where one fits.

Building the LALR table takes longer than checking a file, so the wheel carries one. It is used only
with the lark that made it and the grammar it was made from; otherwise the table is built anew.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from os import path
from typing import Any

import lark
from lark import Lark, Token
from lark.grammar import Rule
from lark.lexer import LexerThread, TerminalDef

from archc.resources import grammar

TABLE = path.join(path.dirname(__file__), "table.json")


class _Keep:
    """Makes lark keep the terminal of characters that no rule takes, so that lexing never fails."""

    always_accept = ("STRAY",)

    def process(self, tokens: Iterator[Token]) -> Iterator[Token]:
        return tokens


@lru_cache(maxsize=1)
def parser() -> Lark:
    """The parser of one top-level item."""
    text = grammar()
    return _from_table(text) or _from_grammar(text)


def scan(text: str) -> Iterator[Token]:
    """The tokens of a text. Lark's own `lex` would build a lexer each time."""
    thread = LexerThread.from_text(parser().parser.lexer, text)
    tokens: Iterator[Token] = thread.lex(None)  # type: ignore[no-untyped-call]
    return tokens


def save_table(file: str = TABLE) -> None:
    """Writes the table of the current grammar and the installed lark."""
    text = grammar()
    data, memo = _from_grammar(text).memo_serialize([TerminalDef, Rule])
    data["options"]["postlex"] = None  # code, which loading adds again
    table = {"lark": lark.__version__, "grammar": text, "data": data, "memo": memo}
    written = json.dumps(table, separators=(",", ":"))
    with open(file, "w", encoding="utf-8") as out:
        out.write(written)


def _from_grammar(text: str) -> Lark:
    return Lark(
        text,
        start="item",
        parser="lalr",
        lexer="basic",
        postlex=_Keep(),
        propagate_positions=True,
        maybe_placeholders=True,
    )


def _from_table(text: str) -> Lark | None:
    try:
        with open(TABLE, encoding="utf-8") as file:
            table = json.load(file)
        if (table["lark"], table["grammar"]) != (lark.__version__, text):
            return None
        # Some keys of lark's tables are numbers, which JSON writes as strings.
        table["memo"] = _numbered(table["memo"])
        parser = table["data"]["parser"]["parser"]
        parser["tokens"] = _numbered(parser["tokens"])
        states = {state: _numbered(actions) for state, actions in parser["states"].items()}
        parser["states"] = _numbered(states)
        restored: Lark = Lark.__new__(Lark)._load(table, postlex=_Keep())  # noqa: SLF001
        return restored
    except (OSError, ValueError, KeyError):
        return None


def _numbered(table: dict[str, Any]) -> dict[int, Any]:
    return {int(key): value for key, value in table.items()}
