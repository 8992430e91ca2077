"""The files that come with archc: its grammar, the shipped specs, the embedded data.

In a wheel they lie inside the package; in a checkout and in an editable install `grammars/` and
`specs/` lie beside it.
"""

import os
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
