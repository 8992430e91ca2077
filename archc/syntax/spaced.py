"""Values that want brackets: `fc 2 if x else 3`, `conv 8 k[1 7]`."""

from archc.fixes import write
from archc.syntax.stuck import Advice, Stuck, around, step_start
from archc.syntax.tokens import CLOSERS, OPENERS

_INFIX = (
    "IF", "ELSE", "OR", "AND", "CMP", "PLUS", "MINUS", "STAR", "SLASH", "DSLASH", "PERCENT", "POW",
    "DOTS",
)  # fmt: skip
_BEGIN = ("NAME", "CALL", "AT_NAME", "ARROW", "INT", "LPAR", "FOR", "LBRACE")
_AROUND_STEPS = ("LBRACE", "_SEP", "COLON", "STAR", "COMMA")


def choice(stuck: Stuck) -> Advice | None:
    """`fc 2 if x else 3` for `fc (2 if x else 3)`, and `conv 8 if x` for `if x { conv 8 }`."""
    stop = _end(stuck) if stuck.kind == "IF" and stuck.at > 0 else None
    if stop is None or stuck.tokens[stop - 1].type in _INFIX:
        return None
    if "ELSE" not in {token.type for token in stuck.tokens[stuck.at : stop]}:
        return _guard(stuck, stop)
    start = _operand(stuck)
    if start is None:
        return None
    place = stuck.span(start).to(stuck.span(stop - 1))
    opener, closer = stuck.made("LPAR", "(", start), stuck.made("RPAR", ")", stop - 1)
    inner = stuck.tokens[start:stop]
    meant = (*stuck.tokens[:start], opener, *inner, closer, *stuck.tokens[stop:])
    fix = write(place, f"({place.text})", "safe")
    expected = "a value without spaces or in parentheses"
    return Advice(f"write `({place.text})`", (fix,), meant, start, expected, stop - start)


def _operand(stuck: Stuck) -> int | None:
    """Where the value in front begins, if it is one of a step's."""
    start = stuck.at - 1
    depth = 0
    while start >= 0:
        kind = stuck.tokens[start].type
        depth += (kind in CLOSERS) - (kind in OPENERS)
        glued = start > 0 and stuck.tokens[start - 1].end_pos == stuck.tokens[start].start_pos
        behind_key = start > 0 and stuck.tokens[start - 1].type == "EQUAL"
        if depth < 0:
            return None
        if depth == 0 and (behind_key or not glued):
            break
        start -= 1
    in_front = stuck.tokens[start - 1].type if start > 0 else "_SEP"
    return start if start > 0 and in_front not in _AROUND_STEPS and depth == 0 else None


def _end(stuck: Stuck) -> int | None:
    """Behind the last operand: operators and values take turns, and what touches goes together."""
    tokens, index, wants = stuck.tokens, stuck.at, False
    while index < len(tokens):
        kind = tokens[index].type
        glued = tokens[index - 1].end_pos == tokens[index].start_pos
        if kind in _INFIX:
            wants = True
        elif kind == "NOT" and wants:
            pass
        elif wants or (glued and kind not in ("_SEP", "RBRACE", "COMMA", "RPAR")):
            wants = False
            if kind in OPENERS:
                closer = around(stuck._replace(at=index + 1))[1]
                if closer is None:
                    return None
                index = closer
        else:
            break
        index += 1
    return index


def _guard(stuck: Stuck, stop: int) -> Advice | None:
    """`conv 8 if C != 8` for `if C != 8 { conv 8 }`: conditions behind steps are for branches."""
    start = step_start(stuck, "_SEP")
    if start == stuck.at or stuck.tokens[start].type not in _BEGIN:
        return None
    step = stuck.span(start).to(stuck.span(stuck.at - 1))
    test = stuck.span(stuck.at).to(stuck.span(stop - 1))
    text = f"{test.text} {{ {step.text} }}"
    meant = stuck.instead(stuck.at, stop)
    fix = write(step.to(test), text)
    return Advice(f"a condition stands in front of what it decides: `{text}`", (fix,), meant)


_OF_SIDES = (*"kspd", "kernel_size", "stride", "padding", "dilation", "to")
"""What has a number for each dimension; other names before brackets may be lists or functions."""


def sides(stuck: Stuck) -> Advice | None:
    """`conv 8 k[1 7]` and `k(1 7)` for `k=[1 7]`."""
    opener, closer = around(stuck)
    if opener is None or closer is None or opener == 0:
        return None
    first = stuck.tokens[opener]
    values = stuck.tokens[opener + 1 : closer]
    if any(token.type not in ("INT", "COMMA") for token in values):
        return None
    if first.type == "INDEX" and stuck.tokens[opener - 1].type == "NAME":
        name, start = str(stuck.tokens[opener - 1]), opener - 1
    elif first.type == "CALL":
        name, start = first[:-1], opener
    else:
        return None
    in_front = stuck.tokens[start - 1].type if start > 0 else "_SEP"
    if name not in _OF_SIDES or in_front in _AROUND_STEPS:
        return None
    place = stuck.span(start).to(stuck.span(closer))
    text = f"{name}=[{' '.join(str(value) for value in values if value.type == 'INT')}]"
    named = (
        stuck.made("NAME", name, start),
        stuck.made("EQUAL", "=", opener),
        stuck.made("LSQB", "[", opener),
        *(value for value in values if value.type == "INT"),
        stuck.made("RSQB", "]", closer),
    )
    fix = write(place, text, "safe")
    meant = stuck.instead(start, closer + 1, *named)
    return Advice(f"write `{text}`", (fix,), meant, start, f"`{text}`", closer + 1 - start)
