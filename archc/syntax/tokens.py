"""Text to items: lexing, brackets, separators and signs, before the parser sees anything.

Runs of `|`, line breaks and `;` become one separator, and vanish where a line break is free. The
tokens are then cut into top-level items, each of which is parsed alone.
"""

from collections.abc import Iterator
from itertools import zip_longest

from lark import Token

from archc.diagnostic import Diagnostic, Fix
from archc.errors import syntax as errors
from archc.fixes import put_behind
from archc.source import Source, Span
from archc.syntax.comments import continued_lines, foreign_comments
from archc.syntax.grammar import scan
from archc.tuples import NamedTuple

OPENERS = {"LPAR": ")", "CALL": ")", "LSQB": "]", "INDEX": "]", "LBRACE": "}"}
CLOSERS = {"RPAR": ")", "RSQB": "]", "RBRACE": "}"}
MERGES = ("add", "sub", "mul", "concat", "join", "stack", "matmul", "split")
"""The words whose parentheses hold steps."""

WORDS_OF_BLOCKS = ("def", "fn", "func", "function", "module", "class", "define")
"""What other languages call a `block`."""

# A line break behind one of these is free; behind an opener and a comma also any separator.
_CONTINUES = frozenset({
    "EQUAL", "COLON", "STAR", "PLUS", "MINUS", "NEG", "SLASH", "DSLASH", "PERCENT", "POW", "DOTS",
    "CMP", "IF", "ELSE", "FOR", "IN", "AND", "OR", "NOT",
})  # fmt: skip
_INFIX = frozenset({"PLUS", "MINUS", "SLASH", "DSLASH", "PERCENT", "POW", "CMP", "AND", "OR"})
_MAX_DEPTH = 40
"""Brackets in one another. A loop is up to four of Python's in what is built, which takes 200."""


class Run(NamedTuple):
    """The tokens of a top-level item; `lost` where a bracket without a partner garbles it."""

    tokens: tuple[Token, ...]
    lost: bool


class Lexed(NamedTuple):
    """The top-level items of a text, and what is wrong already."""

    items: tuple[Run, ...]
    diagnostics: tuple[Diagnostic, ...]


def lex(source: Source) -> Lexed:
    """Cuts a text into top-level items."""
    tokens, continued = continued_lines(source, list(scan(source.text)))
    tokens, comments = foreign_comments(source, tokens)
    diagnostics = [*continued, *comments]
    if not source.text.isascii():
        from archc.syntax.letters import in_plain_letters  # most texts need none of it

        tokens, letters = in_plain_letters(source, tokens)
        diagnostics += letters
    broken, brackets = _match_brackets(source, tokens)
    items = tuple(run for run in _items(tokens, broken) if run.tokens)
    return Lexed(items, (*diagnostics, *brackets))


def span_of(source: Source, token: Token) -> Span:
    """The place of a token."""
    return Span(source, token.start_pos or 0, token.end_pos or 0)


def _match_brackets(source: Source, tokens: list[Token]) -> tuple[frozenset[int], list[Diagnostic]]:
    """The indexes of brackets without a partner, and a diagnostic for each."""
    open_: list[int] = []
    broken: set[int] = set()
    diagnostics = []

    def never_closed(index: int) -> None:
        broken.add(index)
        diagnostics.append(
            errors.never_closed(
                span_of(source, tokens[index]),
                OPENERS[tokens[index].type],
                _where_to_close(source, tokens, index),
            )
        )

    for index, token in enumerate(tokens):
        if token.type in OPENERS:
            open_.append(index)
            if len(open_) > _MAX_DEPTH:
                diagnostics.append(errors.nested_too_deep(span_of(source, token), _MAX_DEPTH))
                brackets = (i for i, t in enumerate(tokens) if t.type in {**OPENERS, **CLOSERS})
                return frozenset(brackets), diagnostics
        elif token.type in CLOSERS:
            partner = next(
                (i for i in reversed(open_) if OPENERS[tokens[i].type] == CLOSERS[token.type]),
                None,
            )
            if partner is None:
                broken.add(index)
                diagnostics.append(errors.closes_nothing(span_of(source, token)))
                continue
            while open_[-1] != partner:
                never_closed(open_.pop())
            open_.pop()
    for index in open_:
        never_closed(index)
    return frozenset(broken), diagnostics


