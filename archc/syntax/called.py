"""Steps written like function calls: `conv(32, 3)`, `nn.Conv2d(3, 32, kernel_size=3)`."""

from collections.abc import Iterator, Sequence

from lark import Token

from archc.diagnostic import Diagnostic
from archc.elsewhere import Here, step_here, value_here, written_here
from archc.errors import syntax as errors
from archc.source import Source
from archc.syntax.tokens import CLOSERS, MERGES, OPENERS, span_of
from archc.tuples import NamedTuple

Tokens = tuple[Token, ...]
_IN_FRONT = ("_SEP", "LBRACE", "CALL", "COMMA", "COLON", "STAR")
_CONSTANTS = {"yes": "YES", "no": "NO", "none": "NONE"}


class Called(NamedTuple):
    """What is said of such a step, and the item's tokens as they were meant; None where its end is
    missing."""

    diagnostic: Diagnostic
    meant: Tokens | None


def called(source: Source, tokens: Sequence[Token], at: int) -> Called | None:
    """What is wrong where the parser is stuck in a step like a call; None where it is in none."""
    start = _open_call(tokens, at)
    if start is None:
        return None
    call, place = tokens[start], span_of(source, tokens[start])
    name, word = call[:-1], place._replace(end=place.end - 1)
    closer = closer_of(tokens, start)
    if closer is None:
        return Called(errors.called_with_parentheses(word, name, f"{name} ..."), None)
    inside = tuple(tokens[start + 1 : closer])
    last = closer + 1 if _ends_in_comma(tokens, closer) else closer
    whole = place.to(span_of(source, tokens[last]))
    if name in ("train", "fit"):
        return _of_train(source, tokens, start, closer)
    steps = contained(source, call, inside)
    if is_container(name):
        text = " | ".join(step.text for step in steps)
        one = start > 0 and tokens[start - 1].type in ("COLON", "STAR")
        said = errors.container(word, name, f"{{ {text} }}" if one else text, whole)
        if not steps:
            return Called(said, None)
    else:
        sure = _here(name, inside).sure
        said = errors.called_with_parentheses(word, name, steps[0].text, whole, sure)
    meant = one_behind_the_other(steps, call, tokens[closer])
    return Called(said, (*tokens[:start], *meant, *tokens[last + 1 :]))


def _ends_in_comma(tokens: Sequence[Token], closer: int) -> bool:
    """Whether a line of a list ends here: `Conv2D(8, 3),`."""
    kinds = [token.type for token in tokens[closer + 1 : closer + 3]]
    return kinds in (["COMMA"], ["COMMA", "_SEP"])


def _of_train(source: Source, tokens: Sequence[Token], start: int, closer: int) -> Called:
    """`train(data=digits, epochs=3)` for `train { data digits | epochs 3 }`."""
    call, inside = tokens[start], tuple(tokens[start + 1 : closer])
    word = span_of(source, call)
    lines, made = [], [Token.new_borrow_pos("TRAIN", "train", call), _in_front("LBRACE", "{", call)]
    for part in parts_of(inside):
        key, value = _keyed(part)
        lines.append(f"{key} {_text(source, value)}" if key else _text(source, value))
        made += [_in_front("_SEP", "|", part[0])] if len(lines) > 1 else []
        made += [part[0], *value] if key else value
    made.append(_in_front("RBRACE", "}", tokens[closer]))
    text = f"train {{ {' | '.join(lines)} }}"
    whole = word.to(span_of(source, tokens[closer]))
    said = errors.called_with_parentheses(
        word._replace(end=word.end - 1), call[:-1], text, whole, sure=False
    )
    return Called(said, (*tokens[:start], *made, *tokens[closer + 1 :]))


def _here(name: str, inside: Tokens) -> Here:
    arguments = [_keyed(part) for part in parts_of(inside)]
    return written_here(name, arguments) or _as_it_is(name, arguments)


class Written(NamedTuple):
    """A call as the step that it means."""

    text: str
    tokens: Tokens


def as_step(source: Source, call: Token, name: str, inside: Tokens) -> Written:
    """The step that a call of a name with arguments means."""
    here = _here(name, inside)
    text = step_here(here.map(lambda value: _text(source, value)))
    return Written(text, tuple(_step(Token.new_borrow_pos("NAME", here.word, call), here)))


def one_behind_the_other(steps: Sequence[Written], first: Token, last: Token) -> Tokens:
    """The tokens of a chain, in braces where it is more than one step."""
    chain = [t for step in steps for t in (_in_front("_SEP", "|", first), *step.tokens)][1:]
    if not any(token.type == "_SEP" for token in chain):
        return tuple(chain)
    return (_in_front("LBRACE", "{", first), *chain, _in_front("RBRACE", "}", last))


