"""Weights from outside: state dicts and their files, archc's own and those of other authors.

`match` is the mapping, a pure function of names and shapes; the rest reads, fills and reports.
"""

from archc.weights.entry import Entry, Match, Misfit
from archc.weights.fill import load_weights
from archc.weights.match import match

__all__ = ["Entry", "Match", "Misfit", "load_weights", "match"]
