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


def render_page(page: Page) -> str:
    """A code's page in Markdown."""
    return (
        f"# {page.code}: {page.title}\n\n{page.text}\n\n"
        f"Wrong:\n\n{_block(page.wrong)}\n\nRight:\n\n{_block(page.right)}\n"
    )


def render_index() -> str:
    """The reference of all codes in Markdown."""
    body = "\n".join(render_page(page).replace("# ", "## ", 1) for page in pages().values())
    head = (
        "# Errors and warnings\n\nMade from the code by `python tools/make_docs.py`;"
        " `archc explain CODE` shows one of these pages.\n\n"
    )
    return head + body


def _block(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.split("\n"))
