"""Why an expression has no value."""

from typing import Any

from archc.diagnostic import Diagnostic


class Fault(Exception):
    """An expression has no value; `diagnostics` say why, each of its parts
    by itself."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__(diagnostics[0].message)
        self.diagnostics = diagnostics


class Unknown(Exception):
    """An expression reads what an earlier, already reported mistake made unknown."""


class Parts:
    """The values of an expression's parts, and why some have none: all is said at once."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.missing: list[Fault | Unknown] = []

    def lacks(self, why: "Fault | Unknown") -> None:
        """A part has no value. The way to it is dropped: it leads to these parts, and a circle
        stays in memory."""
        self.missing.append(why.with_traceback(None))

    def all(self) -> list[Any]:
        """The values. Raises one Fault for all that is wrong, else Unknown."""
        if not self.missing:
            return self.values
        faults = [why for why in self.missing if isinstance(why, Fault)]
        said = [diagnostic for why in faults for diagnostic in why.diagnostics]
        # Of `H*W` where there are no sides, one is enough.
        first = next((found for found in said if found.code == "E0212"), None)
        said = [found for found in said if found.code != "E0212" or found is first]
        raise Fault(*said) if said else Unknown
