"""E02: steps whose word is not known, or that are written as elsewhere."""

import re

from archc.diagnostic import Edit, Fix, Safety
from archc.errors.base import Draft, again, declare, nearest, rather
from archc.fixes import put_steps_behind, without, without_line, write
from archc.source import Span


@declare("E0201", wrong="input 1x8x8\ncnov 8", right="input 1x8x8\nconv 8")
def unknown_step(span: Span, name: str, known: tuple[str, ...]) -> Draft:
    """A step is not known.

    Steps are layers and blocks. `archc layers` lists the layers. Names that PyTorch or Keras use
    for a layer are understood in the error, not in the spec: there is one name for each.
    """
    message = f"expected the name of a layer or block, got `{name}`"
    meant = nearest(name, known)
    if meant is None and name in _OF_STD:
        start = span._replace(start=_behind_title(span), end=_behind_title(span))
        return Draft(
            message,
            span,
            help=f"`{name}` is a block of the file `std`: put `use std` at the start",
            fixes=(write(start, "use std\n"),),
        )
    advice = f"did you mean `{meant}`?" if meant else _OF_PYTHON.get(name.lower(), _LAYERS)
    fixes = rather(span, meant)
    if name in ("import", "from") and meant is None:
        line = span.source.text[span.start :].partition("\n")[0].rstrip()
        fixes = (without_line(span._replace(end=span.start + len(line))),)
    return Draft(message, span, advice, fixes=fixes)


def _behind_title(span: Span) -> int:
    """Where the first line stands that is no comment."""
    found = re.match(r"([ \t]*(#[^\n]*)?\r?\n)*", span.source.text)
    return found.end() if found else 0


@again("E0201")
def called_elsewhere(span: Span, name: str, here: str, safety: Safety) -> Draft:
    """A layer under the name that others have for it."""
    fix = write(span, here, safety)
    return Draft(f"`{name}` is called `{here}` here", span, f"write `{here}`", fixes=(fix,))


@again("E0201")
def written_elsewhere(span: Span, step: Span, text: str, safety: Safety) -> Draft:
    """A step with the values of another library's class."""
    message = f"`{step.text}` is written `{text}` here"
    return Draft(message, span, f"write `{text}`", fixes=(write(step, text, safety),))


@again("E0201")
def repeated(span: Span, count: str) -> Draft:
    """Copies as a step of their own."""
    message = f"expected a count in front of `*`, got `{span.text}`"
    return Draft(message, span, f"write `{count} * ...`", fixes=(write(span, f"{count} *"),))


@again("E0201")
def value_as_step(span: Span, name: str) -> Draft:
    """A named value without its `@`."""
    message = f"expected the name of a layer or block, got the value `{name}`"
    return Draft(message, span, f"write `@{name}`", fixes=(write(span, f"@{name}", "safe"),))


@again("E0201")
def sized(span: Span, step: Span, layer: str, kernel: str) -> Draft:
    """A layer whose name says its kernel: `conv3x3 8`."""
    edits = (Edit(span, layer), Edit(step._replace(start=step.end), f" {kernel}"))
    text = f"{layer}{step._replace(start=span.end).text} {kernel}"
    message = f"expected the name of a layer or block, got `{span.text}`"
    return Draft(message, span, f"write `{text}`", fixes=(Fix(edits, "unsafe"),))


@again("E0201")
def numbered(span: Span, text: str) -> Draft:
    """A layer and its first value in one word: `conv32`."""
    message = f"expected the name of a layer or block, got `{span.text}`"
    return Draft(message, span, f"write `{text}`", fixes=(write(span, text),))


@again("E0201")
def shipped(span: Span, file: str) -> Draft:
    """A block of a file that ships, which is not brought."""
    start = span._replace(start=_behind_title(span), end=_behind_title(span))
    return Draft(
        f"expected the name of a layer or block, got `{span.text}`",
        span,
        f"`{span.text}` is a block of the shipped file `{file}`: put `use {file}` at the start",
        fixes=(write(start, f"use {file}\n"),),
    )


@again("E0201")
def joined(span: Span, step: Span, layers: list[str]) -> Draft:
    """Several layers in one name: `conv_bn_relu 8`."""
    behind = "".join(f" | {layer}" for layer in layers[1:])
    edits = (Edit(span, layers[0]), Edit(step._replace(start=step.end), behind))
    text = f"{layers[0]}{step._replace(start=span.end).text}{behind}"
    message = f"expected the name of a layer or block, got `{span.text}`"
    return Draft(message, span, f"write `{text}`", fixes=(Fix(edits, "unsafe"),))


@again("E0201")
def without_parentheses(span: Span, step: Span, text: str, clear: bool) -> Draft:
    """A merge without its branches in parentheses."""
    message = f"expected branches in parentheses behind `{span.text}`, got none"
    fixes = (write(step, text),) if clear else ()
    return Draft(message, span, f"write `{text}`", fixes=fixes)


_LAYERS = "`archc layers` lists the layers"
_OF_STD = ("cbr", "se", "mlp", "residual")
_OF_PYTHON = {
    "input": "a line such as `input 3x32x32` in small letters says what enters",
    "import": 'leave it out: layers need no import; `use "file.arch"` brings blocks',
    "from": 'leave it out: layers need no import; `use "file.arch"` brings blocks',
    "sequential": "steps need no container: they stand one behind the other, between `|` or lines",
    "model": "steps need no container: they stand one behind the other, between `|` or lines",
    "def": "`block name(a, b) { ... }` declares a block",
    "class": "`block name(a, b) { ... }` declares a block",
    "repeat": "`3 * conv 8` or `3 * { ... }` repeats",
    **dict.fromkeys(
        ("skip", "shortcut", "residual"),
        "`id` passes the value on, and `@skip` takes up what `-> skip` names",
    ),
    "return": "the last value is the output; `output name` makes further ones",
}
"""Advice for words of Python that are no steps."""


@declare(
    "E0216",
    wrong="input 1x8x8\nconv 8 k3 activation=relu",
    right="input 1x8x8\nconv 8 k3 | relu",
)
def activation_inside(argument: Span, step: Span, name: str, activation: str) -> Draft:
    """An activation is given to a layer.

    Each layer does one thing: the activation is a step of its own behind it.
    """
    taken_out = without(argument)
    behind = put_steps_behind(step, activation)
    return Draft(
        f"expected an argument of `{name}`, got an activation",
        argument,
        help=f"write it as a step behind: `| {activation}`",
        fixes=(Fix((*taken_out.edits, *behind.edits), "unsafe"),),
    )


@declare("E0208", wrong="input 1x8x8\nrelu pool 2", right="input 1x8x8\nrelu | pool 2")
def missing_pipe(span: Span, step: str, name: str) -> Draft:
    """Two steps stand side by side.

    Steps are separated by `|` or a line break.
    """
    return Draft(
        f"expected `|` between `{step}` and `{name}`, got none",
        span,
        help=f"write `| {name}`",
        note="a step of its own",
        fixes=(write(span._replace(end=span.start), "| ", "safe"),),
    )


@declare("E0225", wrong="input 1x8x8\nrelu { relu }", right="input 1x8x8\nrelu")
def no_body(span: Span, name: str) -> Draft:
    """A layer is followed by a body.

    Only blocks that use `body` take one.
    """
    return Draft(
        f"expected no `{{` behind the layer `{name}`, got a body",
        span,
        help="separate the two steps with `|`",
        fixes=(write(span._replace(end=span.start), "| "),),
    )
