"""E02: arguments that are spelled otherwise than the language has them."""

from archc.diagnostic import Edit, Fix
from archc.errors.base import Draft, again, declare
from archc.fixes import without, write
from archc.source import Span


@declare("E0207", wrong="input 1x8x8\nconv 8 k 3", right="input 1x8x8\nconv 8 k3")
def spelled_apart(span: Span, key: str, value: str, short: bool) -> Draft:
    """An argument is spelled otherwise than the language has it.

    `k3` is short for `k=3`; so are `s2`, `p1`, `d2` and `g32`. Other arguments are named with a
    sign, `bias=no`.
    """
    text = f"{key}{value}" if short else f"{key}={value}"
    either = f"`{text}` or `{key}={value}`" if short else f"`{text}`"
    return Draft(
        f"expected {either}, got `{span.text}`",
        span,
        help=f"write `{text}`",
        fixes=(write(span, text, "safe"),),
    )


@again("E0205")
def stray_word(span: Span, step: str, meant: str | None) -> Draft:
    """A word behind the values of a step."""
    message = f"expected an argument `key=value` of `{step}` or `|`, got the word `{span.text}`"
    start = span._replace(end=span.start)
    if meant is None:
        return Draft(message, span, "leave it out", fixes=(without(span),))
    behind = Fix((Edit(start, "| "), Edit(span, meant)), "unsafe")
    return Draft(message, span, f"did you mean the step `| {meant}`?", fixes=(behind,))


@again("E0205")
def tap_as_value(span: Span, name: str) -> Draft:
    """A named value among those of a step: `conv 8 k3 @x`."""
    return Draft(
        f"expected `-> {name}` or `| @{name}`, got `@{name}` among the values of a step",
        span,
        help=f"`-> {name}` behind a step names its value, `| @{name}` takes it up",
        fixes=(Fix((Edit(span, f"-> {name}"),), "unsafe"),),
    )


@again("E0202")
def name_as_argument(span: Span, step: Span, name: str) -> Draft:
    """A name for a step as an argument."""
    edits = (*without(span).edits, Edit(step._replace(start=step.end), f" -> {name}"))
    return Draft(
        f"expected the name of the value behind the step, got `{span.text}`",
        span,
        help=f"write `-> {name}` behind the step, or `{name}:` in front of it for a part",
        fixes=(Fix(edits, "unsafe"),),
    )


@again("E0205")
def without_value(span: Span, step: str, name: str) -> Draft:
    """The name of an argument alone."""
    message = f"expected a value for `{name}` of `{step}`, got none"
    advice = f"write `{name}=...`, or leave it out"
    return Draft(message, span, advice, fixes=(without(span),))


@again("E0205")
def count_behind(span: Span, step: Span, count: str) -> Draft:
    """A count of copies behind its step."""
    first = step._replace(end=step.start)
    edits = (Edit(first, f"{count} * "), *without(span).edits)
    return Draft(
        f"expected the count of copies in front of the step, got `{span.text}` behind it",
        span,
        help=f"write `{count} * {step._replace(end=span.start).text.rstrip()}`",
        fixes=(Fix(edits, "unsafe"),),
    )
