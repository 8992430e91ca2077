"""The lines of `forward`: calls nested as a person would write them, with the shapes they reach.

Here is what writes statements; `flow.py`, `branches.py` and `turns.py` say how each item reads.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

from archc.emit.names import RESERVED, identifier
from archc.emit.pytorch import WIDTH
from archc.emit.room import Room
from archc.emit.statements import Pending, wrapped
from archc.emit.windows import Masks
from archc.graph import CallItem, OutputItem, Region, train_only
from archc.source import words
from archc.tuples import NamedTuple

_BRANCH_NAMES = ("y", "z", "u", "v")


class Home(NamedTuple):
    """Where the parts of a text are: of the current container; and of the block's class and the
    turns around, where shares are."""

    here: str
    homes: tuple[str, ...]


class Text(NamedTuple):
    """What the writer knows of a class's whole text: the variables of pools' places by value, the
    names that are read, and which calls build something. `unlike` are the ids of the lists whose
    elements are known to read differently: they are not compared again. `room` is what the module
    has, `masks` knows which texts are to be told of one."""

    indexed: Mapping[int, str]
    read: frozenset[str]
    builds: Callable[[CallItem], bool]
    unlike: set[int]
    room: Room
    masks: Masks


class Forward:
    """Writes statements for regions. `x` is the variable that the pipe is in; the value may be an
    expression over it that is not assigned yet."""

    def __init__(
        self, text: Text, depth: int = 0, bodies: tuple[Home, ...] = (), turns: tuple[str, ...] = ()
    ) -> None:
        self.text = text
        self.turns = turns
        """Where the lines are those of a turn, the variables of the loops around them: other turns
        may have more copies of a part."""
        self.lines: list[str] = []
        self.helpers: dict[str, str] = {}
        self.depth = depth
        self.bodies = bodies
        self.margin = ""
        self._training_end = -1

    # --- statements ---

    def put(self, line: str) -> None:
        self.text.room.take(line)
        self.lines.append(self.margin + line)

    @contextmanager
    def indented(self) -> Iterator[None]:
        """Lines inside of a statement."""
        margin, self.margin = self.margin, self.margin + "    "
        yield
        self.margin = margin

    @property
    def room(self) -> int:
        """How long a statement may be."""
        return WIDTH - 12 - len(self.margin)

    def assign(self, variable: str, value: Pending) -> None:
        """Assigns a pending value, with the shape that it has reached."""
        if value.text == variable:
            return
        line = f"{variable} = {value.text}"
        comment = f"  # {value.shape}" if value.shape != value.before and value.shape else ""
        if comment and len(line + comment) <= self.room:
            self.put(line + comment)
            return
        if comment:
            self.put(comment.strip())
        for part in wrapped(line, self.room):
            self.put(part)

    def settle(self, value: Pending, x: str) -> Pending:
        """The value in a variable: a plain name, so that it can be read twice."""
        if value.is_name:
            return value
        self.assign(x, value)
        return Pending(x, value.shape, value.shape)

    def hold(self, value: Pending, x: str) -> Pending:
        """The value in the variable `x`."""
        self.assign(x, value)
        return Pending(x, value.shape, value.shape)

    def give_back(self, value: Pending) -> None:
        """Returns a value."""
        line = f"return {value.text}"
        comment = f"  # {value.shape}" if value.shape != value.before and value.shape else ""
        if len(line + comment) <= WIDTH - 8:
            self.put(line + comment)
            return
        for part in wrapped(line, WIDTH - 8):
            self.put(part)

    # --- names ---

    def variable(self, name: str) -> str:
        """The variable of a named value."""
        return identifier(name.replace(".", "_"), RESERVED)

    def fresh(self, ahead: int = 0) -> str:
        """A variable for a branch."""
        place = self.depth + ahead
        return _BRANCH_NAMES[place] if place < len(_BRANCH_NAMES) else f"y{place}"

    def reads_further(self, text: str) -> bool:
        """Whether an expression reads a variable that the next branch may take."""
        return any(self.fresh(ahead) in words(text) for ahead in range(len(_BRANCH_NAMES)))

    # --- regions ---

    def top(self, region: Region, value: Pending, x: str, home: Home) -> Pending:
        """The value behind the region of a whole text: what only training needs stands under an
        `if`, neighbouring steps under one."""
        unneeded = train_only(region)
        training = False
        for place, item in enumerate(region.items):
            # An output there belongs to the steps in front of it.
            inside = place in unneeded or (training and isinstance(item, OutputItem))
            if inside and not training:
                value = self.settle(value, x)
                if self._training_end != len(self.lines):
                    self.put("if self.training:")
            if training and not inside:
                self._training_end = len(self.lines)
            training = inside
            with self.indented() if inside else nullcontext():
                value = self.item(item, value, x, home)
        return value

    def region(self, region: Region, value: Pending, x: str, home: Home) -> Pending:
        """The value behind a region; statements assign to `x`."""
        for item in region.items:
            value = self.item(item, value, x, home)
        return value

    def item(self, item: Any, value: Pending, x: str, home: Home) -> Pending:
        return HANDLERS[type(item)](self, item, value, x, home)

    def lines_of(self, region: Region, x: str, home: Home) -> list[str]:
        """The statements of a region on their own, from `x` to `x`."""
        inner = Forward(self.text, self.depth, self.bodies, (*self.turns, home.here))
        result = inner.region(region, Pending(x, None, None), x, home)
        inner.assign(x, result)
        self.helpers.update(inner.helpers)
        return inner.lines


Handler = Callable[[Forward, Any, Pending, str, Home], Pending]
HANDLERS: dict[type, Handler] = {}
"""How each kind of item reads; filled by the modules that say so."""


def writes(kind: type) -> Callable[[Handler], Handler]:
    """Registers a function for a kind of item."""

    def register(handler: Handler) -> Handler:
        HANDLERS[kind] = handler
        return handler

    return register


def below(path: str, name: str) -> str:
    """A part of a container; a single step in it has no name of its own."""
    return f"{path}.{name}" if name else path
