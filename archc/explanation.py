"""The pages of the codes: each shows what archc says of a mistake, and what of its cure."""

from collections.abc import Iterator

from archc.errors.base import Page
from archc.errors.index import pages
from archc.pipeline import analyse
from archc.render import render_text
from archc.source import Source
from archc.spec import Spec

_NAME = "net.arch"


def render_page(page: Page) -> str:
    """A code's page in Markdown, with its examples and what `archc check` prints of them."""
    return "\n".join(_page(page))


def render_index() -> str:
    """The reference of all codes in Markdown."""
    body = "\n".join(render_page(page).replace("# ", "## ", 1) for page in pages().values())
    head = (
        "# Errors and warnings\n\nMade from the code by `python tools/make_docs.py`;"
        " `archc explain CODE` shows one of these pages.\n\n"
    )
    return head + body


def _page(page: Page) -> Iterator[str]:
    yield from (f"# {page.code}: {page.title}", "", page.text, "")
    yield from ("Wrong:", "", _block(page.wrong), "")
    said = _said(page.wrong)
    if page.code in said:  # a page about files, or about weights, has no text that shows it
        yield from (_block(said), "")
    yield from ("Right:", "", _block(page.right), "")
    yield from (_block(_said(page.right)), "")


def _said(text: str) -> str:
    """What `archc check` prints of a text."""
    analysis = analyse(Spec(Source(_NAME, text), "net"))
    parts = [render_text(analysis.diagnostics)] if analysis.diagnostics else []
    return "\n\n".join([*parts, *([f"{_NAME}: ok, {analysis.outcome}"] if analysis.ok else [])])


def _block(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.split("\n"))
