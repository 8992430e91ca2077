"""Names whose letters Python would read as others, such as `d²`, which is `d2` to it."""

import unicodedata
from collections.abc import Iterator, Sequence

from lark import Token

from archc.diagnostic import Diagnostic
from archc.errors.syntax import unexpected
from archc.fixes import write
from archc.source import Source, Span

_NAMES = ("NAME", "CALL", "AT_NAME")


def in_plain_letters(
    source: Source, tokens: Sequence[Token]
) -> tuple[list[Token], list[Diagnostic]]:
    """The tokens with names as Python would have them, and a diagnostic for each that was not.

    Python compares names in the form NFKC (PEP 3131): two names of a spec would be one attribute.
    """
    plain = list(tokens)
    diagnostics = []
    for index, token in enumerate(tokens):
        if token.type not in _NAMES or token.isascii():
            continue
        name = "".join(_kept(unicodedata.normalize("NFKC", token)))
        if name != token:
            plain[index] = token.update(value=name)
            place = Span(source, token.start_pos or 0, token.end_pos or 0)
            place = place._replace(end=place.end - token.endswith("("))
            written, expected = name.rstrip("("), "letters, digits and `_` in a name"
            fix = write(place, written)  # another name may be that already
            got = f"`{place.text}`"
            diagnostics.append(unexpected(place, expected, got, f"write `{written}`", (fix,)))
    return plain, diagnostics


def _kept(name: str) -> Iterator[str]:
    return (letter for letter in name if f"a{letter}".isidentifier() or letter in ".@(")
