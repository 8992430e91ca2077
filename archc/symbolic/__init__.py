"""Sizes that are not known before the network runs, `?` in an input: symbols to compute with.

A size is an int or an `Open`: a polynomial over symbols and over what no polynomial can say, such
as the floor of a quotient. Equal expressions are equal objects with equal hashes; one that comes
out as a number is an int again. Rules are written as plain arithmetic and comparisons; what a
comparison cannot tell is answered both ways, one after the other (`explore`).
"""

from archc.symbolic.size import (
    Atom,
    Open,
    Size,
    Undecided,
    number,
    product,
    scaled,
    symbol,
)
from archc.symbolic.ways import agreed, by_cases, differ, explore

__all__ = [
    "Atom",
    "Open",
    "Size",
    "Undecided",
    "agreed",
    "by_cases",
    "differ",
    "explore",
    "number",
    "product",
    "scaled",
    "symbol",
]
