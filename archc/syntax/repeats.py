"""Copies and loops as other languages write them: `conv 8 * 3`, `3x conv 8`, `for i = 0..3 { }`."""

import re

from lark import Token

from archc.diagnostic import Edit, Fix
from archc.fixes import without, write
from archc.syntax.stuck import Advice, Stuck, Tokens, step_start
from archc.syntax.tokens import CLOSERS, OPENERS

_TIMES = ("x", "X", "×", "times")
_BEGIN = ("_SEP", "LBRACE", "COLON", "COMMA")


def count(stuck: Stuck) -> Advice | None:
    """`3 x conv 8`, `3x conv 8`, `3 conv` and `conv 8 * 3` for `3 * conv 8`."""
    return _in_front(stuck) or _behind(stuck)


def _in_front(stuck: Stuck) -> Advice | None:
    tokens, at = stuck.tokens, stuck.at
    help_ = "`3 * conv 8` makes three copies"
    behind_count = stuck.kinds(-1, 0) == ("INT",) and _begins(tokens, at - 1)
    if behind_count and stuck.kind in ("NAME", "STRAY") and stuck.token in _TIMES:
        meant = stuck.instead(at, at + 1, stuck.made("STAR", "*"))
        return Advice(help_, (write(stuck.span(at), "*", "safe"),), meant, None, "`*`")
    if behind_count and stuck.kind in ("NAME", "LBRACE"):
        meant = stuck.instead(at, at, stuck.made("STAR", "*", at - 1))
        place = stuck.span(at)
        fix = write(place._replace(end=place.start), "* ")
        return Advice(help_, (fix,), meant, None, "`*`")
    tight = re.fullmatch(r"(\d+)[xX×]", stuck.token) if stuck.kind == "STRAY" else None
    if tight is None or not _begins(tokens, at):
        return None
    copies = stuck.made("INT", tight[1]), stuck.made("STAR", "*")
    fix = write(stuck.span(at), f"{tight[1]} *", "safe")
    return Advice(help_, (fix,), stuck.instead(at, at + 1, *copies), None, f"`{tight[1]} *`")


def _begins(tokens: Tokens, index: int) -> bool:
    """Whether a step begins in a place."""
    return index == 0 or tokens[index - 1].type in _BEGIN


def _behind(stuck: Stuck) -> Advice | None:
    """A count behind its step. `unit * 2` reads as copies, of which the step is missing."""
    tokens, at = stuck.tokens, stuck.at
    if stuck.kind in ("$END", "_SEP", *CLOSERS) and stuck.kinds(-3, 0) == ("NAME", "STAR", "INT"):
        at -= 2
    sign = tokens[at] if at < len(tokens) else None
    number = [token.type for token in tokens[at + 1 : at + 2]] == ["INT"]
    if sign is None or not number or sign not in ("*", *_TIMES):
        return None
    start = step_start(stuck, "_SEP", "COMMA", "COLON")
    if start == at or tokens[start].type not in ("NAME", "LBRACE", "CALL"):
        return None
    copies = tokens[at + 1]
    place = stuck.span(start)
    out = without(stuck.span(at).to(stuck.span(at + 1)))
    edits = (Edit(place._replace(end=place.start), f"{copies} * "), *out.edits)
    signs = stuck.made("INT", str(copies), start), stuck.made("STAR", "*", start)
    meant = (*tokens[:start], *signs, *tokens[start:at], *tokens[at + 2 :])
    shown = tokens[start] if tokens[start].type == "NAME" else "{"
    help_ = f"the count stands in front: `{copies} * {shown} ...`"
    return Advice(help_, (Fix(edits, "unsafe"),), meant, at, "the end of the step")


def loop(stuck: Stuck) -> Advice | None:
    """`for (i in 0..3) {`, `for i = 0..3 {`, `for 3 {` and `repeat 3: ...`."""
    tokens, at = stuck.tokens, stuck.at
    if stuck.kinds(-1, 0) == ("FOR",) and stuck.kind == "LPAR":
        return _in_parentheses(stuck)
    if stuck.kinds(-1, 0) == ("FOR",) and stuck.kind == "INT":
        fix = write(stuck.span(at - 1).to(stuck.span(at)), f"{stuck.token} *", "safe")
        meant = stuck.instead(at - 1, at + 1, tokens[at], stuck.made("STAR", "*"))
        return Advice("`3 * { ... }` makes three copies", (fix,), meant)
    if stuck.kind in ("EQUAL", "COLON") and stuck.kinds(-2, 0) == ("FOR", "NAME"):
        of = Token.new_borrow_pos("IN", "in", stuck.token)
        fix = write(stuck.span(at), " in " if stuck.kind == "COLON" else "in", "safe")
        help_ = "a loop runs over a list or range: `for i in 0..3`"
        return Advice(help_, (fix,), stuck.instead(at, at + 1, of), None, "`in`")
    return None


def _in_parentheses(stuck: Stuck) -> Advice | None:
    tokens, at = stuck.tokens, stuck.at
    depth = 0
    for index in range(at, len(tokens)):
        depth += (tokens[index].type in OPENERS) - (tokens[index].type in CLOSERS)
        if depth == 0:
            inner = tokens[at + 1 : index]
            if "IN" not in {token.type for token in inner}:
                return Advice("write `for i in 0..3 { ... }`")
            edits = Edit(stuck.span(at), ""), Edit(stuck.span(index), "")
            meant = (*tokens[:at], *inner, *tokens[index + 1 :])
            help_ = "leave the parentheses out: `for i in 0..3 { ... }`"
            return Advice(help_, (Fix(edits, "safe"),), meant)
    return None
