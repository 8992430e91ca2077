"""Words and signs of other languages: `elif`, `50%`, `3 x conv 8`."""

import re

from lark import Token

from archc.diagnostic import Edit, Fix
from archc.fixes import without, write
from archc.syntax.stuck import Advice, Stuck


def count(stuck: Stuck) -> Advice | None:
    """`conv 8 * 3` and `3 x conv 8` for `3 * conv 8`."""
    tokens, at = stuck.tokens, stuck.at
    if (
        stuck.kind == "NAME"
        and stuck.token in ("x", "X", "times")
        and stuck.kinds(-1, 0) == ("INT",)
    ):
        fix = write(stuck.span(at), "*", "safe")
        meant = stuck.instead(at, at + 1, stuck.made("STAR", "*"))
        return Advice("`3 * conv 8` makes three copies", (fix,), meant)
    if stuck.kind == "STAR" and stuck.kinds(1, 3) == ("INT",) and tokens[0].type == "NAME":
        count = tokens[at + 1]
        start = stuck.span(0)
        out = without(stuck.span(at).to(stuck.span(at + 1)))
        edits = (Edit(start._replace(end=start.start), f"{count} * "), *out.edits)
        meant = (stuck.made("INT", str(count)), stuck.made("STAR", "*"), *tokens[:at])
        help_ = f"the count stands in front: `{count} * {tokens[0]} ...`"
        return Advice(help_, (Fix(edits, "unsafe"),), meant)
    return None


def condition(stuck: Stuck) -> Advice | None:
    """`elif` for `else if`, `=` for `==`."""
    at = stuck.at
    if stuck.kind == "NAME" and stuck.token in ("elif", "elseif", "elsif"):
        words = stuck.made("ELSE", "else"), stuck.made("IF", "if")
        fix = write(stuck.span(at), "else if", "safe")
        return Advice("write `else if`", (fix,), stuck.instead(at, at + 1, *words))
    if stuck.kind == "EQUAL" and any(token.type == "IF" for token in stuck.tokens[:at]):
        fix = write(stuck.span(at), "==", "safe")
        equal = stuck.made("CMP", "==")
        return Advice("`==` compares", (fix,), stuck.instead(at, at + 1, equal))
    return None


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


def operator(stuck: Stuck) -> Advice | None:
    """An operator at the end of a line that nothing follows."""
    if stuck.kinds(0, 1) in _INFIX and stuck.kinds(1, 2) in ((), ("_SEP",)):
        stuck = stuck._replace(at=stuck.at + 1)
    if stuck.kind not in ("$END", "_SEP") or stuck.kinds(-1, 0)[0:1] not in _INFIX:
        return None
    sign = stuck.span(stuck.at - 1)
    share = _percentage(stuck)
    if share is not None:
        return share
    help_ = f"leave `{sign.text}` out, or put the whole in parentheses to go on below"
    meant = stuck.instead(stuck.at - 1, stuck.at)
    return Advice(help_, (without(sign),), meant)


def _percentage(stuck: Stuck) -> Advice | None:
    """`dropout 50%` for `dropout 0.5`."""
    number = stuck.tokens[stuck.at - 2] if stuck.at >= 2 else None
    if stuck.kinds(-1, 0) != ("PERCENT",) or number is None:
        return None
    if number.type not in ("INT", "FLOAT") or len(number) > 9:
        return None
    text = f"{float(number) / 100:g}"
    if not re.fullmatch(r"\d*\.\d+|0|1", text):
        return None
    made = stuck.made("FLOAT" if "." in text else "INT", text, stuck.at - 2)
    meant = stuck.instead(stuck.at - 2, stuck.at, made)
    fix = write(stuck.span(stuck.at - 2).to(stuck.span(stuck.at - 1)), text, "safe")
    return Advice(f"write `{text}`", (fix,), meant)


_INFIX = {(k,) for k in ("PLUS", "MINUS", "SLASH", "DSLASH", "PERCENT", "POW", "CMP", "AND", "OR")}


def colon(stuck: Stuck) -> Advice | None:
    """`epochs: 5` for `epochs 5`, as YAML writes it."""
    at = stuck.at - 2
    if stuck.kinds(-3, -1) != ("NAME", "COLON") or stuck.kinds(-1, 0) not in _VALUES:
        return None
    line = f"{stuck.tokens[at - 1]} {stuck.tokens[at + 1]}"
    fix = write(stuck.span(at)._replace(end=stuck.span(at + 1).start), " ", "safe")
    expected = f"a space behind `{stuck.tokens[at - 1]}`"
    return Advice(f"write `{line}`", (fix,), stuck.instead(at, at + 1), at, expected)


