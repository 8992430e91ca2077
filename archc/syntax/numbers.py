"""Numbers as other languages and typesetters write them: `0,5`, `50%`, `1_000`, `k3×3`."""

import re

from archc.fixes import write
from archc.syntax.stuck import Advice, Stuck

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212"


def number(stuck: Stuck) -> Advice | None:
    """What a number was meant to be."""
    rules = (_comma, _percentage, _with_underscores, _dash, _times)
    return next((found for rule in rules if (found := rule(stuck)) is not None), None)


def _comma(stuck: Stuck) -> Advice | None:
    """`dropout 0,5` for `dropout 0.5`, `fc 1,000` for `fc 1000`."""
    at = stuck.at
    if (*stuck.kinds(-1, 0), *stuck.kinds(0, 2)) != ("INT", "COMMA", "INT"):
        return None
    place = stuck.span(at - 1).to(stuck.span(at + 1))
    if not re.fullmatch(r"0,\d+|\d{1,3},000", place.text):
        return None
    share = place.text.startswith("0,")
    text = place.text.replace(",", "." if share else "")
    made = stuck.made("FLOAT" if share else "INT", text, at - 1)
    made.end_pos = place.end
    fix = write(place, text, "safe")
    return Advice(
        f"write `{text}`", (fix,), stuck.instead(at - 1, at + 2, made), at - 1, f"`{text}`", 3
    )


def _percentage(stuck: Stuck) -> Advice | None:
    """`dropout 50%` for `dropout 0.5`."""
    at = stuck.at - 1 if stuck.kinds(-1, 0) == ("PERCENT",) else stuck.at
    if at < 1 or [token.type for token in stuck.tokens[at : at + 1]] != ["PERCENT"]:
        return None
    share = stuck.tokens[at - 1]
    ends = at + 1 == len(stuck.tokens) or stuck.tokens[at + 1].type in ("_SEP", "RBRACE", "RPAR")
    if share.type not in ("INT", "FLOAT") or len(share) > 9 or not ends:
        return None
    text = f"{float(share) / 100:g}"
    if not re.fullmatch(r"\d*\.\d+|0|1", text):
        return None
    made = stuck.made("FLOAT" if "." in text else "INT", text, at - 1)
    made.end_pos = stuck.tokens[at].end_pos
    fix = write(stuck.span(at - 1).to(stuck.span(at)), text, "safe")
    meant = stuck.instead(at - 1, at + 1, made)
    return Advice(f"write `{text}`", (fix,), meant, at - 1, f"a number such as `{text}`", 2)


def _with_underscores(stuck: Stuck) -> Advice | None:
    """`1_000` for `1000`."""
    if stuck.kind != "STRAY" or not re.fullmatch(r"\d+(_\d+)+", stuck.token):
        return None
    text = stuck.token.replace("_", "")
    made = stuck.made("INT", text)
    fix = write(stuck.span(stuck.at), text, "safe")
    return Advice(f"write `{text}`", (fix,), stuck.instead(stuck.at, stuck.at + 1, made))


def _dash(stuck: Stuck) -> Advice | None:
    """A dash in the place of a minus sign."""
    if stuck.kind != "STRAY" or stuck.token not in tuple(_DASHES):
        return None
    behind = stuck.tokens[stuck.at + 1 : stuck.at + 2]
    close = bool(behind) and behind[0].start_pos == stuck.token.end_pos
    if close and behind[0].type not in ("INT", "FLOAT"):
        return None
    made = stuck.made("NEG" if close else "MINUS", "-")
    fix = write(stuck.span(stuck.at), "-", "safe")
    return Advice("write `-`", (fix,), stuck.instead(stuck.at, stuck.at + 1, made))


def _times(stuck: Stuck) -> Advice | None:
    """`k3×3` for `k3x3`, `2×C` for `2*C`."""
    if stuck.kind != "STRAY" or stuck.token != "×":
        return None
    at = stuck.at
    before, behind = stuck.kinds(-1, 0), stuck.kinds(1, 2)
    sizes = ("INT",), ("COMPACT",), ("SIZE",)
    if before in sizes and behind in (("INT",), ("SIZE",)):
        place = stuck.span(at - 1).to(stuck.span(at + 1))
        text = f"{stuck.tokens[at - 1]}x{stuck.tokens[at + 1]}"
        made = stuck.made("COMPACT" if before == ("COMPACT",) else "SIZE", text, at - 1)
        made.end_pos = place.end
        fix = write(place, text, "safe")
        return Advice(f"write `{text}`", (fix,), stuck.instead(at - 1, at + 2, made))
    made = stuck.made("STAR", "*")
    fix = write(stuck.span(at), "*")
    return Advice("write `*`", (fix,), stuck.instead(at, at + 1, made))
