"""How a code is declared: its page and the function that makes its diagnostics."""

from collections.abc import Callable
from functools import wraps
from typing import NamedTuple, ParamSpec

from archc.diagnostic import Diagnostic, Label, Severity
from archc.source import Span

P = ParamSpec("P")


class Page(NamedTuple):
    """What `archc explain CODE` shows. `wrong` is a spec that gives the code, `right` the same with
    the mistake mended."""

    code: str
    title: str
    text: str
    wrong: str
    right: str


PAGES: dict[str, Page] = {}


class Draft(NamedTuple):
    """A diagnostic without its code."""

    message: str
    span: Span
    help: str | None = None
    note: str = ""
    labels: tuple[Label, ...] = ()


def page(code: str, text: str, *, wrong: str, right: str) -> None:
    """Declares a code's page; the first line of `text` is its title."""
    if code in PAGES:
        raise ValueError(f"{code} is declared twice")
    title, _, rest = text.strip().partition("\n")
    lines = [line.strip() for line in rest.strip().split("\n")]
    PAGES[code] = Page(code, title.rstrip("."), "\n".join(lines), wrong.strip(), right.strip())


def declare(
    code: str, *, wrong: str, right: str
) -> Callable[[Callable[P, Draft]], Callable[P, Diagnostic]]:
    """Makes a function that drafts a mistake the maker of this code's diagnostics; its docstring is
    the code's page. Codes that begin with W are warnings."""
    severity: Severity = "warning" if code.startswith("W") else "error"

    def decorate(draft: Callable[P, Draft]) -> Callable[P, Diagnostic]:
        page(code, draft.__doc__ or "", wrong=wrong, right=right)

        @wraps(draft)
        def make(*args: P.args, **kwargs: P.kwargs) -> Diagnostic:
            made = draft(*args, **kwargs)
            return Diagnostic(
                code, severity, made.message, made.span, made.labels, made.help, made.note
            )

        return make

    return decorate


def nearest(word: str, known: list[str] | tuple[str, ...]) -> str | None:
    """The known word that was most likely meant, or None."""
    from difflib import get_close_matches

    lowered = {name.lower(): name for name in known}
    found = get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    return lowered[found[0]] if found else None


def listed(words: list[str] | tuple[str, ...]) -> str:
    """`a`, `b` and `c`."""
    quoted = [f"`{word}`" for word in words]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
