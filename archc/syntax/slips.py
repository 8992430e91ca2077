"""Slips that are understood: what to say of them, and the tokens that were plainly meant, so that
the rest of the step is checked as well."""

from collections.abc import Sequence

from lark import Token

from archc.diagnostic import Diagnostic
from archc.errors import syntax as errors
from archc.fixes import write
from archc.source import Source, Span
from archc.syntax.inputs import shape_of_input
from archc.syntax.tokens import CLOSERS, WORDS_OF_BLOCKS, span_of
from archc.tuples import NamedTuple

_BRACKETS = {"RPAR": "`)`", "RSQB": "`]`", "RBRACE": "`}`", "LBRACE": "`{`", "EQUAL": "`=`"}


class Slip(NamedTuple):
    """What is said of a slip, and the tokens to read in place of those that are there; None where
    they cannot be told."""

    diagnostic: Diagnostic
    meant: tuple[Token, ...] | None = None


def explain(source: Source, tokens: Sequence[Token], at: int, accepted: set[str]) -> Slip:
    """What to say of the token at a place, which the parser does not take, or of an end that comes
    too early (`at` is behind the last token)."""
    # Imported where something is wrong: a check that finds nothing starts sooner.
    from archc.syntax.advice import advice
    from archc.syntax.called import called
    from archc.syntax.scripts import from_a_script

    like_a_call = from_a_script(source, tokens) or called(source, tokens, at)
    if like_a_call is not None:
        return Slip(*like_a_call)
    token = tokens[at] if at < len(tokens) else None
    end = span_of(source, tokens[-1]).end
    place = Span(source, end, end) if token is None else span_of(source, token)
    if token is not None and token.type == "_SEP":
        # The place is where something is missing, not the next line.
        before = span_of(source, tokens[at - 1]) if at else place
        place = place if "|" in token or ";" in token else before._replace(start=before.end)
    found = advice(source, tokens, at)
    if found.at is not None:
        token = tokens[found.at]
        place = span_of(source, token).to(span_of(source, tokens[found.at + found.length - 1]))
    got = f"`{place.text}`" if found.length > 1 else _found(token)
    help_ = found.help or (_BRACES if "LBRACE" in accepted and "NAME" not in accepted else None)
    said = errors.unexpected(place, found.expected or _expected(accepted), got, help_, found.fixes)
    return Slip(said, found.meant)


_BRACES = "its steps stand in braces: `{ ... }`"


def misspelt_declaration(source: Source, tokens: Sequence[Token]) -> Slip | None:
    """A declaration that reads as a step: `Input 3x32x32`, `input(3, 32, 32)`, `def f(c) { }`."""
    kind = _DECLARING.get(tokens[0])
    behind = [token.type for token in tokens[1:3]]
    if kind is not None and (behind[:1] in _BEHIND[kind] or behind in _BEHIND[kind]):
        if kind != "LET" and "LBRACE" not in {token.type for token in tokens}:
            return None
        place, word = span_of(source, tokens[0]), kind.lower()
        fix = write(place, word, "safe")
        said = errors.unexpected(place, f"`{word}`", f"`{place.text}`", f"write `{word}`", (fix,))
        return Slip(said, (Token.new_borrow_pos(kind, word, tokens[0]), *tokens[1:]))
    if tokens[0].type not in ("NAME", "CALL"):
        return None
    found = shape_of_input(source, tokens)
    if found is None or found.meant is None:
        return None
    place = span_of(source, tokens[0]).to(span_of(source, tokens[-1]))
    said = errors.unexpected(
        place, "a line such as `input 3x32x32`", f"`{place.text}`", found.help, found.fixes
    )
    return Slip(said, found.meant)


_DECLARING = {
    **dict.fromkeys(WORDS_OF_BLOCKS, "BLOCK"),
    **dict.fromkeys(("const", "var", "val", "set", "final", "int", "float", "string"), "LET"),
    **dict.fromkeys(("training", "trainer", "Train", "fit"), "TRAIN"),
}
_BEHIND = {
    "BLOCK": (["NAME"], ["CALL"]),
    "LET": (["NAME", "EQUAL"],),
    "TRAIN": (["LBRACE"],),
}
"""What stands behind the words of other languages for declarations."""


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
    if not phrases and "ELSE" in accepted:
        phrases.append("`else`")
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