def equal_sign(stuck: Stuck) -> Advice | None:
    """`epochs = 5` for `epochs 5` in `train`, and `weight-decay=` for `weight_decay=`."""
    if stuck.kind != "EQUAL":
        return None
    at = stuck.at
    if stuck.kinds(-3, 0) == ("NAME", "MINUS", "NAME"):
        name = f"{stuck.tokens[at - 3]}_{stuck.tokens[at - 1]}"
        place = stuck.span(at - 3).to(stuck.span(at - 1))
        meant = stuck.instead(at - 3, at, stuck.made("NAME", name, at - 3))
        fix = write(place, name, "safe")
        return Advice(f"write `{name}=`", (fix,), meant, at - 2, "`_` in a name")
    begins = stuck.kinds(-2, -1) in (("_SEP",), ("LBRACE",))
    if stuck.tokens[0].type != "TRAIN" or not begins or at + 1 >= len(stuck.tokens):
        return None
    gap = stuck.span(at - 1)
    fix = write(gap._replace(start=gap.end, end=stuck.span(at + 1).start), " ", "safe")
    line = f"{stuck.tokens[at - 1]} {stuck.tokens[at + 1]}"
    expected = f"a space behind `{stuck.tokens[at - 1]}`"
    return Advice(f"write `{line}`", (fix,), stuck.instead(at, at + 1), at, expected)


_VALUES = (("INT",), ("FLOAT",), ("SIZE",), ("STRING",))


def added(stuck: Stuck) -> Advice | None:
    """`conv 8 + x` for `conv 8 | add(id, @x)`: the sum of two values."""
    merge = {"PLUS": "add", "STAR": "mul", "MINUS": "sub"}.get(stuck.kind)
    behind = stuck.kinds(1, 2)
    ends = stuck.kinds(2, 3) in {(), *((kind,) for kind in _BEHIND_STEPS)}
    if merge is None or behind not in (("NAME",), ("AT_NAME",)) or not ends:
        return None
    name = str(stuck.tokens[stuck.at + 1]).lstrip("@")
    text = f"| {merge}(id, @{name})"
    sum_ = (
        stuck.made("_SEP", "|"),
        stuck.made("CALL", f"{merge}("),
        stuck.made("NAME", "id"),
        stuck.made("COMMA", ","),
        stuck.made("AT_NAME", f"@{name}", stuck.at + 1),
        stuck.made("RPAR", ")", stuck.at + 1),
    )
    meant = stuck.instead(stuck.at, stuck.at + 2, *sum_)
    if not any(token.type in ("LBRACE", "CALL") for token in stuck.tokens[: stuck.at]):
        # At the top of a file each step is an item: braces make one of the two.
        meant = (stuck.made("LBRACE", "{", 0), *meant, stuck.made("RBRACE", "}", stuck.at + 1))
    fix = write(stuck.span(stuck.at).to(stuck.span(stuck.at + 1)), text)
    return Advice(f"write `{text}`", (fix,), meant)


_BEHIND_STEPS = ("_SEP", "RBRACE", "RPAR", "COMMA", "ARROW")


def listed(stuck: Stuck) -> Advice | None:
    """`- conv 8`, a list of YAML or Markdown."""
    first = stuck.at == 0 or stuck.kinds(-1, 0) in (("_SEP",), ("LBRACE",), ("COLON",))
    if stuck.kind not in ("MINUS", "NEG") or not first or stuck.at + 1 >= len(stuck.tokens):
        return None
    fix = write(stuck.span(stuck.at)._replace(end=stuck.span(stuck.at + 1).start), "", "safe")
    return Advice("steps are no list: leave `-` out", (fix,), stuck.instead(stuck.at, stuck.at + 1))


def stray(stuck: Stuck) -> Advice | None:
    """A character that stands nowhere."""
    if stuck.kind != "STRAY" or stuck.token == "|":
        return None
    place, sign = stuck.span(stuck.at), str(stuck.token)
    meant = stuck.instead(stuck.at, stuck.at + 1)
    if sign == ".":
        return Advice("a number has a digit behind the dot: `.5`, `1.0`", (), meant)
    if sign in "'\"\u201c\u201d\u2018\u2019":
        return Advice('a text stands on one line between double quotes: `"text"`')
    if sign in _SIGNS:
        kind, text = _SIGNS[sign]
        fix = write(place, text)
        made = stuck.made(kind, text)
        return Advice(f"write `{text}`", (fix,), stuck.instead(stuck.at, stuck.at + 1, made))
    return Advice("delete it", (write(place, ""),), meant)


_SIGNS = {"×": ("STAR", "*"), "^": ("POW", "**"), "\u2212": ("MINUS", "-")}
