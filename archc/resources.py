"""The files that come with archc: its grammar, the shipped specs, the embedded data.

In a wheel they lie inside the package; in a checkout and in an editable install `grammars/` and
`specs/` lie beside it.
"""

import os
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_PACKAGE = os.path.dirname(os.path.abspath(__file__))


def grammar() -> str:
    """The text of `arch.lark`, the syntax of the language."""
    with open(os.path.join(_folder("grammars"), "arch.lark"), encoding="utf-8") as file:
        return file.read()


def specs_folder() -> "Path":
    """The folder of the shipped specs."""
    from pathlib import Path

    return Path(_folder("specs"))


@lru_cache(maxsize=1)
def _shipped_blocks() -> "dict[str, list[str]]":
    """The files of the shipped specs, as `use` names them, by the networks that they declare:
    blocks that no other one uses."""
    import re
    from collections import Counter

    found: dict[str, list[str]] = {}
    folder = specs_folder()
    for file in sorted(folder.glob("torchvision/*.arch")):
        name = ".".join(file.relative_to(folder).with_suffix("").parts)
        text = file.read_text("utf-8")
        uses = Counter(re.findall(r"\w+", text))
        for block in re.findall(r"^block (\w+)", text, re.MULTILINE):
            if uses[block] == 1:
                found.setdefault(block, []).append(name)
    return found


def shipped_block(name: str) -> str | None:
    """The one shipped file with a block of a name, as `use` names it: `torchvision.resnet`."""
    files = _shipped_blocks().get(name, [])
    return files[0] if len(files) == 1 else None


def package_file(name: str) -> str:
    """The path of a file that lies beside the package's modules."""
    return os.path.join(_PACKAGE, name)


def digits_file() -> "Path":
    """The embedded digits: an `.npz` archive, described in the README beside it."""
    from pathlib import Path

    return Path(_PACKAGE, "data", "digits.npz")


def _folder(name: str) -> str:
    # Inside first: what lies beside an installed package belongs to others.
    inside = os.path.join(_PACKAGE, name)
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(_PACKAGE), name)
