"""What a step's word stands for: a layer, a block, or a module of others."""

from bisect import bisect_left

from archc.elaborate.names import Env
from archc.elaborate.numbering import Numbers, number
from archc.elaborate.overrides import Overrides
from archc.layers import LAYERS
from archc.layers.base import Layer
from archc.layers.values import Value, Word
from archc.probe import PythonClass
from archc.syntax import tree as t
from archc.syntax.mentions import dotted_names, names_in, tapped_names
from archc.tuples import NamedTuple


class File:
    """A text's declarations: its blocks, the files it uses, its parameters and top-level names.

    `names` and `defaults` are filled by whoever elaborates the file, and so is `python`: its Python
    layers, None for those that could not be brought, which is said.
    """

    def __init__(self, file: t.File) -> None:
        self.tree = file
        self.blocks = {item.name.name: item for item in file.items if isinstance(item, t.Block)}
        self.used: dict[str, File] = {}
        self.python: dict[str, PythonClass | None] = {}
        self.merged: list[File] = []
        self.missing: set[str] = set()
        """The aliases of used files that could not be had; "" for those without one."""
        self.names: Env[Value] = Env()
        self.defaults: list[tuple[int, Overrides]] = []
        self._texts: dict[str, Text] = {}

    def find(self, name: str) -> "Definition | None":
        """A block of this file, or of one it uses; a block of one's own wins."""
        if name in self.blocks:
            return Definition(self.blocks[name], self)
        prefix, _, rest = name.partition(".")
        if rest and prefix in self.used:
            return self.used[prefix].find(rest)
        return next((found for file in self.merged if (found := file.find(name))), None)

    def may_have(self, name: str) -> bool:
        """Whether a block that is not there may be one of a file that could not be had."""
        return name.rpartition(".")[0] in self.missing

    def value(self, name: str, own: str | None = None) -> "BlockRef | PythonRef | None":
        """A block or a Python layer as a value; in the text of the block `own` its name means a
        layer."""
        definition = self.find(name) if name != own else None
        if definition is not None:
            return BlockRef(name, definition)
        return PythonRef(name, self.python[name]) if name in self.python else None

    def defaults_before(self, place: int) -> Overrides:
        """The top-level `default`s written above a place."""
        index = bisect_left(self.defaults, place, key=lambda held: held[0])
        return self.defaults[index - 1][1] if index else Overrides()

    def text(self, block: t.Block) -> "Text":
        """What is to know of the text of one of this file's blocks."""
        found = self._texts.get(block.name.name)
        if found is None or found.block is not block:
            found = self._texts[block.name.name] = _text(block)
        return found

    def known_names(self) -> tuple[str, ...]:
        """The names of all blocks that can be called here."""
        inner = (name for file in self.merged for name in file.known_names())
        return (*self.blocks, *self.python, *inner)


class Text(NamedTuple):
    """A block's steps, the names of their parts, of their values and of those that they read from
    inside of parts, and whether `body` is among them."""

    block: t.Block
    steps: tuple[t.Step, ...]
    numbers: Numbers
    tapped: frozenset[str]
    dotted: frozenset[str]
    has_body: bool


def _text(block: t.Block) -> Text:
    whole = block.body or block.alias
    steps = whole.steps if isinstance(whole, t.Group) else (whole,) if whole else ()
    has_body = "body" in names_in(steps)
    return Text(block, steps, number(steps), tapped_names(steps), dotted_names(steps), has_body)


class Definition(NamedTuple):
    """A block and the file whose names hold in it."""

    block: t.Block
    file: File


class BlockRef(Word):
    """A block as a value; equal where the same block is meant."""

    definition: Definition

    def __new__(cls, name: str, definition: Definition) -> "BlockRef":
        made = super().__new__(cls, name)
        made.definition = definition
        return made

    def __eq__(self, other: object) -> bool:
        if isinstance(other, BlockRef):
            return self.definition.block is other.definition.block
        return False

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return id(self.definition.block)


class PythonRef(Word):
    """A Python layer as a value; equal where the same class is meant."""

    cls: PythonClass | None

    def __new__(cls, name: str, meant: PythonClass | None) -> "PythonRef":
        made = super().__new__(cls, name)
        made.cls = meant
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PythonRef) and self.cls == other.cls

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.cls)


class ForeignRef(NamedTuple):
    """A module of others and the word that means it; None for one that could not be brought."""

    word: str
    cls: PythonClass | None


class Target(NamedTuple):
    """What a call builds: a layer, a block or a module of others."""

    layer: type[Layer] | None
    definition: Definition | None
    foreign: ForeignRef | None = None


def layer_target(word: str) -> Target | None:
    """The layer of a word."""
    if word in LAYERS:
        return Target(LAYERS[word], None)
    prefix, _, name = word.partition(".")
    if prefix == "nn" and name.isidentifier():
        return Target(None, None, ForeignRef(word, PythonClass("torch.nn", name)))
    return None
