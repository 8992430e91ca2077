"""What an elaboration knows as a whole, and what one instance of a block's text knows."""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from archc.diagnostic import Diagnostic, Label
from archc.elaborate.blocks import File
from archc.elaborate.names import Env, Work
from archc.elaborate.numbering import Numbers
from archc.elaborate.scope import Scope
from archc.graph import Item, LayerItem, RecallItem, Region, Value, Window
from archc.layers import LAYERS
from archc.probe import Probe
from archc.shape import Shape
from archc.source import Span
from archc.syntax import tree as t
from archc.syntax.mentions import names_in, tapped_names
from archc.tuples import NamedTuple

MAX_DEPTH = 64


class Begun(NamedTuple):
    """What a region's steps begin with; it is held, so that no other object takes its id."""

    region: Region
    tap: RecallItem | None


class Context:
    """What all frames of one elaboration share."""

    def __init__(self, work: Work, probe: Probe) -> None:
        self.work = work
        self.probe = probe
        self.diagnostics: list[Diagnostic] = []
        self.broken = False
        """Whether a step could not be read: names may stand in it."""
        self.regions: dict[Any, tuple[Region, tuple[str, ...]]] = {}
        self.bound: dict[Any, Any] = {}
        """The layers of steps' arguments, by all that decides them."""
        self.left: dict[int, Any] = {}
        """What aliases leave of the parameters of their steps, by the id of their block."""
        self.begun: dict[int, Begun] = {}
        """The taps that regions begin with, by the regions' ids."""
        self._names: dict[int, frozenset[str]] = {}
        self._tapped: dict[int, frozenset[str]] = {}
        self._places: set[tuple[str, int, int]] = set()

    def names_in(self, text: object) -> frozenset[str]:
        """The names that a part of the text mentions, looked for once."""
        found = self._names.get(id(text))
        if found is None:
            found = self._names[id(text)] = frozenset(names_in(text))
        return found

    def tapped_in(self, text: object) -> frozenset[str]:
        """The names that a part of the text gives to values, looked for once."""
        found = self._tapped.get(id(text))
        if found is None:
            found = self._tapped[id(text)] = tapped_names(text)
        return found

    def said(self, place: Span) -> bool:
        """Whether something is said of a place already: what else is wrong there can wait."""
        return (place.source.name, place.start, place.end) in self._places

    def report(self, *diagnostics: Diagnostic) -> None:
        """Adds what is wrong, once a place: copies of a step make the same mistake."""
        for diagnostic in diagnostics:
            if not self.said(diagnostic.span):
                span = diagnostic.span
                self._places.add((span.source.name, span.start, span.end))
                self.diagnostics.append(diagnostic)


class Shared(NamedTuple):
    """A `share`, the scope that it stands in and the shares that its text can use: earlier ones."""

    share: t.Share
    scope: Scope
    earlier: "Env[Shared]"
    turns: int
    """How many turns, of loops or of copies, it stands in."""


class SharedUse(NamedTuple):
    """The first use of a `share`, which builds it."""

    region: Region
    site: Span


class Change(NamedTuple):
    """A step that changed the shape, for the trail of a diagnostic, and the change before it."""

    site: Span
    before: Shape
    after: Shape
    earlier: "Change | None"


class Frame:
    """One instance of a block's text, or of a file's: its named values, parts and shares."""

    def __init__(
        self,
        file: File,
        numbers: Numbers,
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
        self.values: Env[Value] = Env()
        self.wanted: frozenset[str] = frozenset()
        """The names of values inside of parts that this text or its callers read."""
        self.shares: Env[Shared] = Env()
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
        self.pools: dict[int, LayerItem] = {}
        """What can tell the places of its maxima, by the ids of its results."""
        self.used_shares: dict[tuple[str, int], SharedUse] = {}
        """The first uses by name and number of turns around the declaration."""
        self.turns = 0
        """How many turns, of loops or of copies, are around the step that is walked along."""
        self.bodies = 0
        """How often a body has been built in this text: each time it gets parts of its own."""
        self.named: dict[str, Span] = {}
        self.taken: set[str] = set()
        self.kept: set[int] = {entry.id}
        """The values that a name or an output keeps, and those that enter."""
        self.changes: Change | None = None
        self.ids = ids or count(entry.id + inputs)

    def value(self, shape: Shape | None, site: Span) -> Value:
        """A new value of this text."""
        return Value(next(self.ids), shape, site)

    def name(self, name: str, value: Value) -> None:
        """Names a value; the name's older value is hidden."""
        self.kept.add(value.id)
        self.values = self.values.bind({name: value})

    def enter_turn(self) -> Env[Shared]:
        """Shares that a turn declares are its own. Gives what `leave_turn` needs."""
        self.turns += 1
        return self.shares

    def leave_turn(self, shares: Env[Shared]) -> None:
        """Forgets the shares of the turn that ends."""
        self.turns -= 1
        if self.shares is not shares:
            self.shares = shares
            self.used_shares = {
                key: use for key, use in self.used_shares.items() if key[1] <= self.turns
            }

    def find(self, name: str) -> Value | None:
        """A named value, or one that a labelled block hands out: `@backbone.c4`."""
        if name in self.values:
            self.taken.add(name)
            return self.values[name]
        if name in self.inputs and name not in self.implicit:
            put = self.inputs[name]
            self.implicit[name] = self.value(put.shape, put.site)
        return self.implicit.get(name)

    def unbuilt(self) -> "Frame":
        """A copy for text that is checked and not built: what it names stays in it."""
        copy = Frame(self.file, self.numbers, self.entry, self.own, self.calls, self.ids)
        copy.values, copy.shares, copy.kept = self.values, self.shares, self.kept
        copy.used_shares, copy.taken = self.used_shares, self.taken
        copy.turns = self.turns
        copy.inputs, copy.implicit, copy.later = self.inputs, self.implicit, self.later
        copy.labels = dict(self.labels)
        return copy
