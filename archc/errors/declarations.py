"""E022 and E026: declarations that are missing, say something twice, or take less than it looks."""

from archc.diagnostic import Edit, Fix, Label
from archc.errors.base import Draft, declare, unused
from archc.fixes import without_line, write
from archc.source import Span


@declare("E0220", wrong="conv 8 k3", right="input 1x8x8\nconv 8 k3")
def no_input(span: Span) -> Draft:
    """Nothing says what the network's input is.

    An `input` line, `--input` or the data set that `train` names says it.
    """
    return Draft(
        "expected a line such as `input 3x32x32`, got no input",
        span,
        help="add an `input` line, or give `--input 3x32x32`",
    )


@declare("E0221", wrong="input 1x8x8\ninput 3x8x8\nrelu", right="input 1x8x8\nrelu")
def second_input(span: Span, before: Span) -> Draft:
    """There are two inputs without names.

    One of several inputs may go without a name.
    """
    return Draft(
        "expected one `input` line, got a second one",
        span,
        help="keep one of the two, or give both names: `input image 3x32x32`",
        labels=(Label(before, "the first one"),),
        fixes=(without_line(span),),
    )


@declare(
    "E0226",
    wrong="input image 3x8x8\ninput meta 4\nconv 8",
    right="input image 3x8x8\ninput meta 192\nflatten -> a\nadd(@a, @meta)",
)
def unread_input(span: Span, name: str) -> Draft:
    """An input is never read.

    The first step gets the first input; `@name` reads any of them, in blocks too.
    """
    return Draft(
        f"expected `@{name}` in some step, got none",
        span,
        help=f"read the input with `@{name}`, or leave its line out",
        fixes=(without_line(span),),
    )


@declare("E0222", wrong="input 1x8x8", right="input 1x8x8\nrelu")
def no_steps(span: Span) -> Draft:
    """There is no network.

    A network is at least one step, such as `conv 32 k3`.
    """
    return Draft("expected at least one step, got none", span, help="add a step: `conv 32 k3`")


@declare("E0223", wrong="input 3x0x8\nrelu", right="input 3x8x8\nrelu")
def bad_input(span: Span, found: str) -> Draft:
    """An input's shape is not a shape.

    `784`, `CxL`, `CxHxW` or `CxDxHxW`, every size at least 1.
    """
    return Draft(
        f"expected a shape such as `3x32x32`, got {found}",
        span,
        help="write channels, height and width, each at least 1",
    )


@declare(
    "E0224",
    wrong="input 1x8x8\nrelu\ntrain { epochs 1 }\ntrain { epochs 2 }",
    right="input 1x8x8\nrelu\ntrain { epochs 1 }",
)
def second_train(span: Span, before: Span) -> Draft:
    """There are two `train` blocks.

    A file says once how it is trained.
    """
    return Draft(
        "expected one `train` block, got a second one",
        span,
        help="put its lines into the first one",
        labels=(Label(before, "the first one"),),
        fixes=(_joined(before, span),) if all(map(_has_braces, (before, span))) else (),
    )


def _has_braces(train: Span) -> bool:
    return "{" in train.text and train.text.endswith("}")


def _joined(first: Span, second: Span) -> Fix:
    """The lines of the second `train` at the end of the first one."""
    inside = second.text[second.text.index("{") + 1 : -1].strip()
    close = first._replace(start=first.end - 1)
    several = "\n" in first.text or "\n" in inside
    lines = f"  {inside}\n}}" if several else f"| {inside} }}"
    return Fix((Edit(close, lines), *without_line(second).edits), "unsafe")


@declare(
    "E0260",
    wrong="input 1x8x8\nblock unit { conv 8 }\nblock unit { conv 16 }\nunit",
    right="input 1x8x8\nblock unit { conv 8 }\nblock wide { conv 16 }\nunit",
)
def declared_twice(span: Span, what: str, name: str, before: Span) -> Draft:
    """A name is declared twice.

    A file has one block, one `param` and one input of a name, a block one parameter.
    """
    other = unused(name, span.source)
    return Draft(
        f"expected one {what} `{name}`, got a second one",
        span,
        help=f"give this one another name, such as `{other}`, or leave one of the two out",
        labels=(Label(before, "the first one"),),
        fixes=(write(span, other),),
    )


@declare(
    "E0261",
    wrong="input 1x8x8\nblock unit = conv 8 | relu\nunit",
    right="input 1x8x8\nblock unit = { conv 8 | relu }\nunit",
)
def one_step(steps: Span) -> Draft:
    """More than one step stands behind the `=` of a block.

    `=` takes one step; braces make several one.
    """
    return Draft(
        f"expected one step behind `=`, got `{steps.text}`",
        steps,
        help="put braces around the steps",
        fixes=(_braces(steps),),
    )


@declare(
    "W0108",
    wrong="input 1x8x8\nshare head = conv 1 | relu\nhead",
    right="input 1x8x8\nshare head = { conv 1 | relu }\nhead",
)
def shares_one_step(steps: Span) -> Draft:
    """A step stands behind a share, on its line.

    The `=` of `share` takes one step; what follows it is a step of its own that runs here.
    """
    return Draft(
        f"expected one step behind `=`, got `{steps.text}`",
        steps,
        help="put braces around the steps, or the second one on a line of its own",
        fixes=(_braces(steps),),
    )


def _braces(steps: Span) -> Fix:
    start, end = steps._replace(end=steps.start), steps._replace(start=steps.end)
    return Fix((Edit(start, "{ "), Edit(end, " }")), "unsafe")
