"""What a step's word stands for: a layer, a block, or one of these with arguments already given."""

from bisect import bisect_left
from collections.abc import Mapping
from typing import NamedTuple

from archc.elaborate.names import Env
from archc.elaborate.numbering import Key, number
from archc.elaborate.overrides import Overrides
from archc.layers import LAYERS
from archc.layers.base import Layer
from archc.layers.values import Value, Word
from archc.syntax import tree as t


class File:
    """A text's declarations: its blocks, the files it uses, its parameters and top-level names.

    `names` and `defaults` are filled by whoever elaborates the file.
    """

    def __init__(self, file: t.File) -> None:
        self.tree = file
        self.blocks = {item.name.name: item for item in file.items if isinstance(item, t.Block)}
        self.used: dict[str, File] = {}
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

    def value(self, name: str, own: str | None = None) -> "BlockRef | None":
        """A block as a value; in the text of the block `own` its name means a layer."""
        definition = self.find(name) if name != own else None
        return BlockRef(name, definition) if definition else None

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
        return (*self.blocks, *inner)


class Text(NamedTuple):
    """A block's steps, the names of their parts and of their values, and whether `body` is among
    them."""

    block: t.Block
    steps: tuple[t.Step, ...]
    numbers: Mapping[Key, str]
    tapped: frozenset[str]
    has_body: bool


def _text(block: t.Block) -> Text:
    whole = block.body or block.alias
    steps = whole.steps if isinstance(whole, t.Group) else (whole,) if whole else ()
    has_body = "body" in t.names_in(steps)
    return Text(block, steps, number(steps), t.tapped_names(steps), has_body)


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


class Target(NamedTuple):
    """What a call builds: a layer or a block, with the arguments that aliases have given."""

    layer: type[Layer] | None
    definition: Definition | None
    preset: Mapping[str, Value] = {}


def layer_target(word: str) -> Target | None:
    """The layer of a word."""
    return Target(LAYERS[word], None) if word in LAYERS else None
