"""All codes and their pages, for `archc explain` and the documentation."""

from importlib import import_module
from pkgutil import iter_modules

import archc.errors
from archc.errors.base import PAGES, Page


def pages() -> dict[str, Page]:
    """Every code's page, in the order of the codes."""
    for module in iter_modules(archc.errors.__path__):
        if module.name != "index":
            import_module(f"archc.errors.{module.name}")
    return dict(sorted(PAGES.items()))
