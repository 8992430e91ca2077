"""Text to tree. Every top-level item is parsed alone, so that one run reports every mistake."""

from collections.abc import Sequence
from typing import NamedTuple

from lark import Token, UnexpectedToken

from archc.diagnostic import Diagnostic
from archc.errors import syntax as errors
from archc.source import Source, Span
from archc.syntax import tree
from archc.syntax.build import Refused, build_item
from archc.syntax.grammar import parser
from archc.syntax.tokens import CLOSERS, MERGES, lex, span_of

MAX_SIZE = 256 * 1024

_BRACKETS = {"RPAR": "`)`", "RSQB": "`]`", "RBRACE": "`}`", "LBRACE": "`{`", "EQUAL": "`=`"}


class Parsed(NamedTuple):
    """A file's items that could be read, and what is wrong with the others."""

    file: tree.File
    diagnostics: tuple[Diagnostic, ...]


def parse(source: Source) -> Parsed:
    """Reads a text. Never raises: what cannot be read is reported and left out."""
    whole = Span(source, 0, len(source.text))
    if len(source.text) > MAX_SIZE:
        start = Span(source, 0, 0)
        problem = errors.file_too_large(start, len(source.text), MAX_SIZE)
        return Parsed(tree.File(whole, ()), (problem,))
    lexed = lex(source)
    items: list[tree.Item] = []
    diagnostics = list(lexed.diagnostics)
    for tokens, lost in lexed.items:
        parsed = None if lost else _parse_item(source, tokens)
        if parsed is None or isinstance(parsed, Diagnostic):
            place = span_of(source, tokens[0]).to(span_of(source, tokens[-1]))
            items.append(tree.Broken(place, str(tokens[0])))
            diagnostics += [parsed] if parsed else []
        else:
            items.append(parsed)
    return Parsed(tree.File(whole, tuple(items)), tuple(diagnostics))


def _parse_item(source: Source, tokens: Sequence[Token]) -> tree.Item | Diagnostic:
    state = parser().parse_interactive("")
    try:
        for token in tokens:
            state.feed_token(token)
        parsed = state.feed_eof(tokens[-1])  # type: ignore[no-untyped-call]
    except UnexpectedToken as unexpected:
        return _explain(source, tokens, unexpected, state.accepts())  # type: ignore[no-untyped-call]
    try:
        return build_item(source, parsed)
    except Refused as refused:
        return refused.diagnostic


def _explain(
    source: Source, tokens: Sequence[Token], unexpected: UnexpectedToken, accepted: set[str]
) -> Diagnostic:
    token = unexpected.token
    called = _called_with_parentheses(tokens, token)
    if called is not None:
        return errors.called_with_parentheses(span_of(source, called), called[:-1])
    place = span_of(source, token)
    if token.type == "$END":
        end = span_of(source, tokens[-1]).end
        place = Span(source, end, end)
    return errors.unexpected(place, _expected(accepted), _found(token), _help(tokens, token))


def _called_with_parentheses(tokens: Sequence[Token], at: Token) -> Token | None:
    """The `conv(` of a step written like a function call, if that is what went wrong."""
    before: Token | None = None
    for token in tokens:
        if token.type == "CALL":
            starts_step = before is None or before.type in (
                "_SEP",
                "LBRACE",
                "CALL",
                "COMMA",
                "COLON",
            )
            if starts_step and token[:-1] not in MERGES:
                return token
        if token is at:
            break
        before = token
    return None


def _expected(accepted: set[str]) -> str:
    """The parser's choices in words, at most three."""
    phrases = []
    if {"INT", "STRING"} <= accepted:
        phrases.append("a value")
    elif {"AT_NAME", "LBRACE", "NAME"} <= accepted:
        phrases.append("a step")
    elif "SIZE" in accepted:
        phrases.append("a shape such as `3x32x32`")
    elif accepted & {"NAME"}:
        phrases.append("a name")
    phrases += [_BRACKETS[kind] for kind in _BRACKETS if kind in accepted and kind != "LBRACE"]
    if not phrases and "LBRACE" in accepted:
        phrases.append("`{`")
    if "$END" in accepted or ("_SEP" in accepted and "RSQB" not in accepted):
        phrases.append("the end of the step")
    *others, last = phrases[:3] or ["something else"]
    return f"{', '.join(others)} or {last}" if others else last


def _found(token: Token) -> str:
    if token.type == "$END":
        return "the end of the step"
    if token.type == "_SEP":
        return "`|`" if "|" in token else "`;`" if ";" in token else "the end of the line"
    if token.type in CLOSERS or str(token).isprintable():
        return f"`{token}`"
    return f"the character U+{ord(token[0]):04X}"


def _help(tokens: Sequence[Token], at: Token) -> str | None:
    first = tokens[0]
    if first.type == "INPUT":
        return "write the shape with `x` between its sizes: `input 3x32x32`"
    if at.type == "EQUAL" and len(tokens) > 1 and tokens[1] is at:
        return f"name a value with `let {first} = ...`"
    if at.type == "COMMA":
        return "a space separates the values of a step: `conv 32 k3`"
    if at.type == "STRAY" and at == ".":
        return "a number has a digit behind the dot: `.5`, `1.0`"
    if at.type == "STRAY" and at in "'\"":
        return 'a text stands on one line between double quotes: `"text"`'
    return None
