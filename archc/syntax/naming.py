"""Names that are given, and declarations, as other languages write them: `x = 3`, `let n := 3`,
`conv 8 as x`, `block unit(int c) { }`."""

import re

from lark import Token

from archc.diagnostic import Edit, Fix
from archc.elsewhere import is_step
from archc.fixes import without, write
from archc.syntax.stuck import Advice, Stuck, Tokens, around
from archc.syntax.tokens import CLOSERS, MERGES

_DECLARING = ("LET", "PARAM", "SHARE", "BLOCK", "FOR")
_TYPES = ("int", "float", "bool", "str", "number", "string")


def assigned(stuck: Stuck) -> Advice | None:
    """`x = 3` for `let x = 3`, `x = conv 8` for `conv 8 -> x`."""
    if stuck.kind != "EQUAL" or stuck.at != 1 or stuck.tokens[0].type != "NAME":
        return None
    name, behind = stuck.tokens[0], stuck.tokens[2:]
    start = stuck.span(0)
    if not _is_step(behind):
        if is_step(name) and behind:
            return _with_a_space(stuck, 1)
        let = Token("LET", "let", start_pos=start.start, end_pos=start.start)
        insert = write(start._replace(end=start.start), "let ")
        return Advice(f"name a value with `let {name} = ...`", (insert,), (let, *stuck.tokens))
    later = stuck.source.text[stuck.end().end :] if stuck.source.short else ""
    word = re.escape(name)
    if re.search(rf"(?:^|[|{{*,;])[ \t]*{word}\b(?!\s*=)", later, re.MULTILINE):
        block = Token("BLOCK", "block", start_pos=start.start, end_pos=start.start)
        insert = write(start._replace(end=start.start), "block ")
        help_ = f"name steps with `block {name} = ...`"
        return Advice(help_, (insert,), (block, *stuck.tokens))
    taken_out = Edit(start._replace(end=behind[0].start_pos or 0), "")
    if not re.search(rf"\b{word}\b", later):
        return Advice("a step needs no name", (Fix((taken_out,), "unsafe"),), behind)
    arrow = Edit(stuck.end(), f" -> {name}")
    tap = (stuck.made("ARROW", "->", -1), stuck.made("NAME", str(name), -1))
    help_ = f"`-> {name}` behind a step names its value, `@{name}` takes it up"
    return Advice(help_, (Fix((taken_out, arrow), "unsafe"),), (*behind, *tap))


def _with_a_space(stuck: Stuck, at: int) -> Advice:
    """`dropout=0.5` for `dropout 0.5`."""
    before, behind = stuck.span(at - 1), stuck.span(at + 1)
    fix = write(before._replace(start=before.end, end=behind.start), " ", "safe")
    line = f"{stuck.tokens[at - 1]} {stuck.tokens[at + 1]}"
    expected = f"a space behind `{stuck.tokens[at - 1]}`"
    return Advice(f"write `{line}`", (fix,), stuck.instead(at, at + 1), at, expected)


def _is_step(tokens: Tokens) -> bool:
    """Whether a step begins here, not a value."""
    if not tokens:
        return False
    first, second = tokens[0].type, tokens[1].type if len(tokens) > 1 else "$END"
    if first == "CALL":
        name = tokens[0][:-1]
        return name in MERGES or is_step(name) or name[0].isupper()
    if first == "NAME" and second in ("$END", "_SEP"):
        return is_step(tokens[0])
    return first == "LBRACE" or (
        first == "NAME" and second in ("INT", "COMPACT", "NAME", "SIZE", "FLOAT")
    )


def step_behind_let(stuck: Stuck) -> Advice | None:
    """`let unit = conv 8` for `block unit = conv 8`."""
    tokens = stuck.tokens
    named = [token.type for token in tokens[:3]] == ["LET", "NAME", "EQUAL"]
    if not named or stuck.at not in (3, 4) or not _is_step(tokens[3:]):
        return None
    fix = write(stuck.span(0), "block")
    meant = (stuck.made("BLOCK", "block", 0), *tokens[1:])
    return Advice(f"name steps with `block {tokens[1]} = ...`", (fix,), meant, 0, "`block`")


