"""Text to tree. Every top-level item is parsed alone, and in it a step that cannot be read is put
aside, so that one run reports every mistake."""

from bisect import bisect_right
from collections.abc import Sequence

from lark import Token, UnexpectedToken

from archc.diagnostic import Diagnostic
from archc.errors import syntax as errors
from archc.source import Source, Span
from archc.syntax import tree
from archc.syntax.accepted import accepted
from archc.syntax.build import Refused, build_item
from archc.syntax.grammar import parser
from archc.syntax.headers import in_braces
from archc.syntax.recover import declared, start_of_step, without_step
from archc.syntax.slips import Slip, explain, misspelt_declaration
from archc.syntax.tokens import lex, span_of
from archc.tuples import NamedTuple

MAX_SIZE = 256 * 1024
_MOST_READ = 300_000
"""Tokens that the parser may be fed for one text, those of items that it reads again included."""
_FIRST = 100
_MISTAKE = 20
"""To explain a mistake takes as long as to read so many."""


class Parsed(NamedTuple):
    """A file's items that could be read, and what is wrong with the others."""

    file: tree.File
    diagnostics: tuple[Diagnostic, ...]


def parse(source: Source) -> Parsed:
    """Reads a text. Never raises: what cannot be read is reported and left out."""
    whole = Span(source, 0, len(source.text))
    if len(source.text) > MAX_SIZE:
        start = Span(source, 0, 0)
        problem = errors.file_too_large(start, len(source.text), MAX_SIZE)
        return Parsed(tree.File(whole, ()), (problem,))
    foreign = _foreign(source)
    if foreign is not None:
        # It may say what enters, and names, in its own way.
        return Parsed(tree.File(whole, (tree.Broken(whole, "input", ()),)), (foreign,))
    lexed = lex(source)
    runs, unbraced = in_braces(source, lexed.items)
    reader = _Reader(source)
    items = tuple(reader.item(tokens, lost) for tokens, lost in runs)
    return Parsed(tree.File(whole, items), (*lexed.diagnostics, *unbraced, *reader.diagnostics))


def _foreign(source: Source) -> Diagnostic | None:
    """What is said of a text in another format. Most texts begin as none does."""
    start, text = 0, source.text
    while text.startswith(("#", ";", "//", " ", "\t", "\r", "\n"), start):
        end = text.find("\n", start)
        blank = text[start].isspace()
        start = start + 1 if blank else len(text) if end < 0 else end
    line = text[start : start + _FIRST].partition("\n")[0]
    if not line.startswith(("[", "{", "layer", "---")) and ":" not in line:
        return None
    from archc.syntax.foreign import foreign_format  # where it may be one

    return foreign_format(source, start)


class _Reader:
    """Reads items. What is wrong in a step is said once; the step is read as it was meant, or put
    aside, and its item read again."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = []
        self.read = 0

    def item(self, tokens: Sequence[Token], lost: bool) -> tree.Item:
        """An item, or what is left of it."""
        whole = tokens
        said: dict[int, int] = {}
        while not lost and self.read < _MOST_READ:
            self.read += len(tokens)
            found = self._parse(tokens)
            if not isinstance(found, _Stuck):
                return found
            self.read += _MISTAKE
            start, where = start_of_step(tokens, found.at), found.slip.diagnostic.span.start
            slip = found.slip if where > said.get(start, -1) else None
            if slip is not None and not _unclosed(tokens, found.at):
                self.diagnostics.append(slip.diagnostic)
            # Behind a slip that is understood the step is read on; one that is put aside is done.
            said[start] = where if slip is not None and slip.meant else len(self.source.text)
            meant = slip.meant if slip is not None else None
            mended = meant or without_step(tokens, found.at)
            if mended is None:
                break
            tokens = _tidy(mended)
        place = span_of(self.source, whole[0]).to(span_of(self.source, whole[-1]))
        return tree.Broken(place, str(whole[0]), declared(whole))

    def _parse(self, tokens: Sequence[Token]) -> "tree.Item | _Stuck":
        slip = misspelt_declaration(self.source, tokens)
        if slip is not None:
            return _Stuck(0, slip)
        state = parser().parse_interactive("")
        at = 0
        try:
            for at, token in enumerate(tokens):  # noqa: B007
                state.feed_token(token)
            at = len(tokens)
            parsed = state.feed_eof(tokens[-1])  # type: ignore[no-untyped-call]
        except UnexpectedToken:
            return _Stuck(at, explain(self.source, tokens, at, accepted(state)))
        try:
            item, problems = build_item(self.source, parsed)
        except Refused as refused:
            starts = [token.start_pos or 0 for token in tokens]
            at = bisect_right(starts, refused.diagnostic.span.start) - 1
            return _Stuck(max(at, 0), Slip(refused.diagnostic))
        self.diagnostics += problems
        return item


class _Stuck(NamedTuple):
    """The token that cannot be read on from, and what to say."""

    at: int
    slip: Slip


def _tidy(tokens: Sequence[Token]) -> list[Token]:
    """Without the separators that a change has put next to a bracket, or to one another."""
    kept: list[Token] = []
    for token in tokens:
        while kept and kept[-1].type == "_SEP" and token.type in ("_SEP", "RBRACE", "RPAR"):
            kept.pop()
        if token.type != "_SEP" or (kept and kept[-1].type not in ("LBRACE", "COMMA")):
            kept.append(token)
    return kept


def _unclosed(tokens: Sequence[Token], at: int) -> bool:
    """Whether a bracket that is never closed, which is said already, ends the reading."""
    return at < len(tokens) and tokens[at].type == "UNCLOSED"
