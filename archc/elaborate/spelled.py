"""Arguments that are spelled otherwise: `k 3`, `stride 2`, `no bias`, `K3`, `same`."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from archc.diagnostic import Diagnostic
from archc.elaborate.names import Names
from archc.elsewhere import ACTIVATIONS, flag_here, key_here
from archc.errors import spelling as errors
from archc.errors.base import nearest
from archc.layers.base import ALIASES, LAYERS
from archc.syntax import tree as t

_UPPER = r"[KSPDG]\d{1,9}(x\d{1,9}){0,3}"


def as_meant(
    call: t.Call,
    arguments: Iterable[t.Argument],
    order: Sequence[str],
    names: Names,
    diagnostics: list[Diagnostic],
) -> Iterator[t.Argument]:
    """The arguments as a step writes them; what is spelled otherwise is reported."""
    waiting = deque(arguments)
    if not any(a.form == "place" and isinstance(a.value, t.Name) for a in waiting):
        yield from waiting  # as most steps are
        return
    placed = 0
    while waiting:
        argument = waiting.popleft()
        if argument.form != "place":
            yield argument
            continue
        follows = waiting[0] if waiting and waiting[0].form == "place" else None
        here = order[placed] if placed < len(order) else None
        apart = _apart(argument, follows, order, names) if follows else None
        if apart is not None and follows is not None:
            if apart.name == "x":
                diagnostics.append(errors.count_behind(apart.span, call.span, follows.span.text))
                waiting.popleft()
                continue
            if apart.name not in ACTIVATIONS:
                diagnostics.append(_said(apart))
            waiting.popleft()
            yield apart
            continue
        alone = _alone(argument, here, order, names)
        if alone is not None:
            diagnostics.append(_said(alone))
            yield alone
            continue
        times = re.fullmatch(r"[xX](\d+)", _word(argument, names))
        if times:
            diagnostics.append(errors.count_behind(argument.span, call.span, times[1]))
            continue
        placed += 1
        yield argument


def _word(argument: t.Argument, names: Names) -> str:
    """The word that an argument is, where no value has this name."""
    value = argument.value
    return value.name if isinstance(value, t.Name) and value.name not in names else ""


def _apart(
    argument: t.Argument, follows: t.Argument, order: Sequence[str], names: Names
) -> t.Argument | None:
    """`k 3`, `stride 2`, `bias no` or `no bias`, in one."""
    place = argument.span.to(follows.span)
    number = isinstance(follows.value, t.Literal | t.Size)
    word = _word(argument, names)
    if word in tuple("kspdg") and number:
        return t.Argument(place, "short", word, follows.value)
    if word in ("x", "times") and number:
        return t.Argument(place, "key", "x", follows.value)
    if isinstance(argument.value, t.Literal) and argument.value.value is False:
        key = _key(_word(follows, names), order)
        return t.Argument(place, "key", key, argument.value) if key else None
    value = number or isinstance(follows.value, t.ListOf | t.Name)
    if word in ACTIVATIONS and isinstance(follows.value, t.Name) and word not in order:
        return t.Argument(place, "key", word, follows.value)
    key = _key(word, order) if value and word not in LAYERS else None
    return t.Argument(place, "key", key, follows.value) if key else None


def is_activation(value: object) -> bool:
    """Whether a word says that an activation follows."""
    return isinstance(value, t.Name) and value.name in ACTIVATIONS


def _key(word: str, order: Sequence[str]) -> str | None:
    if not word:
        return None
    return word if word in order else key_here(word, order)


def _alone(
    argument: t.Argument, here: str | None, order: Sequence[str], names: Names
) -> t.Argument | None:
    """`K3` and `same`, a word that says which argument it is; `here` is the one of its place."""
    word = _word(argument, names)
    if re.fullmatch(_UPPER, word):
        sides = tuple(map(int, word[1:].split("x")))
        place = argument.span._replace(start=argument.span.start + 1)
        size: t.Expr = t.Size(place, sides) if len(sides) > 1 else t.Literal(place, sides[0])
        return t.Argument(argument.span, "short", word[0].lower(), size)
    flag = flag_here(word)
    if flag is None or flag[0] not in order or flag[0] == here:
        return None
    value: t.Expr = t.Name(argument.span, flag[1])
    if flag[1] in ("yes", "no"):
        value = t.Literal(argument.span, flag[1] == "yes")
    return t.Argument(argument.span, "key", flag[0], value)


def _said(argument: t.Argument) -> Diagnostic:
    key, value = argument.name or "", argument.value
    text = value.span.text
    if argument.form == "short":
        text = text.lstrip(key.upper())
    elif isinstance(value, t.Literal) and isinstance(value.value, bool):
        text = "yes" if value.value else "no"
    elif isinstance(value, t.Name):
        text = value.name
    short = key in tuple("kspdg") and isinstance(value, t.Literal | t.Size) and text[:1].isdigit()
    return errors.spelled_apart(argument.span, key, text, short)


def stray_word(
    call: t.Call, argument: t.Argument, order: Sequence[str], names: Names
) -> Diagnostic | None:
    """What to say of a word behind a step's last value: a misspelt step without its `|`."""
    if isinstance(argument.value, t.At):
        return errors.tap_as_value(argument.span, argument.value.name)
    word = _word(argument, names)
    if not word:
        return None
    if word in order or word in tuple("kspdg"):
        return errors.without_value(argument.span, call.name.name, word)
    meant = nearest(word, (*LAYERS, *ALIASES)) if word.isalpha() else None
    return errors.stray_word(argument.span, call.name.name, ALIASES.get(meant or "", meant))