def equal_sign(stuck: Stuck) -> Advice | None:
    """`let n 3`, `let n := 3`, `let n == 3` and `let n: int = 3` for `let n = 3`."""
    tokens, at = stuck.tokens, stuck.at
    if tokens[0].type not in ("LET", "PARAM") or at != 2 or stuck.kinds(-1, 0) != ("NAME",):
        return None
    equal = stuck.made("EQUAL", "=", min(at, len(tokens) - 1))
    help_ = f"write `{tokens[0]} {tokens[1]} = ...`"
    kinds = stuck.kinds(0, 2)
    if stuck.kind == "CMP" or kinds == ("COLON", "EQUAL"):
        stop = at + len(kinds) if kinds[0] == "COLON" else at + 1
        fix = write(stuck.span(at).to(stuck.span(stop - 1)), "=", "safe")
        return Advice(help_, (fix,), stuck.instead(at, stop, equal), None, "`=`")
    if stuck.kind == "COLON" and stuck.kinds(2, 3) == ("EQUAL",):
        typed = without(stuck.span(at).to(stuck.span(at + 1)), "safe")
        return Advice("a value needs no type", (typed,), stuck.instead(at, at + 2), None, "`=`")
    if stuck.kind not in ("INT", "FLOAT", "STRING", "LSQB", "YES", "NO", "COLON", "NAME"):
        return None
    colon = stuck.kind == "COLON"
    before = stuck.span(at - 1)
    gap = before._replace(start=before.end, end=stuck.span(at).end if colon else before.end)
    fix = write(gap, " =", "safe")
    return Advice(help_, (fix,), stuck.instead(at, at + colon, equal), None, "`=`")


def called_value(stuck: Stuck) -> Advice | None:
    """`-> @x` and `as x` for `-> x`, and a `->` without a name."""
    if stuck.kind == "AS" and stuck.kinds(1, 2) == ("NAME",):
        fix = write(stuck.span(stuck.at), "->", "safe")
        meant = stuck.instead(stuck.at, stuck.at + 1, stuck.made("ARROW", "->"))
        return Advice(f"`-> {stuck.tokens[stuck.at + 1]}` names the value", (fix,), meant)
    if stuck.kinds(-1, 0) != ("ARROW",):
        return None
    if stuck.kind == "AT_NAME":
        name = stuck.made("NAME", stuck.token[1:])
        name.start_pos = (name.start_pos or 0) + 1
        sign = stuck.span(stuck.at)
        fix = write(sign._replace(end=sign.start + 1), "", "safe")
        help_ = f"write `-> {name}`; `@{name}` takes the value up further down"
        return Advice(help_, (fix,), stuck.instead(stuck.at, stuck.at + 1, name))
    if stuck.kind == "INT" and stuck.kinds(-2, -1) == ("INT",):
        entering = stuck.span(stuck.at - 2)
        fix = write(entering._replace(end=stuck.span(stuck.at).start), "")
        help_ = f"a step says what leaves it, `{stuck.token}`: what arrives is known"
        meant = stuck.instead(stuck.at - 2, stuck.at)
        return Advice(help_, (fix,), meant, stuck.at - 1, "the channels that leave")
    if stuck.kind in ("$END", "_SEP", *CLOSERS):
        meant = stuck.instead(stuck.at - 1, stuck.at)
        fixes = (without(stuck.span(stuck.at - 1)),) if meant else ()
        return Advice("name the value, as in `-> skip`, or leave `->` out", fixes, meant or None)
    return None


