"""The grammar as a lexer and parser, from a saved table where one fits.

Building the LALR table takes longer than checking a file, so the wheel carries one, as part of the
whole parser: lark's own saved form takes four times as long to read. It is used only with the lark
that made it and the grammar it was made from; otherwise the parser is built anew.
"""

import pickle
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from os import path
from types import ModuleType
from typing import Any

import lark
from lark import Lark, Token
from lark.lexer import LexerThread
from lark.parsers.lalr_analysis import Action

from archc.resources import grammar

TABLE = path.join(path.dirname(__file__), "table.lalr")


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
    """Writes the parser of the current grammar and the installed lark."""
    text = grammar()
    made = _from_grammar(text)
    del made.grammar  # what the table was made of
    with open(file, "wb") as out:
        out.write(_origin(text))
        _Pickler(out, pickle.HIGHEST_PROTOCOL).dump(made)


class _Pickler(pickle.Pickler):
    """Pickles what lark uses by identity as its name: the module `re`, `Shift` and `Reduce`."""

    def reducer_override(self, value: object) -> Any:
        if isinstance(value, ModuleType):
            return import_module, (value.__name__,)
        return value.name if isinstance(value, Action) else NotImplemented


def _origin(text: str) -> bytes:
    """What the file begins with: the lark and the grammar that the parser was made of."""
    return f"lark {lark.__version__}\n{text}\n".encode()


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
    # The file is code: it is trusted as the package that it is part of.
    origin = _origin(text)
    try:
        with open(TABLE, "rb") as file:
            return pickle.load(file) if file.read(len(origin)) == origin else None
    except OSError:
        return None
