"""All layers by their words: a family's file is imported when one of its words is looked up.

`index.py` says which file declares which word; `python tools/make_docs.py` makes it.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from archc.layers.index import FAMILIES

if TYPE_CHECKING:
    from archc.layers.base import Layer


class Registry(Mapping[str, "type[Layer]"]):
    """The layers by word, in the order of the index."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files
        self.declared: dict[str, type[Layer]] = {}

    def add(self, layer: "type[Layer]") -> None:
        """Registers a layer: its class has been made."""
        self.declared[layer.word] = layer

    def __getitem__(self, word: str) -> "type[Layer]":
        if word not in self.declared and word in self.files:
            import_module(f"archc.layers.{self.files[word]}")
        return self.declared[word]

    def __contains__(self, word: object) -> bool:
        return word in self.files or word in self.declared

    def __iter__(self) -> Iterator[str]:
        return iter({**self.files, **self.declared})

    def __len__(self) -> int:
        return len({**self.files, **self.declared})


LAYERS = Registry({word: file for file, words in FAMILIES.items() for word in words.split()})
"""Every layer by its word."""
