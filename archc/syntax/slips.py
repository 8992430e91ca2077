"""Slips that are understood: what to say of them, and the tokens that were plainly meant, so that
the rest of the step is checked as well."""

from collections.abc import Sequence

from lark import Token

from archc.diagnostic import Diagnostic, Edit, Fix
from archc.errors import syntax as errors
from archc.fixes import write
from archc.source import Source, Span
from archc.syntax.tokens import CLOSERS, MERGES, OPENERS, span_of
from archc.tuples import NamedTuple

_BRACKETS = {"RPAR": "`)`", "RSQB": "`]`", "RBRACE": "`}`", "LBRACE": "`{`", "EQUAL": "`=`"}


class Slip(NamedTuple):
    """What is said of a slip, and the tokens to read in place of those that are there; None where
    they cannot be told."""

    diagnostic: Diagnostic
    meant: tuple[Token, ...] | None = None


class _Advice(NamedTuple):
    help: str | None = None
    fixes: tuple[Fix, ...] = ()
    meant: tuple[Token, ...] | None = None


def explain(source: Source, tokens: Sequence[Token], at: int, accepted: set[str]) -> Slip:
    """What to say of the token at a place, which the parser does not take, or of an end that comes
    too early (`at` is behind the last token)."""
    called = _called_with_parentheses(tokens, at)
    if called is not None:
        return _without_parentheses(source, tokens, called)
    token = tokens[at] if at < len(tokens) else None
    end = span_of(source, tokens[-1]).end
    place = Span(source, end, end) if token is None else span_of(source, token)
    if token is not None and token.type == "_SEP":
        # The place is where something is missing, not the next line.
        before = span_of(source, tokens[at - 1]) if at else place
        place = place if "|" in token or ";" in token else before._replace(start=before.end)
    advice = _advice(source, tokens, at) if token is not None else _Advice()
    diagnostic = errors.unexpected(
        place, _expected(accepted), _found(token), advice.help, advice.fixes
    )
    return Slip(diagnostic, advice.meant)


def _called_with_parentheses(tokens: Sequence[Token], at: int) -> int | None:
    """The place of the `conv(` of a step written like a function call that is open there."""
    open_: list[int] = []
    for index, token in enumerate(tokens[:at]):
        if token.type in OPENERS:
            open_.append(index)
        elif token.type in CLOSERS and open_:
            open_.pop()
    for index in open_:
        token, before = tokens[index], tokens[index - 1].type if index else "_SEP"
        if token.type in ("LPAR", "LSQB", "INDEX"):
            return None  # values, in which a call is one of a function
        if token.type == "CALL" and token[:-1] not in MERGES:
            starts_step = before in ("_SEP", "LBRACE", "CALL", "COMMA", "COLON", "STAR")
            return index if starts_step else None
    return None


def _without_parentheses(source: Source, tokens: Sequence[Token], at: int) -> Slip:
    """`conv(32, 3)` for `conv 32 3`."""
    call, place = tokens[at], span_of(source, tokens[at])
    name = Token.new_borrow_pos("NAME", call[:-1], call)
    name.end_pos = place.end - 1
    said = errors.called_with_parentheses(place._replace(end=place.end - 1), call[:-1])
    inside, closer = _inside(tokens, at)
    if closer is None:
        return Slip(said)
    commas = [token for token, depth in inside if depth == 0 and token.type == "COMMA"]
    edits = [Edit(place._replace(start=place.end - 1), " " if inside else "")]
    edits += [Edit(span_of(source, comma), "") for comma in commas]
    edits.append(Edit(span_of(source, tokens[closer]), ""))
    kept = (token for token, _ in inside if token not in commas or token.type != "COMMA")
    meant = (*tokens[:at], name, *kept, *tokens[closer + 1 :])
    return Slip(said._replace(fixes=(Fix(tuple(edits), "unsafe"),)), meant)


def _inside(tokens: Sequence[Token], at: int) -> tuple[list[tuple[Token, int]], int | None]:
    """The tokens in a bracket, each with its depth, and the place of the closing one."""
    depth = 0
    inside: list[tuple[Token, int]] = []
    for index in range(at + 1, len(tokens)):
        token = tokens[index]
        if token.type in CLOSERS and depth == 0:
            return inside, index
        depth -= token.type in CLOSERS
        inside.append((token, depth))
        depth += token.type in OPENERS
    return inside, None


def _advice(source: Source, tokens: Sequence[Token], at: int) -> _Advice:
    first, token = tokens[0], tokens[at]
    without = (*tokens[:at], *tokens[at + 1 :])
    place = span_of(source, token)
    if first.type == "INPUT":
        return _shape_with_commas(source, tokens, at)
    if token.type == "EQUAL" and at == 1:
        start = span_of(source, first)._replace(end=first.start_pos or 0)
        let = Token("LET", "let", start_pos=start.start, end_pos=start.start)
        help_ = f"name a value with `let {first} = ...`"
        return _Advice(help_, (write(start, "let "),), (let, *tokens))
    if token.type == "COMMA":
        help_ = "a space separates the values of a step: `conv 32 k3`"
        return _Advice(help_, (write(place, " "),), _without_comma(source, tokens, at))
    if token.type == "STRAY" and token == ".":
        return _Advice("a number has a digit behind the dot: `.5`, `1.0`", (), without)
    if token.type == "STRAY" and token in "'\"":
        return _Advice('a text stands on one line between double quotes: `"text"`')
    if token.type == "STRAY" and token not in "|":
        return _Advice("delete it", (write(place, ""),), without)
    return _Advice()


def _without_comma(source: Source, tokens: Sequence[Token], at: int) -> tuple[Token, ...] | None:
    """A comma for a space; for a `|` where one stands in front of it. None where a name follows,
    which may be a value or a step."""
    before, follows = tokens[:at], tokens[at + 1 :]
    gap = source.text[before[-1].end_pos or 0 : tokens[at].start_pos or 0] if before else ""
    if "|" in gap:
        return (*before, Token.new_borrow_pos("_SEP", "|", tokens[at]), *follows)
    if not follows or (follows[0].type == "NAME" and [t.type for t in follows[1:2]] != ["EQUAL"]):
        return None
    return (*before, *follows)


def _shape_with_commas(source: Source, tokens: Sequence[Token], at: int) -> _Advice:
    """`input 3, 32, 32` for `input 3x32x32`."""
    help_ = "write the shape with `x` between its sizes: `input 3x32x32`"
    start = at - 1
    stop = start
    while stop + 1 < len(tokens) and tokens[stop + 1].type in ("INT", "COMMA", "STRAY"):
        stop += 1
    sizes = [token for token in tokens[start : stop + 1] if token.type == "INT"]
    if start < 1 or tokens[start].type != "INT" or len(sizes) < 2:
        return _Advice(help_)
    place = span_of(source, tokens[start]).to(span_of(source, tokens[stop]))
    size = Token.new_borrow_pos("SIZE", "x".join(sizes), tokens[start])
    size.end_pos = place.end
    meant = (*tokens[:start], size, *tokens[stop + 1 :])
    return _Advice(f"write `input {size}`", (write(place, str(size), "safe"),), meant)


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


def _found(token: Token | None) -> str:
    if token is None:
        return "the end of the step"
    if token.type == "_SEP":
        return "`|`" if "|" in token else "`;`" if ";" in token else "the end of the line"
    if token.type in CLOSERS or str(token).isprintable():
        return f"`{token}`"
    return f"the character U+{ord(token[0]):04X}"