def _where_to_close(source: Source, tokens: list[Token], index: int) -> Fix:
    """The bracket that is missing: behind the last value of the step, or on a line of its own
    behind those that are indented deeper."""
    closer = OPENERS[tokens[index].type]
    ends = (i for i in range(index + 1, len(tokens)) if tokens[i].type in ("_SEP", *CLOSERS))
    stop = next(ends, len(tokens))
    if stop > index + 1:
        return put_behind(span_of(source, tokens[stop - 1]), closer)
    line = span_of(source, tokens[index]).first[0]
    margin = _indent(source.line(line))
    last = index
    for i in range(index + 1, len(tokens)):
        if tokens[i].type == "_SEP":
            continue
        if _indent(source.line(span_of(source, tokens[i]).first[0])) <= margin:
            break
        last = i
    behind = span_of(source, tokens[last])
    return put_behind(behind, f"\n{' ' * margin}{closer}" if last > index else closer)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _items(tokens: list[Token], broken: frozenset[int]) -> Iterator[Run]:
    """Runs of tokens between top-level separators. A bracket that is never closed loses its item,
    up to a line that is indented no deeper than the item begins."""
    item: list[Token] = []
    depth = 0
    lost = False
    ended = False
    for token in _separated(tokens, broken):
        if token.type == "_SEP" and (lost or not depth):
            ended = True
            continue
        if ended and not (lost and _deeper(token, item)):
            yield Run(tuple(item), lost)
            item, depth, lost = [], 0, False
        ended = False
        lost = lost or token.type == "LOST"
        depth += (token.type in OPENERS) - (token.type in CLOSERS)
        item.append(token)
    yield Run(tuple(item), lost)


def _deeper(token: Token, item: list[Token]) -> bool:
    return (token.column or 0) > (item[0].column or 0) if item else False


def _cleaned(tokens: list[Token], broken: frozenset[int]) -> Iterator[Token]:
    """Tokens with runs of separators merged, brackets that open and never close marked, and closing
    ones without a partner left out."""
    run: Token | None = None
    for index, token in enumerate(tokens):
        if token.type == "_SEP":
            run = _merge(run, token)
            continue
        if index in broken and token.type not in OPENERS:
            continue
        if run is not None:
            yield run
            run = None
        if index in broken:
            yield Token.new_borrow_pos(_unclosed_kind(tokens, index), str(token), token)
        else:
            yield _plain_name(tokens, index)


def _unclosed_kind(tokens: list[Token], index: int) -> str:
    """LOST for a bracket that loses its item, since nobody knows where it was to end; UNCLOSED for
    one of values, which ends with its step."""
    behind = tokens[index + 1].type if index + 1 < len(tokens) else "_SEP"
    return "LOST" if tokens[index].type == "LBRACE" or behind == "_SEP" else "UNCLOSED"


def _separated(tokens: list[Token], broken: frozenset[int]) -> Iterator[Token]:
    """Tokens with separators only where they separate, and with signs told from subtractions."""
    brackets: list[Token] = []
    previous: Token | None = None
    free_line = False  # behind `let x =`, `if`, ...: spaces around operators are free there
    run: Token | None = None
    before: Token | None = None
    cleaned = tuple(_cleaned(tokens, broken))
    for token, behind in zip_longest(cleaned, cleaned[1:]):
        if token.type == "_SEP":
            run = token
            continue
        ends = not free_line and _holds_steps(brackets) and _dangles(before, previous, brackets)
        if run is not None and (ends or _separates(run, previous, token, brackets)):
            free_line = False
            before, previous = previous, _in_its_bracket(run, brackets)
            yield previous
        run = None
        token = _sign(token, previous, brackets, free_line)
        if token == ">" and not free_line and _holds_steps(brackets):
            token = _arrow(token, previous, behind)
        free_line = _spaces_free(token, free_line, brackets)
        _follow(brackets, token)
        yield token
        before, previous = previous, token


