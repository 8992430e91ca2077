"""`input` lines as other libraries write shapes."""

import re
from collections.abc import Sequence

from lark import Token

from archc.fixes import write
from archc.source import Source, Span
from archc.syntax.stuck import Advice, Stuck

_SHAPE = re.compile(
    r"(?P<name>\s+(?!shape\b)[A-Za-z_]\w*(?=[\s=:]+[\[(\d?]))?[\s:=]*(shape\s*=\s*)?[(\[]*\s*"
    r"(?P<sizes>(\d+|\?)(\s*[xX×*,\s]\s*(\d+|\?))*)\s*,?\s*[)\]]*(?P<ids>\s+int)?\s*"
)


def shape_of_input(source: Source, tokens: Sequence[Token]) -> Advice | None:
    """`input (3, 32, 32)`, `input 3, 32, 32`, `Input: 3*32*32` for `input 3x32x32`."""
    first = tokens[0]
    word = str(first).rstrip("(")
    if word.lower() != "input" or first.type not in ("INPUT", "NAME", "CALL"):
        return None
    start = (first.start_pos or 0) + len(word)
    whole = Span(source, start, tokens[-1].end_pos or 0)
    found = _SHAPE.fullmatch(whole.text)
    if found is None:
        if first.type != "INPUT":
            return None
        return Advice("write the shape with `x` between its sizes: `input 3x32x32`")
    sizes = re.findall(r"\d+|\?", found["sizes"])
    name = (found["name"] or "").strip()
    ids = tokens[-1:] if found["ids"] else ()
    text = " ".join(filter(None, ("input", name, "x".join(sizes), "int" if ids else "")))
    meant = [Token.new_borrow_pos("INPUT", "input", first)]
    meant += [token for token in tokens[1:2] if name]
    kind = "SIZE" if len(sizes) > 1 else "INT"
    size = Token.new_borrow_pos(kind, "x".join(sizes), tokens[-1])
    size.start_pos = start + found.start("sizes")
    line = whole._replace(start=first.start_pos or 0)
    return Advice(f"write `{text}`", (write(line, text, "safe"),), (*meant, size, *ids))


def input_line(stuck: Stuck) -> Advice | None:
    return shape_of_input(stuck.source, stuck.tokens)
