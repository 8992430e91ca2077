"""Values and calls as PyTorch source text, as `ruff format` leaves it."""

import re
from collections.abc import Callable, Mapping
from math import isfinite

from archc.emit.functions import ANY, Function
from archc.layers.base import Call, Code, Term

WIDTH = 88
"""The longest line of a source: `ruff format`'s own default."""


_SLICE = re.compile(r"(?<=, )[\w.-]*(?::[\w.-]*)+(?=\])")

NO_PORTS: Mapping[str, str] = {}


def literal(value: object) -> str:
    """A value as Python source.

    Takes None, bool, int, finite float, str, functions and tuples of them; raises TypeError or
    ValueError for anything else, so that nothing reaches the source that was not written here.
    """
    if value is None or type(value) in (bool, int):
        return repr(value)
    if isinstance(value, float):
        if not isfinite(value):
            raise ValueError(f"{value} has no literal")
        return repr(float(value)).replace("e+", "e")
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Function):
        return value.text
    if value is ANY:
        return "None"
    if isinstance(value, tuple):
        items = [literal(item) for item in value]
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    raise TypeError(f"{type(value).__name__} has no literal")


def term_literal(term: Term) -> str:
    """A term's value as Python source."""
    return literal(term.value)


def applied_text(
    code: Code,
    x: str,
    module: str = "",
    ports: Mapping[str, str] = NO_PORTS,
    name: Callable[[Term], str] = term_literal,
) -> str:
    """A layer as a function of a value: `x` is the value's text, `module` the text of what
    `code.init` makes (`self.conv1`), `ports` the text of each port's value by name."""
    if code.call is not None:
        return call_text(code.call, x, name, module, ports)
    return x if code.init is None else f"{module}({x})"


def repeats(call: Call | None, field: str = "0") -> bool:
    """Whether a formula takes its value, or that of a port, more than once: its text should then
    be a name, not a call that would be made again."""
    return call is not None and call.target.count(f"{{{field}}}") > 1


def call_text(
    call: Call,
    x: str | None = None,
    name: Callable[[Term], str] = term_literal,
    module: str = "",
    ports: Mapping[str, str] = NO_PORTS,
) -> str:
    """A call as Python source.

    `x` is the text of the value that it is a function of, its first argument; a formula needs one.
    `name` writes a term: callers that know a name for it (`in_channels`) give their own.
    """
    if "{" in call.target:
        terms = {str(place): name(term) for place, term in enumerate(call.terms, 1)}
        filled = _filled(call.target, {"0": x or "", "self": module, **ports, **terms})
        return _SLICE.sub(_spaced, filled)
    return f"{call.target}({', '.join(_arguments(call, x, name))})"


def _arguments(call: Call, x: str | None, name: Callable[[Term], str]) -> list[str]:
    keywords = [f"{key}={name(term)}" for key, term in call.keywords if not term.is_default]
    return [*([x] if x is not None else []), *(name(term) for term in call.terms), *keywords]


def _filled(formula: str, texts: Mapping[str, str]) -> str:
    """A formula with a text for each field, in brackets where an operator could tear it apart."""

    def text(field: re.Match[str]) -> str:
        found = texts[field[1]]
        before, behind = formula[: field.start()], formula[field.end() :]
        alone = before.endswith(("(", ", ", "=")) and behind.startswith((")", ", "))
        return found if alone or _binds_tightest(found) else f"({found})"

    return re.sub(r"\{(\w+)\}", text, formula)


def _spaced(bounds: re.Match[str]) -> str:
    """The bounds of a slice, with spaces around the colons where one of them is an attribute."""
    if "." not in bounds[0]:
        return bounds[0]
    start, *others = bounds[0].split(":")
    text = start
    for other in others:
        text += f"{' ' if text and text[-1] != ':' else ''}:{' ' if other else ''}{other}"
    return text


def _binds_tightest(text: str) -> bool:
    """Whether a text is a name or a call: operators stand between spaces, outside of brackets."""
    depth = 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        if character == " " and depth == 0:
            return False
    return True


def _quoted(text: str) -> str:
    """In double quotes, unless single ones save escapes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    inner = "".join(c if c in "'\"" else repr(c)[1:-1] for c in text)
    return quote + inner.replace(quote, "\\" + quote) + quote
