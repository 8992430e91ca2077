"""A page that needs nothing else: neither network nor scripts."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from archc import __version__
from archc.training.report.style import STYLE, line_rules
from archc.tuples import NamedTuple

# What is not in the page may not be loaded, whatever a name in it looks like.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


class Section(NamedTuple):
    """A part of a page. `title` and `note` are plain text, `body` is HTML."""

    title: str
    body: str
    note: str = ""

    def html(self) -> str:
        """The part with its heading."""
        note = f'<p class="note">{escape(self.note)}</p>' if self.note else ""
        return f"<section><h2>{escape(self.title)}</h2>{note}\n{self.body}</section>"


def page(
    title: str,
    lead: str,
    facts: Mapping[str, str],
    sections: Iterable[Section],
    rules: str = "",
) -> str:
    """The whole page; all texts are plain, `rules` is further style."""
    tiles = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in facts.items()
    )
    body = "\n".join(
        [
            f'<header><h1>{escape(title)}</h1><p class="lead">{escape(lead)}</p></header>',
            f'<dl class="facts">{tiles}</dl>' if tiles else "",
            *(section.html() for section in sections),
            f"<footer>Written by archc {escape(__version__)}.</footer>",
        ]
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>\n<style>{STYLE}{line_rules()}\n{rules}</style></head>\n"
        f"<body>\n{body}\n</body></html>\n"
    )


def table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str = "", left: bool = False
) -> str:
    """A table of plain texts; the first cell of a row is its heading."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    lines = [
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    ]
    over = f"<caption>{escape(caption)}</caption>" if caption else ""
    top = f"<thead><tr>{head}</tr></thead>" if any(heads) else ""
    kind = ' class="left"' if left else ""
    return (
        f'<div class="wide"><table{kind}>{over}{top}<tbody>{"".join(lines)}</tbody></table></div>'
    )


def folded(name: str, body: str) -> str:
    """HTML behind a line that opens it."""
    return f"<details><summary>{escape(name)}</summary>{body}</details>"


def percent(share: float, digits: int = 2) -> str:
    """`98.06 %`."""
    return f"{100 * share:.{digits}f} %"
