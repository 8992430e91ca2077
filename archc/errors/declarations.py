"""E026: declarations that say something twice, or take less than it looks."""

from archc.diagnostic import Edit, Fix, Label
from archc.errors.base import Draft, declare
from archc.source import Span


@declare(
    "E0260",
    wrong="input 1x8x8\nblock unit { conv 8 }\nblock unit { conv 16 }\nunit",
    right="input 1x8x8\nblock unit { conv 8 }\nblock wide { conv 16 }\nunit",
)
def declared_twice(span: Span, what: str, name: str, before: Span) -> Draft:
    """A name is declared twice.

    A file has one block, one `param` and one input of a name, a block one parameter.
    """
    return Draft(
        f"expected one {what} `{name}`, got a second one",
        span,
        help="give this one another name, or leave one of the two out",
        labels=(Label(before, "the first one"),),
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
