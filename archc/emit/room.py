"""How long a module's source may be."""

from archc.diagnostic import ArchError
from archc.errors.composition import source_too_long
from archc.source import Span

MAX_SOURCE = 8 * 1024 * 1024
"""Letters that are written for one module. Its parts are named by their paths, which grow with the
lists around them, so that few steps in many loops take as much as many steps."""


class Room:
    """What may still be written of a module, for which the text of so many networks is drafted;
    `place` is said to be too large where it is used up."""

    def __init__(self, place: Span, networks: int) -> None:
        self.place = place
        self.left = MAX_SOURCE * networks

    def take(self, line: str) -> None:
        """Takes what a line needs. Raises ArchError."""
        self.left -= len(line)
        if self.left < 0:
            raise ArchError([source_too_long(self.place, MAX_SOURCE)])