def _dangles(before: Token | None, operator: Token | None, brackets: list[Token]) -> bool:
    """Whether a comma or an operator ends a step's line by mistake: among a step's values none
    stands behind a space, and a `%` behind a number is a percentage."""
    if before is None or operator is None:
        return False
    if operator.type == "COMMA":
        # Behind a name it may stand in the head of a loop.
        return before.type != "NAME" and (not brackets or brackets[-1].type == "LBRACE")
    if operator.type not in _INFIX:
        return False
    spaced = (before.end_pos or 0) < (operator.start_pos or 0)
    return spaced or (operator.type == "PERCENT" and before.type in ("INT", "FLOAT"))


def _follow(brackets: list[Token], token: Token) -> None:
    if token.type == "LOST":
        brackets.clear()
    elif token.type in OPENERS:
        brackets.append(token)
    elif token.type in CLOSERS and brackets:
        brackets.pop()


def _spaces_free(token: Token, free_line: bool, brackets: list[Token]) -> bool:
    if not _holds_steps(brackets):
        # An `if` in brackets frees nothing behind them.
        return free_line
    begins = token.type in ("LET", "PARAM", "IF", "IN")
    return begins or (free_line and token.type not in ("LBRACE", "COMMA"))


def _holds_steps(brackets: list[Token]) -> bool:
    """Whether steps stand here, not the parts of an expression."""
    return not brackets or brackets[-1].type == "LBRACE" or brackets[-1][:-1] in MERGES


def _in_its_bracket(run: Token, brackets: list[Token]) -> Token:
    """A table's rows end at a line break or `;`: a `|` in it is out of place."""
    in_list = bool(brackets) and OPENERS[brackets[-1].type] == "]"
    return Token.new_borrow_pos("STRAY", "|", run) if in_list and "|" in run else run


def _merge(run: Token | None, token: Token) -> Token:
    """A run keeps what was written in it: a `|` or `;` counts where a line break is free."""
    if run is None:
        return Token.new_borrow_pos("_SEP", token.value.strip("\r"), token)
    return run.update(value=run.value + token.value.strip("\r"))


def _separates(run: Token, previous: Token | None, token: Token, brackets: list[Token]) -> bool:
    if previous is None:
        return False
    only_breaks = not run.value.strip("\n")
    in_list = bool(brackets) and OPENERS[brackets[-1].type] == "]"
    if previous.type in OPENERS or previous.type == "COMMA":
        return in_list and not only_breaks
    if token.type in CLOSERS or token.type == "COMMA":
        return in_list and not only_breaks
    if not only_breaks:
        return True
    return previous.type not in _CONTINUES and token.type != "ELSE"


def _sign(token: Token, previous: Token | None, brackets: list[Token], free_line: bool) -> Token:
    """`take -1` and `[2 -1]` begin a value; `(a -1)` and `let x = a -1` subtract."""
    if token.type not in ("NEG", "MINUS"):
        return token
    operand_before = previous is not None and (
        previous.type
        in ("INT", "FLOAT", "SIZE", "NAME", "STRING", "AT_NAME", "COMPACT", "RPAR", "RSQB")
        or previous.type in ("YES", "NO", "NONE")
    )
    in_list = bool(brackets) and brackets[-1].type == "LSQB"
    spaces_free = free_line if _holds_steps(brackets) else not in_list
    negative = not operand_before or (token.type == "NEG" and not spaces_free)
    return Token.new_borrow_pos("NEG" if negative else "MINUS", "-", token)


def _arrow(token: Token, previous: Token | None, behind: Token | None) -> Token:
    """Among a step's values nothing is compared with spaces: `conv 8 > relu` means an arrow."""
    spaced = previous is None or (previous.end_pos or 0) < (token.start_pos or 0)
    names = behind is not None and behind.type in ("NAME", "CALL", "LBRACE")
    return Token.new_borrow_pos("STRAY", str(token), token) if spaced and names else token


def _plain_name(tokens: list[Token], index: int) -> Token:
    """Behind `->`, behind `output` and as a label, `k3` is a name like any other."""
    token = tokens[index]
    if token.type != "COMPACT":
        return token
    behind = tokens[index - 1].type if index else ""
    before = tokens[index + 1].type if index + 1 < len(tokens) else ""
    is_name = behind in ("ARROW", "OUTPUT") or before == "COLON"
    return Token.new_borrow_pos("NAME", str(token), token) if is_name else token
