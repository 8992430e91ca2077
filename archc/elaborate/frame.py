"""What an elaboration knows as a whole, and what one instance of a block's text knows."""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, NamedTuple

from archc.diagnostic import Diagnostic, Label
from archc.elaborate.blocks import File
from archc.elaborate.numbering import Key
from archc.elaborate.scope import Scope
from archc.graph import Item, LayerItem, Region, Value, Window
from archc.layers import LAYERS
from archc.shape import Shape
from archc.source import Span
from archc.syntax import tree as t

MAX_STEPS = 200_000
MAX_DEPTH = 64


class TooManySteps(Exception):
    """A text takes more walking than any network is worth."""


class Context:
    """What all frames of one elaboration share."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.regions: dict[Any, tuple[Region, dict[str, Value], tuple[str, ...]]] = {}
        self.walked = 0

    def count(self) -> None:
        """Counts a step that is walked along. Raises TooManySteps."""
        self.walked += 1
        if self.walked > MAX_STEPS:
            raise TooManySteps

    def report(self, *diagnostics: Diagnostic) -> None:
        """Adds what is wrong."""
        self.diagnostics += diagnostics


class Shared(NamedTuple):
    """A `share` and the scope that it stands in."""

    share: t.Share
    scope: Scope


class Change(NamedTuple):
    """A step that changed the shape, for the trail of a diagnostic."""

    site: Span
    before: Shape
    after: Shape


class Frame:
    """One instance of a block's text, or of a file's: its named values, parts and shares."""

    def __init__(
        self,
        file: File,
        numbers: Mapping[Key, str],
        entry: Value,
        own: str | None = None,
        calls: tuple[Label, ...] = (),
        ids: Iterator[int] | None = None,
        inputs: int = 1,
    ) -> None:
        self.file = file
        self.numbers = numbers
        self.entry = entry
        # In the text of a block named like a layer, the name means the layer.
        self.own = own if own in LAYERS else None
        self.calls = calls
        self.values: dict[str, Value] = {}
        self.inner: dict[str, dict[str, Value]] = {}
        self.shares: dict[str, Shared] = {}
        self.labels: dict[str, Item | None] = {}
        """The labelled steps and used shares that `tie` can name; None behind a mistake."""
        self.window: Window | None = None
        """The windows around the steps that are walked along."""
        self.outer_window: Window | None = None
        """Those around the call of this text."""
        self.inputs: Mapping[str, Value] = {}
        """The network's named inputs, which any text may read."""
        self.implicit: dict[str, Value] = {}
        """Those that this text reads without being given them."""
        self.later: frozenset[str] = frozenset()
        """What this text names anywhere: what is not built may read it before."""
        self.made: dict[int, LayerItem] = {}
        self.used_shares: set[str] = set()
        self.bodies = 0
        """How often a body has been built in this text: each time it gets parts of its own."""
        self.named: dict[str, Span] = {}
        self.taken: set[str] = set()
        self.changes: list[Change] = []
        self.ids = ids or count(entry.id + inputs)

    def value(self, shape: Shape | None, site: Span) -> Value:
        """A new value of this text."""
        return Value(next(self.ids), shape, site)

    def find(self, name: str) -> Value | None:
        """A named value, or one of a labelled block: `@backbone.c4`."""
        if name in self.values:
            self.taken.add(name)
            return self.values[name]
        if name in self.inputs and name not in self.implicit:
            put = self.inputs[name]
            self.implicit[name] = self.value(put.shape, put.site)
        part, _, inner = name.partition(".")
        return self.implicit.get(name) or self.inner.get(part, {}).get(inner)

    def unbuilt(self) -> "Frame":
        """A copy for text that is checked and not built: what it names stays in it."""
        copy = Frame(self.file, self.numbers, self.entry, self.own, self.calls, self.ids)
        copy.values, copy.inner, copy.shares = dict(self.values), self.inner, dict(self.shares)
        copy.used_shares, copy.taken, copy.changes = self.used_shares, self.taken, []
        copy.inputs, copy.implicit, copy.later = self.inputs, self.implicit, self.later
        copy.labels = dict(self.labels)
        return copy
