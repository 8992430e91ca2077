"""`input` lines as other libraries write shapes."""

import re
from collections.abc import Sequence
from math import prod

from lark import Token

from archc.fixes import write
from archc.source import Source, Span
from archc.syntax.stuck import Advice, Stuck

_WORDS = ("input", "inputs", "input_shape", "input_size", "inputlayer", "input_layer")
_SIZE = r"(?:\d+|\?)"
# Compiled where an `input` line cannot be read: that takes longer than most checks have to spare.
_SHAPE = (
    r"(?P<name>\s+(?!(?:shape|None|batch|int)\b)[A-Za-z_]\w*(?=[\s=:]+[\[(\d?\"']))?"
    r"[\s:=(\[]*((?:input_)?shape\s*=\s*|\w+\.shape\s*=\s*)?[(\[\"'{]*\s*"
    r"(?P<batch>(?:None|-1|batch(?:_size)?|N|B)\s*[xX×*,]\s*)?"
    rf"(?P<sizes>{_SIZE}((\s*[xX×*,]\s*|\s+){_SIZE})*)\s*,?\s*[)\]\"'}}]*(?P<ids>\s+int)?\s*[,.]?\s*"
)
_COLOURS = ("1", "3", "4")
_MOST = 200
"""Characters of a line that is read as a shape."""


def shape_of_input(source: Source, tokens: Sequence[Token]) -> Advice | None:
    """`input (3, 32, 32)`, `input 3, 32, 32`, `Input: 3*32*32` for `input 3x32x32`."""
    first = tokens[0]
    word = str(first).rstrip("(")
    if word.lower() not in _WORDS or first.type not in ("INPUT", "NAME", "CALL"):
        return None
    start = (first.start_pos or 0) + len(word)
    whole = Span(source, start, tokens[-1].end_pos or 0)
    found = re.fullmatch(_SHAPE, whole.text) if whole.end - start <= _MOST else None
    if found is None:
        if first.type != "INPUT":
            return None
        return Advice("write the shape with `x` between its sizes: `input 3x32x32`")
    sizes = re.findall(_SIZE, found["sizes"])
    safe = True
    if "*" in found["sizes"] and len(sizes) == 2 and "?" not in sizes:
        sizes, safe = [str(prod(map(int, sizes)))], False  # `28*28` is a vector
    elif re.search(r"shape\s*=", whole.text) and len(sizes) == 3 and sizes[2] in _COLOURS:
        # As Keras has it, channels last.
        sizes, safe = [sizes[2], *sizes[:2]], sizes[0] == sizes[2]
    name = (found["name"] or "").strip()
    ids = tokens[-1:] if found["ids"] else ()
    text = " ".join(filter(None, ("input", name, "x".join(sizes), "int" if ids else "")))
    meant = [Token.new_borrow_pos("INPUT", "input", first)]
    meant += [token for token in tokens[1:2] if name]
    kind = "SIZE" if len(sizes) > 1 or sizes == ["?"] else "INT"
    size = Token.new_borrow_pos(kind, "x".join(sizes), tokens[-1])
    size.start_pos = start + found.start("sizes")
    line = whole._replace(start=first.start_pos or 0)
    fix = write(line, text, "safe" if safe else "unsafe")
    return Advice(f"write `{text}`", (fix,), (*meant, size, *ids))


def input_line(stuck: Stuck) -> Advice | None:
    """Where an `input` line cannot be read on from."""
    return shape_of_input(stuck.source, stuck.tokens)


def steps_behind(tokens: Sequence[Token]) -> int:
    """The place of the arrow in `input 3x32x32 -> conv 8`, 0 where there is none."""
    kinds = [token.type for token in tokens[:5]]
    for at in (2, 3):
        if kinds[:1] == ["INPUT"] and kinds[at : at + 2] == ["ARROW", "NAME"]:
            return at
    return 0
