"""Slips of the pen and of other languages' habits: what to do about each, and the tokens that were
plainly meant, so that the rest of the step is checked as well."""

import re
from collections.abc import Callable, Sequence

from lark import Token

from archc.diagnostic import Edit, Fix
from archc.elsewhere import written_here
from archc.fixes import without, write
from archc.source import Source
from archc.syntax import habits, separators
from archc.syntax.inputs import input_line
from archc.syntax.stuck import Advice, Stuck, Tokens
from archc.syntax.tokens import CLOSERS, MERGES


def advice(source: Source, tokens: Sequence[Token], at: int) -> Advice:
    """What to do about a token that the parser does not take, or an end that comes too early."""
    stuck = Stuck(source, tuple(tokens), at)
    return next((found for rule in _RULES if (found := rule(stuck)) is not None), Advice())


def _assigned(stuck: Stuck) -> Advice | None:
    """`x = 3` for `let x = 3`, `x = conv 8` for `conv 8 -> x`."""
    if stuck.kind != "EQUAL" or stuck.at != 1 or stuck.tokens[0].type != "NAME":
        return None
    name, behind = stuck.tokens[0], stuck.tokens[2:]
    start = stuck.span(0)
    if not _is_step(behind):
        let = Token("LET", "let", start_pos=start.start, end_pos=start.start)
        insert = write(start._replace(end=start.start), "let ")
        return Advice(f"name a value with `let {name} = ...`", (insert,), (let, *stuck.tokens))
    taken_out = Edit(start._replace(end=behind[0].start_pos or 0), "")
    later = stuck.source.text[stuck.end().end :]
    if not re.search(rf"\b{re.escape(name)}\b", later):
        return Advice("a step needs no name", (Fix((taken_out,), "unsafe"),), behind)
    arrow = Edit(stuck.end(), f" -> {name}")
    tap = (stuck.made("ARROW", "->", -1), stuck.made("NAME", str(name), -1))
    help_ = f"`-> {name}` behind a step names its value, `@{name}` takes it up"
    return Advice(help_, (Fix((taken_out, arrow), "unsafe"),), (*behind, *tap))


def _is_step(tokens: Tokens) -> bool:
    """Whether a step begins here, not a value."""
    if not tokens:
        return False
    first, second = tokens[0].type, tokens[1].type if len(tokens) > 1 else "$END"
    if first == "CALL":
        name = tokens[0][:-1]
        return name in MERGES or written_here(name, ()) is not None or name[0].isupper()
    return first == "LBRACE" or (
        first == "NAME" and second in ("INT", "COMPACT", "NAME", "SIZE", "FLOAT")
    )


def _named(stuck: Stuck) -> Advice | None:
    """`-> @x` for `-> x`, and a `->` without a name."""
    if stuck.kinds(-1, 0) != ("ARROW",):
        return None
    if stuck.kind == "AT_NAME":
        name = stuck.made("NAME", stuck.token[1:])
        name.start_pos = (name.start_pos or 0) + 1
        sign = stuck.span(stuck.at)
        fix = write(sign._replace(end=sign.start + 1), "", "safe")
        help_ = f"write `-> {name}`; `@{name}` takes the value up further down"
        return Advice(help_, (fix,), stuck.instead(stuck.at, stuck.at + 1, name))
    if stuck.kind in ("$END", "_SEP", *CLOSERS):
        meant = stuck.instead(stuck.at - 1, stuck.at)
        fixes = (without(stuck.span(stuck.at - 1)),) if meant else ()
        return Advice("name the value, as in `-> skip`, or leave `->` out", fixes, meant or None)
    return None


def _reserved(stuck: Stuck) -> Advice | None:
    """`let k3 = 8`: a name that reads as a short argument or as a word of the language."""
    declares = stuck.kinds(-1, 0) in {(kind,) for kind in _DECLARING}
    if not declares or stuck.kind == "$END" or not stuck.token.isidentifier():
        return None
    name = stuck.token
    reads = f"`{name[0]}={name[1:]}`" if stuck.kind == "COMPACT" else "a word of the language"
    help_ = f"`{name}` reads as {reads}: choose another name, such as `{name}_`"
    # Where it is read, it may mean the short argument: those places stay as they are.
    meant = stuck.instead(stuck.at, stuck.at + 1, stuck.made("NAME", f"{name}_"))
    return Advice(help_, (write(stuck.span(stuck.at), f"{name}_"),), meant)


_DECLARING = ("LET", "PARAM", "SHARE", "BLOCK", "FOR")

_RULES: tuple[Callable[[Stuck], Advice | None], ...] = (
    input_line,
    habits.condition,
    separators.double_sign,
    _assigned,
    _named,
    _reserved,
    separators.arrow,
    separators.in_parentheses,
    separators.comma,
    habits.count,
    habits.parameters,
    habits.colon,
    habits.equal_sign,
    habits.added,
    habits.listed,
    habits.operator,
    habits.stray,
)
