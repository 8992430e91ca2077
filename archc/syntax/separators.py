"""Signs in the place of `|` and of spaces: commas, arrows and operators."""

import re
from collections.abc import Sequence
from itertools import pairwise

from archc.diagnostic import Edit, Fix
from archc.elsewhere import is_step
from archc.fixes import write
from archc.syntax.stuck import Advice, Stuck, Tokens, around
from archc.syntax.tokens import CLOSERS, OPENERS

_ARROWS = (">", ">>", "=>", "-->", "->", "~>", "→", "⇒", "➔", "⟶")
_OTHERS = ("+", "&", "&&", "/", "\\", "||", ">>>")
"""Signs that stand between steps elsewhere; the others do where the name of a layer follows."""
_LONGEST = 3


def sign_for_a_pipe(stuck: Stuck) -> Advice | None:
    """`conv 8 > relu`, `conv 8 --> relu` and `conv 8 & relu` for `conv 8 | relu`."""
    text = stuck.source.text
    if stuck.kind in ("$END", "_SEP", "NAME", "AT_NAME"):
        return None
    if stuck.token == ">" and text[: stuck.token.start_pos].endswith("|"):
        meant = stuck.instead(stuck.at, stuck.at + 1)
        place = stuck.span(stuck.at)
        return Advice("`|` stands between steps", (write(place, "", "safe"),), meant or None)
    starts = (stuck.at - 1, stuck.at)
    start = next((i for i in starts if i + _sign(stuck.tokens, i) > stuck.at), None)
    if start is None:
        return None
    length = _sign(stuck.tokens, start)
    sign = _joined(stuck.tokens[start : start + length])
    taken_up = sign == "->" and length == 1
    places = [
        i
        for i in _beside(stuck, start)
        if _sign(stuck.tokens, i) == length and _joined(stuck.tokens[i : i + length]) == sign
    ]
    if taken_up or not places:
        return None
    edits = tuple(Edit(stuck.span(i).to(stuck.span(i + length - 1)), "|") for i in places)
    meant = as_steps(stuck, places, length)
    return Advice("`|` stands between steps", (Fix(edits, "unsafe"),), meant, start, "`|`", length)


def _joined(tokens: Tokens) -> str:
    return "".join(tokens)


def _sign(tokens: Tokens, start: int) -> int:
    """How many tokens make a sign between steps, 0 where there is none."""
    for length in range(_LONGEST, 0, -1):
        parts = tokens[start : start + length]
        close = all(a.end_pos == b.start_pos for a, b in pairwise(parts))
        if start < 0 or len(parts) < length or not close:
            continue
        behind = tokens[start + length :]
        sign = _joined(parts)
        if sign in _ARROWS and begins_step(behind):
            return length
        if sign in _OTHERS and behind and behind[0].type == "NAME":
            return length if is_step(behind[0]) else 0
    return 0


def begins_step(tokens: Tokens) -> bool:
    """Whether a step stands here: a name that is no key, a merge, a group or copies."""
    if not tokens or tokens[0].type not in ("NAME", "CALL", "LBRACE", "INT"):
        return False
    behind = tokens[1].type if len(tokens) > 1 else "$END"
    return behind == "STAR" if tokens[0].type == "INT" else behind != "EQUAL"


def _beside(stuck: Stuck, start: int) -> list[int]:
    """The places from one on that are in the same bracket; a place in braces ends with its step."""
    depth, found = 0, []
    for index in range(start, len(stuck.tokens)):
        kind = stuck.tokens[index].type
        depth += (kind in OPENERS) - (kind in CLOSERS)
        if depth < 0 or (depth == 0 and kind == "_SEP"):
            break
        if depth == 0:
            found.append(index)
    return found


def arrow(stuck: Stuck) -> Advice | None:
    """`conv 8 -> relu -> pool 2` for `conv 8 | relu | pool 2`."""
    if stuck.kinds(-2, 0) != ("ARROW", "NAME") or stuck.kind == "IF":
        return None
    places = [i for i in _beside(stuck, 0) if stuck.tokens[i].type == "ARROW"]
    if stuck.at - 2 not in places:
        places = [i for i in _beside(stuck, stuck.at - 2) if stuck.tokens[i].type == "ARROW"]
    begun = (i for i in places if begins_step(stuck.tokens[i + 1 :]))
    steps = [i for i in begun if not _taken_up(stuck, i + 1)]
    if not steps:
        return None
    edits = tuple(Edit(stuck.span(index), "|") for index in steps)
    help_ = "`|` stands between steps; `-> x` names a value for `@x` further down"
    return Advice(help_, (Fix(edits, "unsafe"),), as_steps(stuck, steps), steps[0], "`|`")


def _taken_up(stuck: Stuck, index: int) -> bool:
    name = re.escape(stuck.tokens[index])
    return bool(re.search(rf"@{name}\b", stuck.source.text if stuck.source.short else ""))


def comma(stuck: Stuck) -> Advice | None:
    """A comma where a space or a `|` separates."""
    if stuck.kind != "COMMA":
        return None
    tokens, at, place = stuck.tokens, stuck.at, stuck.span(stuck.at)
    gap = stuck.source.text[tokens[at - 1].end_pos or 0 : place.start] if at else ""
    if "|" in gap:
        meant = stuck.instead(at, at + 1, stuck.made("_SEP", "|"))
        return Advice("the `|` separates the steps", (write(place, ""),), meant)
    opener, _ = around(stuck)
    holds_steps = opener is None or tokens[opener].type == "LBRACE"
    places = [
        i for i in _beside(stuck, at) if tokens[i].type == "COMMA" and begins_step(tokens[i + 1 :])
    ]
    if at in places and holds_steps:
        edits = tuple(Edit(stuck.span(index), " |") for index in places)
        help_ = "`|` stands between steps"
        return Advice(help_, (Fix(edits, "unsafe"),), as_steps(stuck, places), None, "`|`")
    text = stuck.source.text
    follows = tokens[at + 1 :]
    if not follows or follows[0].type == "_SEP":
        taken_out = stuck.instead(at, at + 1)
        return Advice("nothing follows it: leave it out", (write(place, "", "safe"),), taken_out)
    spaced = text[place.end : place.end + 1].isspace()
    fix = write(place, "" if spaced else " ")
    help_ = "a space separates the values of a step: `conv 32 k3`"
    return Advice(help_, (fix,), stuck.instead(at, at + 1), None, "a space")


def as_steps(stuck: Stuck, places: Sequence[int], length: int = 1) -> Tokens:
    """The item with `|` in some places; at the top level its steps become a group."""
    left_out = {i + n for i in places for n in range(1, length)}
    steps = [
        stuck.made("_SEP", "|", index) if index in places else token
        for index, token in enumerate(stuck.tokens)
        if index not in left_out
    ]
    if around(stuck._replace(at=places[0]))[0] is not None:
        return tuple(steps)
    return (stuck.made("LBRACE", "{", 0), *steps, stuck.made("RBRACE", "}", -1))
