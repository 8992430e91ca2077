"""The texts that inputs are made from, and the words of the language."""

import re
from functools import cache
from pathlib import Path

from archc.elaborate.functions import FUNCTIONS
from archc.errors.index import pages
from archc.layers import ALIASES, LAYERS
from archc.syntax.grammar import parser

ROOT = Path(__file__).resolve().parents[2]

SMALL = 250
"""Characters of a text that is taken often; larger ones take longer to check."""

_OTHERS = """
    C Cin H W D L out std ..a ..rest @x @e1 @x.C x -> e1 k3 k1x7 s2 p1 d2 g4 3x32x32 3x?x? 0x3 0 1 2
    3 4 8 16 -1 2.5 .5 1e-3 1e308 99999999999999999999 0..3 10**9 == != < >= he(fan_out) zeros
    normal(.02) p=same to=1 s=[2 [1 1] [1;2] "x.arch" "a" add( concat( split( windows data optimizer
    schedule epochs batch loss augment val digits mnist adam cosine # ( ) [ ] { } , | = : ; ? * **
    // % - + / . ' ` $ \\
"""
_BREAKS = ("\n", "\t", "\r\n")


@cache
def texts() -> tuple[str, ...]:
    """The specs, shipped and bad, the examples of the errors' pages and of the layers."""
    files = [p for room in ("specs", "tests") for p in sorted((ROOT / room).rglob("*.arch"))]
    examples = [
        f"input {x}\n{step}\n" for layer in LAYERS.values() for step, x, _ in layer.examples
    ]
    written = [text for page in pages().values() for text in (page.wrong, page.right)]
    return (*(p.read_text(encoding="utf-8") for p in files), *written, *examples)


@cache
def small_texts() -> tuple[str, ...]:
    return tuple(text for text in texts() if len(text) <= SMALL)


@cache
def words() -> tuple[str, ...]:
    """The grammar's own words, the layers with their arguments and other names, and values."""
    terminals = (terminal.pattern for terminal in parser().terminals)
    plain = {pattern.value for pattern in terminals if pattern.type == "str"}
    keys = {f"{p.name}=" for layer in LAYERS.values() for p in layer.parameters}
    calls = {f"{name}(" for name in FUNCTIONS}
    return tuple(sorted({*plain, *LAYERS, *ALIASES, *keys, *calls, *_OTHERS.split(), *_BREAKS}))


def parts(text: str) -> list[str]:
    """A text in words, numbers, spaces and single signs."""
    return re.findall(r"\w+|[ \t]+|\s|[^\w\s]", text)
