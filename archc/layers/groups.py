"""Groups of channels, which must divide them."""

from math import gcd, isqrt

from archc.layers.base import Mismatch
from archc.layers.cures import give
from archc.shape import Shape
from archc.symbolic import Size, number


def refuse_groups(inputs: Size, outputs: int, groups: int, out: Shape) -> None:
    """Refuses groups that do not divide the channels of both sides of a convolution."""
    for channels, what in ((inputs, "input"), (outputs, "output")):
        if channels % groups:
            fitting = largest_divisor(gcd(number(inputs), outputs), groups)
            raise Mismatch(
                "E0307",
                f"{groups} groups need a multiple of {groups} {what} channels, got {channels}",
                about="g",
                help=_groups_help(number(inputs), outputs, groups, fitting),
                trail=what == "input",
                result=out,
                cures=(give(g=fitting if fitting > 1 else None),),
            )


def largest_divisor(of: Size, limit: int) -> int:
    """The largest divisor up to a limit. Raises Undecided for an open size."""
    whole = number(of)
    small = (n for n in range(1, isqrt(whole) + 1) if whole % n == 0)
    return max(d for n in small for d in (n, whole // n) if d <= limit)


def _groups_help(inputs: int, outputs: int, groups: int, fitting: int) -> str:
    if fitting == 1:
        return (
            f"leave the groups out: {inputs} and {outputs} channels share no divisor up to {groups}"
        )
    return f"write `g{fitting}`, which divides both {inputs} and {outputs}"
