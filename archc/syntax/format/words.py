"""A text as words, each with what stands in front of it: comments, breaks, a `|`."""

import re
from collections.abc import Iterator

from archc.source import Source
from archc.syntax.tokens import lex
from archc.tuples import NamedTuple

END = "$END"
"""The kind of the empty word behind the last one."""

_PIECE = re.compile(r"#[^\n]*|\n|\|")


class Comment(NamedTuple):
    """A comment; `own` where it stands on a line of its own, `blank` behind a blank line."""

    text: str
    own: bool
    blank: bool


class Gap(NamedTuple):
    """What stands between two words: comments, a line break, a blank line, a `|`."""

    comments: tuple[Comment, ...] = ()
    broken: bool = False
    blank: bool = False
    pipe: bool = False

    @property
    def continues(self) -> bool:
        """Whether a pipe goes on across it: on the same line, or behind a `|` on the next one."""
        return not self.broken or (self.pipe and not self.blank)

    def then(self, other: "Gap") -> "Gap":
        """This gap and a later one, when the word between them goes."""
        return Gap(
            self.comments + other.comments,
            self.broken or other.broken,
            self.blank or other.blank,
            self.pipe or other.pipe,
        )


class Word(NamedTuple):
    """A token; `separated` where a separator that counts stands in front of it."""

    kind: str
    text: str
    gap: Gap
    separated: bool


def words(source: Source) -> list[Word]:
    """All words of a text that parses, and an END."""
    found = list(_words(source))
    for n in range(len(found) - 1, 0, -1):
        # Behind a sign stands no break: it would read as a subtraction.
        sign, word = found[n - 1], found[n]
        if sign.kind == "NEG" and word.gap.comments:
            found[n - 1] = sign._replace(gap=sign.gap.then(word.gap))
            found[n] = word._replace(gap=Gap())
    return found


def _words(source: Source) -> Iterator[Word]:
    end, begun = 0, False
    for run in lex(source).items:
        separated = begun
        for token in run.tokens:
            if token.type == "_SEP":
                separated = True
                continue
            start = token.start_pos or 0
            yield Word(token.type, str(token), _gap(source.text[end:start], begun), separated)
            end, begun, separated = token.end_pos or 0, True, False
    yield Word(END, "", _gap(source.text[end:], begun), True)


def _gap(text: str, begun: bool) -> Gap:
    comments: list[Comment] = []
    fresh = not begun  # whether a line begins here
    breaks, blank, pipe = 0, False, False
    for piece in _PIECE.findall(text):
        if piece == "\n":
            fresh, breaks = True, breaks + 1
            blank = blank or breaks > 1
        elif piece == "|":
            pipe, breaks = True, 0
        else:
            comments.append(Comment(piece.rstrip(), fresh, blank))
            fresh, breaks, blank = False, 0, False
    return Gap(tuple(comments), "\n" in text, blank, pipe)