def reserved(stuck: Stuck) -> Advice | None:
    """`let k3 = 8`: a name that reads as a short argument or as a word of the language."""
    declares = stuck.kinds(-1, 0) in {(kind,) for kind in _DECLARING}
    if not declares or stuck.kind == "$END" or not stuck.token.isidentifier():
        return None
    name = stuck.token
    reads = f"`{name[0]}={name[1:]}`" if stuck.kind == "COMPACT" else "a word of the language"
    help_ = f"`{name}` reads as {reads}: choose another name, such as `{name}_`"
    # Where it is read, it may mean the short argument: those places stay as they are.
    meant = stuck.instead(stuck.at, stuck.at + 1, stuck.made("NAME", f"{name}_"))
    return Advice(help_, (write(stuck.span(stuck.at), f"{name}_"),), meant)


def no_name(stuck: Stuck) -> Advice | None:
    """`block { conv 8 }`, `block 8 { }` and `let 2n = 3`."""
    if stuck.kinds(-1, 0) not in {(kind,) for kind in _DECLARING}:
        return None
    if stuck.kind == "LBRACE" and stuck.at == 1 and stuck.tokens[0].type == "BLOCK":
        help_ = "name it, `block unit { ... }`, and use it by its name; else leave `block` out"
        taken_out = write(stuck.span(0)._replace(end=stuck.span(1).start), "")
        return Advice(help_, (taken_out,), stuck.tokens[1:])
    digits = stuck.kind in ("INT", "SIZE") or (stuck.kind == "STRAY" and stuck.token[0].isdigit())
    if not digits:
        return None
    name = f"_{stuck.token.replace('?', '')}"
    help_ = f"a name begins with a letter or `_`, such as `{name}`"
    meant = stuck.instead(stuck.at, stuck.at + 1, stuck.made("NAME", name))
    return Advice(help_, (write(stuck.span(stuck.at), name),), meant)


_FURTHER = (("MINUS", "NAME"), ("MINUS", "CALL"))
_BEFORE = (*_DECLARING, "ARROW", "OUTPUT", "STAR", "COLON", "_SEP", "LBRACE")
"""What a name of a step or a value stands behind."""


def hyphen(stuck: Stuck) -> Advice | None:
    """`block my-unit { }` and the step `my-unit` for `my_unit`."""
    at = stuck.at
    if stuck.kind != "MINUS" or stuck.kinds(-1, 0) != ("NAME",):
        return None
    begins = at == 1 or stuck.kinds(-2, -1)[0] in _BEFORE
    stop = at
    while (
        stuck.tokens[stop - 1].type == "NAME" and stuck.kinds(stop - at, stop - at + 2) in _FURTHER
    ):
        stop += 2
    last = stuck.tokens[stop - 1]
    bracket = "(" if last.type == "CALL" else ""
    place = stuck.span(at - 1).to(stuck.span(stop - 1))
    place = place._replace(end=place.end - len(bracket))
    if stop == at or not begins or re.search(r"\s", place.text):
        return None
    parts = place.text.split("-")
    if all(map(is_step, parts)) and not bracket:
        return _joined_steps(stuck, stop, parts)
    name = place.text.replace("-", "_")
    made = stuck.made(last.type, name + bracket, at - 1)
    made.end_pos = last.end_pos
    fix = write(place, name)
    meant = stuck.instead(at - 1, stop, made)
    return Advice(f"write `{name}`", (fix,), meant, None, "`_` in a name")


def _joined_steps(stuck: Stuck, stop: int, parts: list[str]) -> Advice:
    """`conv-bn-relu 8` for `conv 8 | bn | relu`."""
    tokens, at = stuck.tokens, stuck.at
    ends = (i for i in range(stop, len(tokens)) if tokens[i].type in ("_SEP", "COMMA", *CLOSERS))
    end = next(ends, len(tokens))
    further: list[Token] = []
    for part in parts[1:]:
        further += [stuck.made("_SEP", "|", end - 1), stuck.made("NAME", part, end - 1)]
    behind = stuck.span(end - 1)
    names = stuck.span(at)._replace(end=stuck.span(stop - 1).end)
    text = "".join(f" | {part}" for part in parts[1:])
    fix = Fix((Edit(names, ""), Edit(behind._replace(start=behind.end), text)), "unsafe")
    meant = (*tokens[:at], *tokens[stop:end], *further, *tokens[end:])
    if around(stuck)[0] is None:
        meant = (stuck.made("LBRACE", "{", 0), *meant, stuck.made("RBRACE", "}", -1))
    return Advice("each step stands alone: `conv 8 | bn | relu`", (fix,), meant, None, "`|`")


