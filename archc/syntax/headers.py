"""Blocks, loops and conditions whose steps stand in no braces: behind a colon and indented, as in
Python, with the brace on a line of its own, or as a pipe behind `=`. They are read as they were
meant."""

from collections import deque
from collections.abc import Sequence

from lark import Token

from archc.diagnostic import Diagnostic, Edit, Fix
from archc.errors import declarations
from archc.errors import syntax as errors
from archc.source import Source, Span
from archc.syntax.inputs import steps_behind
from archc.syntax.tokens import CLOSERS, OPENERS, WORDS_OF_BLOCKS, Run, span_of

_HEADS = ("BLOCK", "FOR", "IF", "TRAIN")


def in_braces(source: Source, runs: Sequence[Run]) -> tuple[list[Run], list[Diagnostic]]:
    """Top-level items, with the braces that are missing, and what to say of them."""
    whole: list[Run] = []
    diagnostics: list[Diagnostic] = []
    waiting = deque(runs)
    while waiting:
        run = waiting.popleft()
        arrow = steps_behind(run.tokens)
        if arrow:
            put, piped_on, said = _from_the_input(source, run, arrow)
            whole.append(put)
            waiting.extendleft(reversed(piped_on))
            diagnostics.append(said)
            continue
        piped = _piped(run, waiting)
        if piped:
            start, step = _alias(run)
            steps = [Run(step, False), *(waiting.popleft() for _ in range(piped))]
            place = span_of(source, step[0]).to(span_of(source, steps[-1].tokens[-1]))
            diagnostics.append(declarations.one_step(place))
            whole.append(Run(tuple(_group(start, steps)), any(part.lost for part in steps)))
            continue
        head, first = _head(run)
        if head is None:
            whole.append(run)
            continue
        if not first and waiting and _brace_below(run, waiting[0]):
            brace = waiting.popleft()
            whole.append(Run((*head, *brace.tokens), brace.lost))
            diagnostics.append(_said(source, head[-1], _joined(source, head[-1], brace.tokens[0])))
            continue
        body = [Run(first, False)] if first else []
        below = not first or _line(first[0]) > _line(head[-1])
        colon = run.tokens[len(head)] if len(run.tokens) > len(head) else None
        colon = colon if colon is not None and colon.type == "COLON" else None
        while waiting and (
            _column(waiting[0].tokens[0]) > _column(run.tokens[0])
            if below
            else colon is None and _line(waiting[0].tokens[0]) == _line(body[-1].tokens[-1])
        ):
            body.append(waiting.popleft())
        if not body or any(part.lost for part in body):
            whole += [run, *body[1 if first else 0 :]]
            continue
        fix = _braces(source, run.tokens[0], head[-1], colon, body)
        if head[0] in WORDS_OF_BLOCKS:  # `def f(c):` is one mistake
            word = span_of(source, head[0])
            fix = fix._replace(edits=(Edit(word, "block"), *fix.edits))
            help_ = "write `block name(a, b) { ... }`"
            diagnostics.append(errors.unexpected(word, "`block`", f"`{word.text}`", help_, (fix,)))
            head = (Token.new_borrow_pos("BLOCK", "block", head[0]), *head[1:])
        else:
            here = first[0] if first and not below and colon is None else None
            diagnostics.append(_said(source, colon or head[-1], fix, colon is not None, here))
        inner, further = in_braces(source, body)
        diagnostics += further
        whole.append(Run(tuple(_group(head, inner)), False))
    return whole, diagnostics


def _head(run: Run) -> tuple[tuple[Token, ...] | None, tuple[Token, ...]]:
    """What stands in front of the missing braces, and what of them follows behind a colon; None for
    an item that lacks none."""
    first = run.tokens[0]
    if run.lost or not (first.type in _HEADS or first in WORDS_OF_BLOCKS):
        return None, ()
    depth = 0
    for index, token in enumerate(run.tokens):
        if depth == 0 and token.type == "COLON":
            return run.tokens[:index], run.tokens[index + 1 :]
        if depth == 0 and token.type in ("LBRACE", "EQUAL"):
            return None, ()
        depth += (token.type in OPENERS) - (token.type in CLOSERS)
    stop = _end_of_head(run.tokens)
    return (run.tokens[:stop], run.tokens[stop:]) if stop else (None, ())


def _end_of_head(tokens: Sequence[Token]) -> int:
    """Where the steps begin that stand right behind `train` or the name of a block."""
    if tokens[0].type == "TRAIN":
        return 1 if [token.type for token in tokens[1:2]] == ["NAME"] else len(tokens)
    if tokens[0].type != "BLOCK" or len(tokens) < 3 or tokens[1].type not in ("NAME", "CALL"):
        return len(tokens)
    if tokens[1].type == "NAME" and tokens[2].type in ("LPAR", "LSQB"):
        return 0
    close = next((i for i, token in enumerate(tokens) if token.type == "RPAR"), 0)
    stop = close + 1 if tokens[1].type == "CALL" else 2
    values = [token.type for token in tokens[stop + 1 : stop + 2]]
    begins = [token.type for token in tokens[stop : stop + 1]] == ["NAME"]
    return stop if begins and (tokens[1].type == "CALL" or values != ["NAME"]) else len(tokens)


