"""Words and signs of other languages: `elif`, `epochs: 5`, `conv 8 + x`."""

from lark import Token

from archc.diagnostic import Edit, Fix
from archc.elsewhere import is_step
from archc.fixes import without, write
from archc.syntax.stuck import Advice, Stuck, around


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


def operator(stuck: Stuck) -> Advice | None:
    """An operator at the end of a line that nothing follows."""
    if stuck.kinds(0, 1) in _INFIX and stuck.kinds(1, 2) in ((), ("_SEP",)):
        stuck = stuck._replace(at=stuck.at + 1)
    if stuck.kind not in ("$END", "_SEP") or stuck.kinds(-1, 0)[0:1] not in _INFIX:
        return None
    sign = stuck.span(stuck.at - 1)
    help_ = f"leave `{sign.text}` out, or put the whole in parentheses to go on below"
    meant = stuck.instead(stuck.at - 1, stuck.at)
    return Advice(help_, (without(sign),), meant)


_INFIX = {(k,) for k in ("PLUS", "MINUS", "SLASH", "DSLASH", "PERCENT", "POW", "CMP", "AND", "OR")}


def colon(stuck: Stuck) -> Advice | None:
    """`epochs: 5` for `epochs 5`, and `classes: 10` for `let classes = 10`, as YAML writes them."""
    # A whole number may be the count of copies: it is behind it that nothing fits.
    behind = stuck.kinds(-3, 0) if stuck.kinds(-1, 0) in _VALUES else stuck.kinds(-2, 1)
    at = stuck.at - 2 if stuck.kinds(-1, 0) in _VALUES else stuck.at - 1
    if behind[:2] != ("NAME", "COLON") or behind[2:] not in _VALUES:
        return None
    name, value = stuck.tokens[at - 1], stuck.tokens[at + 1]
    gap = stuck.span(at)._replace(end=stuck.span(at + 1).start)
    alone = at == 1 and len(stuck.tokens) == 3 and stuck.tokens[0].type == "NAME"
    if alone and not is_step(name):
        start = stuck.span(0)
        let = Token("LET", "let", start_pos=start.start, end_pos=start.start)
        fix = Fix((Edit(start._replace(end=start.start), "let "), Edit(gap, " = ")), "safe")
        said = (let, name, stuck.made("EQUAL", "=", at), value)
        return Advice(f"name a value with `let {name} = {value}`", (fix,), said, at, "`=`")
    fix = write(gap, " ", "safe")
    meant = stuck.instead(at, at + 1)
    return Advice(f"write `{name} {value}`", (fix,), meant, at, f"a space behind `{name}`")


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
    signs = _in_one_line(stuck)
    edits = []
    for sign in signs:
        before, behind = stuck.span(sign - 1), stuck.span(sign + 1)
        edits.append(Edit(before._replace(start=before.end, end=behind.start), " "))
        if sign != at:
            edits.append(Edit(stuck.span(sign - 2), " |"))
    meant = tuple(
        stuck.made("_SEP", "|", index) if index + 2 in signs[1:] else token
        for index, token in enumerate(stuck.tokens)
        if index not in signs
    )
    line = f"{stuck.tokens[at - 1]} {stuck.tokens[at + 1]}"
    expected = f"a space behind `{stuck.tokens[at - 1]}`"
    return Advice(f"write `{line}`", (Fix(tuple(edits), "safe"),), meant, at, expected)


def _in_one_line(stuck: Stuck) -> list[int]:
    """The places of all `=` in `data=digits, epochs=3`."""
    found = [stuck.at]
    for index in range(stuck.at + 1, len(stuck.tokens) - 2):
        kinds = [token.type for token in stuck.tokens[index : index + 3]]
        if kinds[0] in ("_SEP", "RBRACE"):
            break
        if kinds == ["COMMA", "NAME", "EQUAL"]:
            found.append(index + 2)
    return found


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
    if stuck.kinds(1, 2) == ("LSQB",):
        return Advice("steps are no lists: write them as `conv 64 k3 s2`")
    fix = write(stuck.span(stuck.at)._replace(end=stuck.span(stuck.at + 1).start), "", "safe")
    return Advice("steps are no list: leave `-` out", (fix,), stuck.instead(stuck.at, stuck.at + 1))


def paper(stuck: Stuck) -> Advice | None:
    """`conv 32@3x3` and `conv 64 k7 /2`, as papers write them."""
    at = stuck.at
    if stuck.kind == "STRAY" and stuck.token == "@" and stuck.kinds(1, 2) in (("INT",), ("SIZE",)):
        sides = stuck.tokens[at + 1].split("x")
        text = f"k{sides[0] if len(set(sides)) == 1 else 'x'.join(sides)}"
    elif stuck.kind == "SLASH" and stuck.kinds(1, 2) == ("INT",):
        text = f"s{stuck.tokens[at + 1]}"
    else:
        return None
    place = stuck.span(at).to(stuck.span(at + 1))
    made = stuck.made("COMPACT", text)
    made.end_pos = place.end
    close = at > 0 and stuck.tokens[at - 1].end_pos == place.start
    fix = write(place, f" {text}" if close else text, "safe")
    return Advice(f"write `{text}`", (fix,), stuck.instead(at, at + 2, made))


