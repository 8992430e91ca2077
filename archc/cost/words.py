"""A step as a reader of one network sees it: as written, with numbers in place of names."""

import re

from archc.graph import Arg, LayerItem
from archc.layers.values import Value, Word, written
from archc.source import Span
from archc.syntax import tree

_COMMENT = re.compile(r'("[^"\n]*")|#[^\n]*')


def step_text(item: LayerItem) -> str:
    """The text of a step on one line: `conv 256 k=1` where `conv 4*c k=k` is written in a block."""
    site = item.site
    pieces, place = [item.word], site.start + len(re.match(r"[\w.]*", site.text).group())  # type: ignore[union-attr]
    for span, value in sorted(_computed(item, site)):
        if span.start >= place:
            pieces += [site.source.text[place : span.start], written(value)]
            place = span.end
    pieces.append(site.source.text[place : site.end])
    return " ".join(_COMMENT.sub(r"\1", "".join(pieces)).split())


def _computed(item: LayerItem, site: Span) -> list[tuple[Span, Value]]:
    return [
        (arg.expr.span, arg.value)
        for arg in item.args.values()
        if arg.expr is not None and _is_number(arg) and _within(arg.expr.span, site)
    ]


def _is_number(arg: Arg) -> bool:
    plain = isinstance(arg.value, int | float) or (
        isinstance(arg.value, str) and not isinstance(arg.value, Word)
    )
    return plain and not isinstance(arg.expr, tree.Literal)


def _within(span: Span, site: Span) -> bool:
    return span.source is site.source and site.start <= span.start and span.end <= site.end