def _from_the_input(
    source: Source, run: Run, arrow: int
) -> tuple[Run, tuple[Run, ...], Diagnostic]:
    """`input 3x32x32 -> conv 8 -> relu`: the input, its steps, and what to say of the arrows."""
    put, steps = run.tokens[:arrow], run.tokens[arrow + 1 :]
    place = span_of(source, run.tokens[arrow])
    if len(steps) == 1:  # `input 3x32x32 -> image`
        line = span_of(source, put[0]).to(span_of(source, steps[0]))
        shape = span_of(source, put[1])
        text = f"input {steps[0]} {shape.to(span_of(source, put[-1])).text}"
        fix = Fix((Edit(line, text),), "safe")
        said = errors.unexpected(place, "the name in front", "`->`", f"write `{text}`", (fix,))
        return Run((put[0], steps[0], *put[1:]), run.lost), (), said
    arrows = [i for i, token in enumerate(run.tokens) if token.type == "ARROW"]
    parts = [run.tokens[a + 1 : b] for a, b in zip(arrows, [*arrows[1:], None], strict=True)]
    edits = tuple(Edit(span_of(source, run.tokens[i]), "|") for i in arrows)
    help_ = "`|` stands between steps; `-> x` names a value for `@x` further down"
    said = errors.unexpected(place, "`|`", "`->`", help_, (Fix(edits, "unsafe"),))
    return Run(put, False), tuple(Run(part, run.lost) for part in parts if part), said


def _alias(run: Run) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
    """What stands up to the `=` of a block, and its step."""
    depth = 0
    for index, token in enumerate(run.tokens):
        if depth == 0 and token.type == "EQUAL":
            return run.tokens[: index + 1], run.tokens[index + 1 :]
        depth += (token.type in OPENERS) - (token.type in CLOSERS)
    return run.tokens, ()


def _piped(run: Run, following: Sequence[Run]) -> int:
    """How many steps stand on the line behind the step of `block x = step`."""
    if run.lost or run.tokens[0].type != "BLOCK" or not _alias(run)[1]:
        return 0
    line = _line(run.tokens[-1])
    for count, part in enumerate(following):
        if _line(part.tokens[0]) != line:
            return count
        line = _line(part.tokens[-1])
    return len(following)


def _brace_below(run: Run, following: Run) -> bool:
    """Whether the braces stand on the next line, no deeper than the item."""
    brace = following.tokens[0]
    return (
        brace.type == "LBRACE"
        and _line(brace) == _line(run.tokens[-1]) + 1
        and _column(brace) <= _column(run.tokens[0])
    )


def _group(head: Sequence[Token], body: Sequence[Run]) -> list[Token]:
    start, end = body[0].tokens[0], body[-1].tokens[-1]
    tokens = [*head, _at("LBRACE", "{", start.start_pos, start)]
    for index, part in enumerate(body):
        if index:
            tokens.append(_at("_SEP", "\n", part.tokens[0].start_pos, part.tokens[0]))
        tokens += part.tokens
    return [*tokens, _at("RBRACE", "}", end.end_pos, end)]


def _at(kind: str, text: str, place: int | None, near: Token) -> Token:
    made = Token.new_borrow_pos(kind, text, near)
    made.start_pos = made.end_pos = place
    return made


def _said(
    source: Source, token: Token, fix: Fix, colon: bool = False, step: Token | None = None
) -> Diagnostic:
    """What to say of the brace that is missing behind a token, in front of a `step` on its line."""
    place = span_of(source, step or token)
    found = "`:`" if colon else f"`{step}`" if step else "the end of the line"
    if not colon and step is None:
        place = place._replace(start=place.end)
    return errors.unexpected(place, "`{`", found, "its steps stand in braces: `{ ... }`", (fix,))


def _joined(source: Source, last: Token, brace: Token) -> Fix:
    """The brace on the line of what it belongs to."""
    gap = Span(source, last.end_pos or 0, brace.start_pos or 0)
    return Fix((Edit(gap, " "),), "safe")


def _braces(
    source: Source, first: Token, last: Token, colon: Token | None, body: Sequence[Run]
) -> Fix:
    """Braces around the steps; the closing one on a line of its own where they have theirs."""
    behind = span_of(source, last)
    stop = span_of(source, colon).end if colon else behind.end
    end = span_of(source, body[-1].tokens[-1])
    line = source.line(_line(first))
    margin = line[: len(line) - len(line.lstrip(" \t"))]
    below = _line(body[0].tokens[0]) > _line(last)
    opened = Edit(behind._replace(start=behind.end, end=stop), " {")
    closed = Edit(end._replace(start=end.end), f"\n{margin}}}" if below else " }")
    return Fix((opened, closed), "unsafe")


def _line(token: Token) -> int:
    return token.line or 0


def _column(token: Token) -> int:
    return token.column or 0