def parameters(stuck: Stuck) -> Advice | None:
    """`block unit c s { ... }` for `block unit(c, s) { ... }`."""
    tokens, at = stuck.tokens, stuck.at
    if tokens[0].type != "BLOCK" or at != 2 or stuck.kind != "NAME":
        return None
    stop = next((i for i in range(at, len(tokens)) if tokens[i].type == "LBRACE"), None)
    names = [token for token in tokens[at:stop] if token.type != "COMMA"]
    if stop is None or any(token.type != "NAME" for token in names):
        return None
    listed: list[Token] = []
    for name in names:
        listed += [name, stuck.made("COMMA", ",", at)]
    call = stuck.made("CALL", f"{tokens[1]}(", 1)
    call.end_pos = (call.end_pos or 0) + 1
    close = stuck.made("RPAR", ")", stop)
    written = f"({', '.join(names)}) "
    place = stuck.span(1)
    fix = write(place._replace(start=place.end, end=stuck.span(stop).start), written, "safe")
    help_ = f"parameters stand in parentheses: `block {tokens[1]}{written.strip()} {{ ... }}`"
    return Advice(help_, (fix,), (tokens[0], call, *listed, close, *tokens[stop:]))


def parameter(stuck: Stuck) -> Advice | None:
    """`(int c)`, `(c: int)`, `(c; s=1)` and `(c s=1)` among the parameters of a block."""
    tokens, at = stuck.tokens, stuck.at
    heads = [token.type for token in tokens[:2]] == ["BLOCK", "CALL"]
    if not heads or any(token.type in ("RPAR", "LBRACE") for token in tokens[:at]):
        return None
    if stuck.token in _TYPES and stuck.kinds(1, 2) == ("NAME",):
        typed = stuck.span(at)._replace(end=stuck.span(at + 1).start)
        fix = write(typed, "", "safe")
        return Advice("a parameter has no type", (fix,), stuck.instead(at, at + 1))
    if stuck.kind == "COLON" and at + 1 < len(tokens):
        fix = without(stuck.span(at).to(stuck.span(at + 1)), "safe")
        return Advice("a parameter has no type", (fix,), stuck.instead(at, at + 2))
    between = stuck.made("COMMA", ",")
    help_ = "a comma stands between parameters: `(c, s=1)`"
    if stuck.kind == "_SEP":
        fix = write(stuck.span(at), ",", "safe")
        return Advice(help_, (fix,), stuck.instead(at, at + 1, between), None, "`,`")
    if stuck.kind == "NAME":
        before = stuck.span(at - 1)
        fix = write(before._replace(start=before.end), ",", "safe")
        return Advice(help_, (fix,), stuck.instead(at, at, between), None, "`,`")
    return None


def without_its_word(stuck: Stuck) -> Advice | None:
    """`unit(c) { conv c }` for `block unit(c) { conv c }`."""
    tokens = stuck.tokens
    if stuck.kind != "LBRACE" or tokens[0].type != "CALL" or stuck.kinds(-1, 0) != ("RPAR",):
        return None
    start = stuck.span(0)
    block = Token("BLOCK", "block", start_pos=start.start, end_pos=start.start)
    fix = write(start._replace(end=start.start), "block ")
    help_ = f"write `block {tokens[0]}...) {{ ... }}`"
    return Advice(help_, (fix,), (block, *tokens), 0, "`block`")
