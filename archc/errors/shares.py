"""E0255: shares whose weights do not serve another use."""

from collections.abc import Sequence

from archc.diagnostic import Fix, Label
from archc.errors.base import Draft, again, declare
from archc.fixes import write
from archc.shape import Shape
from archc.source import Span


@declare(
    "E0255",
    wrong="input 1x8x8\nshare head = conv 8\nhead | head",
    right="input 1x8x8\nshare head = conv 8\nhead | conv 1 | head",
)
def other_weights(
    span: Span,
    name: str,
    before: Shape | None,
    here: Shape | None,
    made: Label,
    keyword: Span | None,
) -> Draft:
    """A share is used where it would need other weights.

    What is shared is built at its first use. Its weights fit every value that asks for the same
    ones, so one with the same number of channels in most cases. A setting that is computed from the
    value, such as `p=H//8`, must come to the same at every use.
    """
    return Draft(
        f"expected a value for the weights of `{name}`, made for {before}, got {here}",
        span,
        help=f"bring it to {_wanted(before, here)}, or {_ANEW}",
        labels=(made,),
        fixes=_as_block(keyword),
    )


@again("E0255")
def other_setting(
    span: Span,
    name: str,
    word: str,
    before: str,
    here: str,
    labels: Sequence[Label],
    keyword: Span | None,
) -> Draft:
    """A share whose layer would have another setting than at its first use."""
    return Draft(
        f"expected `{before}` of `{word}` in `{name}`, as at its first use, got `{here}`",
        span,
        help=f"write one value for all uses, `{before}`, or {_ANEW}",
        labels=tuple(labels),
        fixes=_as_block(keyword),
    )


_ANEW = "write `block` in place of `share`, which builds each use anew"


def _wanted(before: Shape | None, here: Shape | None) -> str:
    """What a value lacks for weights that were made for another."""
    if before is None or here is None or "ids" in (before.layout, here.layout):
        return "the same shape"
    wanted = before.channels
    if wanted == here.channels or before.layout != here.layout:
        return f"the shape {before}"
    return f"{wanted} {'channel' if wanted == 1 else 'channels'}"


def _as_block(keyword: Span | None) -> tuple[Fix, ...]:
    """Makes a block of a share that stands at the top of a file."""
    return (write(keyword, "block"),) if keyword else ()
