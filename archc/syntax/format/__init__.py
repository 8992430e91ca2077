"""The one layout of a text: same meaning, same comments, other spaces and breaks.

`words` reads tokens with the comments and breaks between them, `nest` makes `nodes` of them: the
brackets and the items in them; `printer` writes lines, `columns` aligns tables.
"""

from collections.abc import Sequence

from archc.collection import without_collection
from archc.diagnostic import Diagnostic
from archc.source import Source
from archc.syntax.format.nest import nest
from archc.syntax.format.printer import lay_out
from archc.syntax.format.same import same_meaning
from archc.syntax.format.words import Word, words
from archc.syntax.parse import MAX_SIZE, parse
from archc.tuples import NamedTuple


class Formatted(NamedTuple):
    """A text as laid out; the text as it was where it has syntax errors."""

    text: str
    diagnostics: tuple[Diagnostic, ...]


@without_collection()
def format_source(source: Source) -> Formatted:
    """Lays out a text.

    Each run proves that the result means the same, keeps the comments and is laid out already;
    RuntimeError where it does not, which is a bug.
    """
    source = source._replace(text=source.text.removeprefix("\ufeff"))
    parsed = parse(source)
    if parsed.diagnostics:
        return Formatted(source.text, parsed.diagnostics)
    read = words(source)
    made = source._replace(text=lay_out(*nest(read)))
    if made.text == source.text:
        return Formatted(source.text, ())
    again = parse(made)
    if len(made.text) > MAX_SIZE:
        return Formatted(source.text, again.diagnostics)
    if again.diagnostics or not same_meaning(parsed.file.items, again.file.items):
        raise RuntimeError("the layout would change what the text means")
    read_again = words(made)
    if _comments(read) != _comments(read_again):
        raise RuntimeError("the layout would lose a comment")
    if lay_out(*nest(read_again)) != made.text:
        raise RuntimeError("the layout is not stable")
    return Formatted(made.text, ())


def _comments(read: Sequence[Word]) -> list[str]:
    return [comment.text for word in read for comment in word.gap.comments]
