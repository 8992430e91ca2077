"""The text of archc/layers/index.py: which file declares which layer, and its other names."""

import textwrap
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path

import archc.layers
from archc.layers.base import LAYERS


def index() -> str:
    """The index, from the classes of all files beside it."""
    folder = Path(archc.layers.__path__[0])
    families: dict[str, list[str]] = {}
    for name in sorted(path.stem for path in folder.glob("*.py")):
        import_module(f"archc.layers.{name}")
    # Whatever was looked up before: in the order of the files and of their texts.
    declared = sorted(LAYERS.declared.values(), key=lambda layer: layer.__module__)
    for layer in declared:
        families.setdefault(layer.__module__.rpartition(".")[2], []).append(layer.word)
    aliases = {layer.word: layer.aliases for layer in declared if layer.aliases}
    return (
        '"""Which file declares which layer, and what other libraries call it.\n\n'
        'Made by `python tools/make_docs.py`."""\n\n'
        f"FAMILIES = {{\n{_entries(dict(sorted(families.items())))}}}\n\n"
        f"ALIASES = {{\n{_entries(aliases)}}}\n"
    )


def _entries(entries: Mapping[str, Iterable[str]]) -> str:
    return "".join(_entry(key, " ".join(words)) for key, words in entries.items())


def _entry(key: str, words: str) -> str:
    line = f'    "{key}": "{words}",\n'
    if len(line) <= 101:
        return line
    parts = [words] if len(words) <= 90 else textwrap.wrap(words, 88)
    inner = "".join(f'        "{part} "\n' for part in parts[:-1]) + f'        "{parts[-1]}"\n'
    return f'    "{key}": (\n{inner}    ),\n'