def is_container(name: str) -> bool:
    """Whether a class holds others."""
    return name.rpartition(".")[2].lower() in ("sequential", "modulelist")


def contained(
    source: Source, call: Token, inside: Tokens, always: bool = False
) -> tuple[Written, ...]:
    """The steps that a container lists, or the one that a class is; `always` says that a call
    lists steps whatever its name."""
    name = call[:-1]
    if always or is_container(name):
        return tuple(_listed(source, inside))
    return (as_step(source, call, name, inside),)


def _listed(source: Source, inside: Tokens) -> Iterator[Written]:
    if inside and (inside[0].type, inside[-1].type) == ("LSQB", "RSQB"):
        inside = inside[1:-1]
    for part in parts_of(tuple(token for token in inside if token.type != "_SEP")):
        if part[0].type == "CALL" and closer_of(part, 0) == len(part) - 1:
            yield as_step(source, part[0], part[0][:-1], part[1:-1])
        else:
            yield Written(_text(source, part), part)


def _open_call(tokens: Sequence[Token], at: int) -> int | None:
    """The place of the `conv(` of a step written like a function call that is open there."""
    open_: list[int] = []
    for index, token in enumerate(tokens[:at]):
        if token.type in OPENERS:
            open_.append(index)
        elif token.type in CLOSERS and open_:
            open_.pop()
    for index in open_:
        token, before = tokens[index], tokens[index - 1].type if index else "_SEP"
        if token.type in ("LPAR", "LSQB", "INDEX"):
            return None  # values, in which a call is one of a function
        if token.type == "CALL" and token[:-1] not in MERGES:
            return index if before in _IN_FRONT else None
    return None


def closer_of(tokens: Sequence[Token], opener: int) -> int | None:
    """The place of the bracket that closes one."""
    depth = 0
    for index in range(opener + 1, len(tokens)):
        if tokens[index].type in CLOSERS and depth == 0:
            return index
        depth += (tokens[index].type in OPENERS) - (tokens[index].type in CLOSERS)
    return None


def parts_of(tokens: Sequence[Token]) -> Iterator[Tokens]:
    """The tokens between commas outside of inner brackets; between two commas there may be none."""
    part: list[Token] = []
    depth = 0
    for token in tokens:
        depth += (token.type in OPENERS) - (token.type in CLOSERS)
        if depth == 0 and token.type == "COMMA":
            if part:
                yield tuple(part)
            part = []
        else:
            part.append(token)
    if part:
        yield tuple(part)


def _keyed(part: Tokens) -> tuple[str | None, Tokens]:
    """`key=value` in its two parts; a value by place has no key."""
    if len(part) > 2 and part[0].type == "NAME" and part[1].type == "EQUAL":
        return str(part[0]), part[2:]
    return None, part


def _as_it_is(name: str, arguments: Sequence[tuple[str | None, Tokens]]) -> Here:
    placed = tuple(value for key, value in arguments if key is None)
    keyed = tuple((key, value) for key, value in arguments if key is not None)
    return Here(name, placed, keyed, None, sure=len(placed) <= 1)


def _text(source: Source, value: Tokens) -> str:
    return span_of(source, value[0]).to(span_of(source, value[-1])).text


def _step(word: Token, here: Here) -> Iterator[Token]:
    """The step's tokens, where they stand in the text."""
    word.end_pos = (word.end_pos or 0) - 1
    yield word
    for value in here.placed:
        yield from _value(value)
    for key, value in here.keyed:
        if value:
            yield _in_front("NAME", key, value[0])
            yield _in_front("EQUAL", "=", value[0])
            yield from _value(value)
    if here.activation:
        yield _in_front("_SEP", "|", here.activation[0])
        yield from _value(here.activation)


def _in_front(kind: str, text: str, token: Token) -> Token:
    made = Token.new_borrow_pos(kind, text, token)
    made.end_pos = made.start_pos
    return made


def _value(value: Tokens) -> Iterator[Token]:
    """A value of Python: `(3, 3)` is a list, `True` is `yes`, `'same'` a name."""
    listed = (
        bool(value) and value[0].type == "LPAR" and any(token.type == "COMMA" for token in value)
    )
    for index, token in enumerate(value):
        kind, text = token.type, str(token)
        if token.type in ("NAME", "STRING"):
            text = value_here(token)
            kind = _CONSTANTS.get(text, "NAME" if text != token else token.type)
        elif listed and index in (0, len(value) - 1):
            kind, text = ("LSQB", "[") if index == 0 else ("RSQB", "]")
        made = Token.new_borrow_pos(kind, text, token)
        yield made
