"""Brackets of another kind than the language has in a place, and lists without any."""

from lark import Token

from archc.diagnostic import Edit, Fix
from archc.fixes import write
from archc.syntax.separators import begins_step
from archc.syntax.stuck import Advice, Stuck, around, step_start
from archc.syntax.tokens import MERGES

_STEPS_FOLLOW = ("STAR", "COLON", "EQUAL", "_SEP", "LBRACE", "TRAIN")


def of_steps(stuck: Stuck) -> Advice | None:
    """`3 * (conv 8 | relu)` and `block unit [ conv 8 ]` for steps in braces."""
    opener, closer = _at_or_around(stuck)
    if opener is None or closer is None or stuck.tokens[opener].type not in ("LPAR", "LSQB"):
        return None
    tokens = stuck.tokens
    if not (_steps_stand_at(stuck, opener) and _holds_steps(tokens[opener + 1 : closer])):
        return None
    opened, closed = stuck.made("LBRACE", "{", opener), stuck.made("RBRACE", "}", closer)
    inner = tuple(
        stuck.made("_SEP", "|", i) if token.type in ("COMMA", "STRAY") else token
        for i, token in enumerate(tokens[opener + 1 : closer], opener + 1)
    )
    meant = (*tokens[:opener], opened, *inner, closed, *tokens[closer + 1 :])
    copies = _copies(tokens[closer + 1 :])
    if copies is not None:  # `(conv 8 | relu) * 3`
        signs = stuck.made("INT", str(copies), opener), stuck.made("STAR", "*", opener)
        meant = (*tokens[:opener], *signs, opened, *inner, closed, *tokens[closer + 3 :])
    last = closer if copies is None else closer + 2
    front = "{" if copies is None else f"{copies} * {{"
    edits = [
        Edit(stuck.span(opener), front),
        Edit(stuck.span(closer).to(stuck.span(last)), "}"),
    ]
    edits += [Edit(stuck.span(i), " |") for i in range(opener, closer) if tokens[i].type == "COMMA"]
    return Advice(
        "steps stand in braces: `{ ... }`",
        (Fix(tuple(edits), "safe"),),
        meant,
        at=opener,
        expected=f"`{front}`",
    )


def _copies(behind: tuple[Token, ...]) -> Token | None:
    """The count of copies behind brackets."""
    counted = len(behind) > 1 and behind[0] in ("*", "x", "X", "×") and behind[1].type == "INT"
    return behind[1] if counted else None


def _at_or_around(stuck: Stuck) -> tuple[int | None, int | None]:
    """The bracket that the parser is stuck at, else the one around, with its partner."""
    if stuck.kind in ("LPAR", "LSQB"):
        return stuck.at, around(stuck._replace(at=stuck.at + 1))[1]
    return around(stuck)


def _steps_stand_at(stuck: Stuck, opener: int) -> bool:
    """Whether a step or the body of a block may stand in a place."""
    before = [token.type for token in stuck.tokens[max(0, opener - 2) : opener]]
    if not before or before[-1] in _STEPS_FOLLOW or before == ["BLOCK", "NAME"]:
        return True
    in_train = stuck.tokens[0].type == "TRAIN" and before[-1] == "NAME"
    return in_train or (before[-1] == "RPAR" and stuck.tokens[0].type == "BLOCK")


def _holds_steps(inside: tuple[Token, ...]) -> bool:
    """Whether brackets hold steps: a name and a value, or what stands between separators."""
    kinds = [token.type for token in inside]
    if not kinds or kinds[0] not in ("NAME", "CALL", "INT"):
        return False
    values = ("INT", "COMPACT", "SIZE", "FLOAT", "NAME")
    separated = "_SEP" in kinds or any(token == "|" for token in inside)
    return separated or (kinds[0] == "NAME" and (len(kinds) == 1 or kinds[1] in values))


def of_values(stuck: Stuck) -> Advice | None:
    """`k=(3, 3)` for `k=[3 3]`."""
    opener, closer = around(stuck)
    if opener is None or closer is None or stuck.tokens[opener].type != "LPAR":
        return None
    if stuck.kind not in ("COMMA", "INT", "NAME", "FLOAT"):
        return None
    open_, close = stuck.made("LSQB", "[", opener), stuck.made("RSQB", "]", closer)
    meant = (*stuck.tokens[:opener], open_, *stuck.tokens[opener + 1 : closer], close)
    fix = Fix((Edit(stuck.span(opener), "["), Edit(stuck.span(closer), "]")), "safe")
    help_ = "a list stands in square brackets: `[3 3]`"
    return Advice(help_, (fix,), (*meant, *stuck.tokens[closer + 1 :]))


def left_out(stuck: Stuck) -> Advice | None:
    """`k=3,3` for `k=[3,3]`."""
    tokens, at = stuck.tokens, stuck.at
    if stuck.kind != "COMMA" or stuck.kinds(-2, 0) != ("EQUAL", "INT"):
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


def of_body(stuck: Stuck) -> Advice | None:
    """`if C > 3 relu`, `for i in 0..3: relu` and `else relu` for a step in braces."""
    tokens, at = stuck.tokens, stuck.at
    begun = step_start(stuck, "_SEP", "COMMA")
    heads = [i for i in range(begun, at) if tokens[i].type in ("IF", "FOR", "ELSE")]
    opened = {token.type for token in tokens[heads[-1] : at]} if heads else {"LBRACE"}
    if "LBRACE" in opened or (tokens[heads[0]].type == "FOR" and "IN" not in opened):
        return None
    sign = stuck.kind == "COLON" or (stuck.kind == "NAME" and stuck.token in ("then", "do"))
    start = at + sign
    stop = next((i for i in range(start, len(tokens)) if tokens[i].type in _BEHIND), len(tokens))
    if heads[0] != begun or not begins_step(tokens[start:stop]):
        return None
    first, last = stuck.span(start), stuck.span(stop - 1)
    edits = (
        Edit(
            (stuck.span(at) if sign else first)._replace(end=first.start),
            " { " if stuck.kind == "COLON" else "{ ",
        ),
        Edit(last._replace(start=last.end), " }"),
    )
    opener, closer = stuck.made("LBRACE", "{", start), stuck.made("RBRACE", "}", stop - 1)
    meant = (*tokens[:at], opener, *tokens[start:stop], closer, *tokens[stop:])
    help_ = f"its steps stand in braces: `{{ {first.to(last).text} }}`"
    return Advice(help_, (Fix(edits, "unsafe"),), meant, None, "`{`")


_BEHIND = ("_SEP", "ELSE", "RBRACE", "COMMA")


def of_branches(stuck: Stuck) -> Advice | None:
    """`add { id, relu }` and `concat [id, relu]` for `add(id, relu)`."""
    opener, closer = _at_or_around(stuck)
    if opener is None or closer is None or opener == 0:
        return None
    tokens = stuck.tokens
    word, brace = tokens[opener - 1], stuck.span(opener)
    if tokens[opener].type not in ("LBRACE", "LSQB", "LPAR") or word not in MERGES:
        return None
    call = stuck.made("CALL", f"{word}(", opener - 1)
    call.end_pos = brace.end
    close = stuck.made("RPAR", ")", closer)
    inner = tokens[opener + 1 : closer]
    meant = (*tokens[: opener - 1], call, *inner, close, *tokens[closer + 1 :])
    opened = Edit(brace._replace(start=stuck.span(opener - 1).end), "(")
    fix = Fix((opened, Edit(stuck.span(closer), ")")), "safe")
    return Advice(f"branches stand in parentheses: `{call}id, ...)`", (fix,), meant)
