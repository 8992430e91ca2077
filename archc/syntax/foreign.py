"""Texts in another format than archc's: one mistake, however long they are."""

import re

from archc.diagnostic import Diagnostic
from archc.errors.syntax import another_format
from archc.source import Source, Span

_FORMATS = (
    (
        "a Darknet configuration",
        r"\[\w+\][ \t]*(#[^\n]*)?\r?\n\s*([#;][^\n]*\n\s*)*(\w+[ \t]*=|\[\w+\])",
        "`[convolutional]` with `filters=32`, `size=3` and `pad=1` is `conv 32 k3 p1`",
    ),
    ("JSON", r'(\{\s*"|\[\s*["{\[])', "a layer is a line such as `conv 32 k3 p1 | relu`"),
    (
        "a prototxt of Caffe",
        r'(?=[\s\S]*\btype[ \t]*:[ \t]*")(name[ \t]*:[ \t]*"|layers?[ \t]*\{)',
        '`layer { type: "Convolution" ... }` is `conv 32 k3 p1`',
    ),
    (
        "YAML",
        r"(---\s*\n|[\w.-]+:([ \t][^\n]*)?\r?\n)",
        "`- [-1, 1, Conv, [64, 3, 2]]` and `- conv: {filters: 64}` are lines such as `conv 64 k3`",
    ),
)
"""What a text is, how its first line that is no comment begins, and how it is said here."""
_LISTS = re.compile(r"^[ \t]*[\w.-]+:[ \t]*(#[^\n]*)?\r?\n(\s*#[^\n]*\n)*\s*- ", re.MULTILINE)
"""A key of YAML with a list below it: no label has a step that begins with `-`."""


def foreign_format(source: Source, start: int) -> Diagnostic | None:
    """What is said of a text that is not archc's, from its first line on that is no comment."""
    for what, pattern, example in _FORMATS:
        if re.compile(pattern).match(source.text, start) is None:
            continue
        if what == "YAML" and _LISTS.search(source.text) is None:
            continue
        end = source.text.find("\n", start)
        place = Span(source, start, len(source.text) if end < 0 else end)
        return another_format(place, what, example)
    return None
