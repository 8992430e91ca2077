"""Comments as C and JavaScript write them, `// text` and `/* text */`, and lines that go on behind
`\\`, as Python's do."""

import re
from collections.abc import Sequence
from itertools import takewhile

from lark import Token

from archc.diagnostic import Diagnostic, Edit, Fix, Safety
from archc.errors import syntax as errors
from archc.fixes import write
from archc.source import Source, Span
from archc.tuples import NamedTuple

_SIGN = re.compile(r"(?<![^\s,;|{])//|/\*")
_OPENERS, _CLOSERS = ("LPAR", "LSQB", "INDEX"), ("RPAR", "RSQB")
_OPERANDS = ("INT", "FLOAT", "SIZE", "NAME", "STRING", "AT_NAME", "RPAR", "RSQB")
_ENDS = ("_SEP", "LBRACE", "RBRACE", "COMMA", "RPAR")
_MOST = 50
"""Tokens of a comment that are looked at."""
_SIZES = ("C", "Cin", "H", "W", "D", "L")


class Comment(NamedTuple):
    """What is said of a comment, and where it ends in the text."""

    diagnostic: Diagnostic
    end: int


def foreign_comments(
    source: Source, tokens: list[Token]
) -> tuple[list[Token], tuple[Diagnostic, ...]]:
    """The tokens without such comments, and a diagnostic for each of these."""
    if not _SIGN.search(source.text):
        return tokens, ()
    kept: list[Token] = []
    problems: list[Diagnostic] = []
    depth = end = 0
    for at, token in enumerate(tokens):
        if (token.start_pos or 0) < end:
            continue
        depth = max(0, depth + (token.type in _OPENERS) - (token.type in _CLOSERS))
        found = _comment(source, tokens, at) if not depth else None
        if found is None:
            kept.append(token)
        else:
            problems.append(found.diagnostic)
            end = found.end
    return kept, tuple(problems)


def _comment(source: Source, tokens: Sequence[Token], at: int) -> Comment | None:
    """The comment that a token begins. Among values `//` may be meant as a division."""
    start = tokens[at].start_pos or 0
    sign = _SIGN.match(source.text, start)
    if tokens[at].type not in ("SLASH", "DSLASH") or sign is None:
        return None
    line_end = source.text.find("\n", start)
    line_end = len(source.text) if line_end < 0 else line_end
    place = Span(source, start, start + 2)
    if sign[0] == "/*":
        return _between_stars(place, line_end)
    rest = tokens[at + 1 : at + 1 + _MOST]
    stop = next((i for i, t in enumerate(rest) if (t.start_pos or 0) >= line_end), len(rest))
    safety = _meant(source, tokens[at - 1] if at else None, rest[:stop])
    if safety is None:
        return None
    fix = write(place, "#", safety)
    return Comment(errors.foreign_comment(place, (fix,)), line_end)


def _between_stars(place: Span, line_end: int) -> Comment:
    """`/* text */`, which may take several lines; it ends with its line where it is not closed."""
    text = place.source.text
    close = text.find("*/", place.end)
    stop = close if close >= 0 else line_end
    breaks = [i + 1 for i in range(place.end, stop) if text[i] == "\n"]
    edits = [Edit(place, "#")]
    edits += [Edit(Span(place.source, i, i), "# ") for i in breaks]
    if close >= 0:
        edits.append(Edit(Span(place.source, close, close + 2), ""))
    # What follows on the line would be in the comment.
    follows = close >= 0 and text[close + 2 :].partition("\n")[0].strip()
    fixes = () if follows else (Fix(tuple(edits), "safe"),)
    return Comment(errors.foreign_comment(place, fixes), stop + 2 * (close >= 0))


def _meant(source: Source, before: Token | None, rest: Sequence[Token]) -> Safety | None:
    """How sure it is that `//` begins a comment: two words side by side, or nothing that could be
    divided; with one word, whether it stands nowhere else. None where it divides."""
    kinds = [*takewhile(lambda kind: kind not in _ENDS, (token.type for token in rest))]
    divided = before is not None and before.type in _OPERANDS
    end = before.end_pos or 0 if before is not None else 0
    line = source.text[source.text.rfind("\n", 0, end) + 1 : end]
    free = re.search(r"\b(let|param|if|in)\b", line) is not None
    if any(map(_side_by_side, kinds, kinds[1:], [*kinds[2:], ""])) or not divided:
        return "safe"
    if not kinds:
        return None if free else "safe"
    if kinds != ["NAME"] or free or rest[0] in _SIZES:
        return None
    once = source.short and len(re.findall(rf"\b{re.escape(rest[0])}\b", source.text)) == 1
    return "unsafe" if once else None


def _side_by_side(kind: str, behind: str, next_: str) -> bool:
    """Whether a word stands behind a word or a number, as in a sentence and not in an argument."""
    return kind in ("NAME", "INT", "SIZE") and behind == "NAME" and next_ != "EQUAL"


def continued_lines(
    source: Source, tokens: list[Token]
) -> tuple[list[Token], tuple[Diagnostic, ...]]:
    """The tokens without `\\` at the ends of lines, and a diagnostic for each of these."""
    if "\\" not in source.text:
        return tokens, ()
    kept: list[Token] = []
    problems: list[Diagnostic] = []
    for at, token in enumerate(tokens):
        behind = tokens[at + 1 : at + 2]
        continues = token == "\\" and bool(behind) and behind[0].type == "_SEP"
        continued = at > 0 and token.type == "_SEP" and tokens[at - 1] == "\\"
        if continues and "\n" in behind[0]:
            problems.append(_continued(source, token, tokens[at + 2 : at + 3]))
        elif not (continued and "\n" in token):
            kept.append(token)
    return kept, tuple(problems)


def _continued(source: Source, sign: Token, behind: Sequence[Token]) -> Diagnostic:
    place = Span(source, sign.start_pos or 0, sign.end_pos or 0)
    before = source.text[: place.start].rstrip(" \t")
    gap = place._replace(start=len(before), end=behind[0].start_pos or 0) if behind else place
    fixes = () if "#" in gap.text else (write(gap, " ", "safe"),)
    help_ = "a step stands on one line: join the two"
    return errors.unexpected(place, "the rest of the step", "`\\`", help_, fixes)
