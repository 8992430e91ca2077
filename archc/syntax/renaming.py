"""Another name for a declaration, in all places that mean it."""

import re

from archc.diagnostic import Edit, Fix
from archc.source import Span, words

_MOST = 50
"""Places that a fix touches: each of many declarations may have a fix."""

_TEXTS = r'#[^\n]*|"[^"\n]*"'


def another_name(name: Span) -> str:
    """A name like one that has a meaning already, which the text does not have yet: `c` for `C`."""
    word, taken = name.text, words(name.source.text)
    others = (word.lower(), *(f"{word}{'_' * length}" for length in range(1, 99)))
    return next(other for other in others if other not in taken)


def renamed(name: Span, other: str, scope: Span | None) -> Fix | None:
    """The fix that gives a declaration another name, unless it is in many places. The uses of
    one that expressions read are renamed within `scope`, which ends with the braces around it at
    the latest, and everywhere its key in calls; the name of a value is read by `@name`."""
    text, word = name.source.text, re.escape(name.text)
    key, use = rf"(?<![\w.@]){word}(?==[^=])", rf"(?<![\w.@]){word}(?![\w(]|\s*:|=[^=])"
    places = {name.start}
    start, end = (scope.start, min(scope.end, _end_of_braces(name))) if scope else (0, 0)
    for found in re.finditer(rf"{_TEXTS}|(?P<key>{key})|(?P<use>{use})|@(?P<at>{word})\b", text):
        kind = found.lastgroup
        inside = start <= found.start() < end
        if (kind == "use" and inside) or (kind == "key" and scope) or (kind == "at" and not scope):
            places.add(found.start(kind))
    if len(places) > _MOST:
        return None
    spans = (name._replace(start=start, end=start + len(name.text)) for start in sorted(places))
    return Fix(tuple(Edit(span, other) for span in spans), "unsafe")


def _end_of_braces(name: Span) -> int:
    """Where the braces around a declaration close, or the end of the text."""
    depth, text = 0, name.source.text
    for found in re.compile(rf"{_TEXTS}|[{{}}]").finditer(text, name.start):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth < 0:
            return found.start()
    return len(text)
