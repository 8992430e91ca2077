"""Commas, arrows and parentheses in the place of spaces, `|` and square brackets."""

import re
from collections.abc import Sequence

from archc.diagnostic import Edit, Fix
from archc.fixes import write
from archc.syntax.stuck import Advice, Stuck, Tokens
from archc.syntax.tokens import CLOSERS, MERGES, OPENERS


def arrow(stuck: Stuck) -> Advice | None:
    """`conv 8 -> relu -> pool 2` for `conv 8 | relu | pool 2`."""
    if stuck.kinds(-2, 0) != ("ARROW", "NAME"):
        return None
    places = [i for i, token in enumerate(stuck.tokens) if token.type == "ARROW"]
    steps = [i for i in places if stuck.tokens[i + 1 : i + 2] and not _is_taken_up(stuck, i + 1)]
    if not steps:
        return None
    edits = tuple(Edit(stuck.span(index), "|") for index in steps)
    help_ = "`|` stands between steps; `-> x` names a value for `@x` further down"
    return Advice(help_, (Fix(edits, "unsafe"),), _as_steps(stuck, steps))


def _is_taken_up(stuck: Stuck, index: int) -> bool:
    return bool(re.search(rf"@{re.escape(stuck.tokens[index])}\b", stuck.source.text))


def in_parentheses(stuck: Stuck) -> Advice | None:
    """`k=(3, 3)` for `k=[3 3]`."""
    opener, closer = _around(stuck)
    if opener is None or closer is None or stuck.tokens[opener].type != "LPAR":
        return None
    if stuck.kind not in ("COMMA", "INT", "NAME", "FLOAT"):
        return None
    open_, close = stuck.made("LSQB", "[", opener), stuck.made("RSQB", "]", closer)
    meant = (*stuck.tokens[:opener], open_, *stuck.tokens[opener + 1 : closer], close)
    fix = Fix((Edit(stuck.span(opener), "["), Edit(stuck.span(closer), "]")), "safe")
    help_ = "a list stands in square brackets: `[3 3]`"
    return Advice(help_, (fix,), (*meant, *stuck.tokens[closer + 1 :]))


def comma(stuck: Stuck) -> Advice | None:
    """A comma where a space or a `|` separates."""
    if stuck.kind != "COMMA":
        return None
    tokens, at, place = stuck.tokens, stuck.at, stuck.span(stuck.at)
    gap = stuck.source.text[tokens[at - 1].end_pos or 0 : place.start] if at else ""
    opener, _ = _around(stuck)
    if "|" in gap:
        meant = stuck.instead(at, at + 1, stuck.made("_SEP", "|"))
        return Advice("the `|` separates the steps", (write(place, ""),), meant)
    if opener and tokens[opener].type == "LBRACE" and tokens[opener - 1] in MERGES:
        return _merge_in_braces(stuck, opener)
    places = [
        i
        for i, token in enumerate(tokens)
        if token.type == "COMMA" and i >= at and _begins_step(tokens[i + 1 :])
    ]
    if at in places and opener is None:
        edits = tuple(Edit(stuck.span(index), " |") for index in places)
        help_ = "`|` stands between steps"
        return Advice(help_, (Fix(edits, "unsafe"),), _as_steps(stuck, places))
    values = _list_without_brackets(stuck)
    if values is not None:
        return values
    text = stuck.source.text
    spaced = text[place.end : place.end + 1].isspace() or place.end == len(text)
    fix = write(place, "" if spaced else " ")
    help_ = "a space separates the values of a step: `conv 32 k3`"
    follows = tokens[at + 1 :]
    return Advice(help_, (fix,), stuck.instead(at, at + 1) if follows else tokens[:at])


def _list_without_brackets(stuck: Stuck) -> Advice | None:
    """`k=3,3` for `k=[3,3]`."""
    tokens, at = stuck.tokens, stuck.at
    if stuck.kinds(-2, 0) != ("EQUAL", "INT"):
        return None
    stop = at
    while [token.type for token in tokens[stop : stop + 2]] == ["COMMA", "INT"]:
        stop += 2
    if stop == at:
        return None
    listed = stuck.span(at - 1).to(stuck.span(stop - 1))
    text = f"[{listed.text.replace(',', ' ')}]"
    opened, closed = stuck.made("LSQB", "[", at - 1), stuck.made("RSQB", "]", stop - 1)
    meant = (*tokens[: at - 1], opened, *tokens[at - 1 : stop], closed, *tokens[stop:])
    fix = write(listed, " ".join(text.split()), "safe")
    return Advice("a list stands in square brackets: `[3 3]`", (fix,), meant)


def _begins_step(tokens: Tokens) -> bool:
    """Whether a name follows that is no key."""
    return bool(tokens) and tokens[0].type == "NAME" and (len(tokens) < 2 or tokens[1] != "=")


def _merge_in_braces(stuck: Stuck, opener: int) -> Advice | None:
    """`add { id, relu }` for `add(id, relu)`."""
    _, closer = _around(stuck)
    if closer is None:
        return None
    word, brace = stuck.span(opener - 1), stuck.span(opener)
    call = stuck.made("CALL", f"{stuck.tokens[opener - 1]}(", opener - 1)
    call.end_pos = brace.end
    close = stuck.made("RPAR", ")", closer)
    inner = stuck.tokens[opener + 1 : closer]
    meant = (*stuck.tokens[: opener - 1], call, *inner, close, *stuck.tokens[closer + 1 :])
    opened = Edit(brace._replace(start=word.end), "(")
    fix = Fix((opened, Edit(stuck.span(closer), ")")), "safe")
    return Advice(f"branches stand in parentheses: `{call}id, ...)`", (fix,), meant)


def double_sign(stuck: Stuck) -> Advice | None:
    """`|> relu`, `=> relu` and an arrow of another alphabet for `| relu`."""
    place = stuck.span(stuck.at) if stuck.kind in ("CMP", "EQUAL", "STRAY") else None
    if place is None:
        return None
    text = stuck.source.text
    if stuck.token == ">" and text[: place.start].endswith("|"):
        meant = stuck.instead(stuck.at, stuck.at + 1)
        return Advice("`|` stands between steps", (write(place, "", "safe"),), meant or None)
    length = 2 if text.startswith("=>", place.start) else 1 if stuck.token in "→⇒" else 0
    if not length:
        return None
    whole = place._replace(end=place.start + length)
    joined = _as_steps(stuck, [stuck.at])
    meant = tuple(t for i, t in enumerate(joined) if length == 1 or i != stuck.at + 2)
    return Advice("`|` stands between steps", (write(whole, "|"),), meant)


def _around(stuck: Stuck) -> tuple[int | None, int | None]:
    """The innermost bracket around the place, and the one that closes it."""
    depth, opener = 0, None
    for index in range(min(stuck.at, len(stuck.tokens)) - 1, -1, -1):
        depth += (stuck.tokens[index].type in CLOSERS) - (stuck.tokens[index].type in OPENERS)
        if depth < 0:
            opener = index
            break
    depth = 0
    for index in range(stuck.at, len(stuck.tokens)):
        depth += (stuck.tokens[index].type in OPENERS) - (stuck.tokens[index].type in CLOSERS)
        if depth < 0:
            return opener, index
    return opener, None


def _as_steps(stuck: Stuck, places: Sequence[int]) -> Tokens:
    """The item with `|` in some places; at the top level its steps become a group."""
    steps = [
        stuck.made("_SEP", "|", index) if index in places else token
        for index, token in enumerate(stuck.tokens)
    ]
    return (stuck.made("LBRACE", "{", 0), *steps, stuck.made("RBRACE", "}", -1))
