"""Reads the pages that archc writes."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """What a page holds and asks for; `open` has tags that are not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.links: list[str] = []
        self.tags: list[str] = []
        self.titles: list[str] = []
        self.styles: list[str] = []
        self.unspoken = 0
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        self.styles += (found.get("class") or "").split()
        self.unspoken += tag == "img" and not found.get("alt")
        assert not [name for name in found if name.startswith("on")], "code in an attribute"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "h2":
            self.titles.append(data)