def _in_argument(stuck: Stuck, at: int | None = None) -> bool:
    """Whether a token stands behind a step's word: the one at a place, else the stuck one."""
    place = stuck.at if at is None else at
    before = stuck.tokens[place - 1].type if place > 0 else "_SEP"
    return before not in ("_SEP", "LBRACE", "COLON", "COMMA")


def key(stuck: Stuck) -> Advice | None:
    """`conv 8 k:3` for `conv 8 k=3`."""
    at = stuck.at
    if stuck.kind != "COLON" or stuck.kinds(-1, 0) != ("NAME",) or not _in_argument(stuck, at - 1):
        return None
    behind = stuck.tokens[at + 1 : at + 2]
    if not behind or behind[0].type in ("_SEP", "LBRACE", "EQUAL"):
        return None
    place = stuck.span(at)._replace(end=behind[0].start_pos or 0)
    fix = write(place, "=", "safe")
    help_ = f"write `{stuck.tokens[at - 1]}={behind[0]}`"
    return Advice(help_, (fix,), stuck.instead(at, at + 1, stuck.made("EQUAL", "=")), None, "`=`")


def quoted(stuck: Stuck) -> Advice | None:
    """A text between typographic quotes."""
    if stuck.kind != "STRAY" or stuck.token not in _QUOTES:
        return None
    closing = next(
        (i for i in range(stuck.at + 1, len(stuck.tokens)) if stuck.tokens[i] in _QUOTES), None
    )
    help_ = 'a text stands on one line between double quotes: `"text"`'
    if closing is None or "\n" in stuck.span(stuck.at).to(stuck.span(closing)).text:
        return Advice(help_)
    place = stuck.span(stuck.at).to(stuck.span(closing))
    text = f'"{place.text[1:-1]}"'
    made = stuck.made("STRING", text)
    made.end_pos = place.end
    edits = Edit(stuck.span(stuck.at), '"'), Edit(stuck.span(closing), '"')
    meant = stuck.instead(stuck.at, closing + 1, made)
    return Advice(help_, (Fix(edits, "safe"),), meant)


_QUOTES = ("\u201c", "\u201d", "\u201e", "\u2018", "\u2019", "\u00ab", "\u00bb")


def side_by_side(stuck: Stuck) -> Advice | None:
    """`@x relu` and `add(id, conv 8) relu`: steps without `|` between them."""
    begins = stuck.kind == "CALL" or (stuck.kind == "NAME" and stuck.kinds(1, 2) != ("EQUAL",))
    if not begins or stuck.kinds(-1, 0) not in (("AT_NAME",), ("RPAR",), ("RBRACE",)):
        return None
    place = stuck.span(stuck.at)
    fix = write(place._replace(end=place.start), "| ", "safe")
    separator = stuck.made("_SEP", "|", stuck.at - 1)
    meant = stuck.instead(stuck.at, stuck.at, separator)
    if around(stuck)[0] is None:
        meant = (stuck.made("LBRACE", "{", 0), *meant, stuck.made("RBRACE", "}", -1))
    return Advice(f"write `| {stuck.token.rstrip('(')}`", (fix,), meant, None, "`|`")


def negated(stuck: Stuck) -> Advice | None:
    """`!bias` for `bias=no`, `!x` for `not x`."""
    if stuck.kind != "STRAY" or stuck.token != "!" or stuck.kinds(1, 2) != ("NAME",):
        return None
    place, name = stuck.span(stuck.at), stuck.tokens[stuck.at + 1]
    if any(token.type in ("IF", "LET") for token in stuck.tokens[: stuck.at]):
        made = stuck.made("NOT", "not")
        meant = stuck.instead(stuck.at, stuck.at + 1, made)
        return Advice(f"write `not {name}`", (write(place, "not ", "safe"),), meant)
    if not _in_argument(stuck):
        return None
    whole = place.to(stuck.span(stuck.at + 1))
    signs = [stuck.made(kind, text, stuck.at + 1) for kind, text in (("EQUAL", "="), ("NO", "no"))]
    for sign in signs:
        sign.start_pos = name.end_pos
    meant = stuck.instead(stuck.at, stuck.at + 2, name, *signs)
    return Advice(f"write `{name}=no`", (write(whole, f"{name}=no", "safe"),), meant)


def stray(stuck: Stuck) -> Advice | None:
    """A character that stands nowhere."""
    if stuck.kind != "STRAY" or stuck.token == "|":
        return None
    place, sign = stuck.span(stuck.at), str(stuck.token)
    meant = stuck.instead(stuck.at, stuck.at + 1)
    if sign == ".":
        behind = stuck.kinds(1, 2) in ((), ("_SEP",))
        fixes = (write(place, ""),) if behind else ()
        return Advice("a number has a digit behind the dot: `.5`, `1.0`", fixes, meant)
    if sign in ("'", '"'):
        return Advice('a text stands on one line between double quotes: `"text"`')
    if sign == "^":
        power = stuck.made("POW", "**")
        return Advice(
            "write `**`", (write(place, "**"),), stuck.instead(stuck.at, stuck.at + 1, power)
        )
    if sign[0].isdigit():
        return Advice("a number has digits alone, a name begins with a letter")
    return Advice("delete it", (write(place, ""),), meant)
