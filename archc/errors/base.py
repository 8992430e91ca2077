"""How a code is declared: its page and the function that makes its diagnostics."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, wraps
from itertools import chain, count
from typing import ParamSpec

from archc.diagnostic import Diagnostic, Fix, Label, Severity
from archc.fixes import write
from archc.source import Source, Span, words
from archc.tuples import NamedTuple

P = ParamSpec("P")


class Page(NamedTuple):
    """What `archc explain CODE` shows. `wrong` is a spec that gives the code, `right` the same with
    the mistake mended."""

    code: str
    docstring: str
    wrong: str
    right: str

    @property
    def title(self) -> str:
        """The first line, without its full stop."""
        return self.docstring.strip().partition("\n")[0].rstrip(".")

    @property
    def text(self) -> str:
        """The other lines, without their margin."""
        rest = self.docstring.strip().partition("\n")[2]
        return "\n".join(line.strip() for line in rest.strip().split("\n"))


PAGES: dict[str, Page] = {}


class Draft(NamedTuple):
    """A diagnostic without its code."""

    message: str
    span: Span
    help: str | None = None
    note: str = ""
    labels: tuple[Label, ...] = ()
    fixes: tuple[Fix, ...] = ()


def page(code: str, text: str, *, wrong: str, right: str) -> None:
    """Declares a code's page; the first line of `text` is its title."""
    if code in PAGES:
        raise ValueError(f"{code} is declared twice")
    PAGES[code] = Page(code, text, wrong.strip(), right.strip())


def again(code: str) -> Callable[[Callable[P, Draft]], Callable[P, Diagnostic]]:
    """Makes a further maker of diagnostics with a code that is declared, for another way to make
    the same mistake."""
    severity: Severity = "warning" if code.startswith("W") else "error"

    def decorate(draft: Callable[P, Draft]) -> Callable[P, Diagnostic]:
        @wraps(draft)
        def make(*args: P.args, **kwargs: P.kwargs) -> Diagnostic:
            made = draft(*args, **kwargs)
            return Diagnostic(
                code,
                severity,
                _short(made.message),
                made.span,
                made.labels,
                made.help and _short(made.help),
                made.note,
                made.fixes,
            )

        return make

    return decorate


def declare(
    code: str, *, wrong: str, right: str
) -> Callable[[Callable[P, Draft]], Callable[P, Diagnostic]]:
    """Makes a function that drafts a mistake the maker of this code's diagnostics; its docstring is
    the code's page. Codes that begin with W are warnings."""

    def decorate(draft: Callable[P, Draft]) -> Callable[P, Diagnostic]:
        page(code, draft.__doc__ or "", wrong=wrong, right=right)
        return again(code)(draft)

    return decorate


def _short(text: str) -> str:
    """A text on one line, what it quotes of a spec cut where that is long."""
    if "\n" not in text and len(text) < _LONG:
        return text
    return re.sub(_QUOTED, lambda found: f"`{found[1]}...`", " ".join(text.split()))


_LONG = 200
_QUOTED = r"`([^`]{60})[^`]{20,}`"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was most likely meant: at most a third of its letters are wrong, missing,
    too many or swapped with their neighbours; among many words one letter at most."""
    return _nearest(word, tuple(known))


_MANY = 250
"""Words up to which each is compared. A file may have thousands of names, and as many mistakes."""


@lru_cache(maxsize=32)
def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    meant = word.lower()
    if len(word) > 40:
        return None
    if len(known) > _MANY:
        names, letters = _lowered(known)
        return next((names[near] for near in _one_away(meant, letters) if near in names), None)
    most = max(1, len(word) // 3)
    fitting = [name for name in known if _could_be(meant, name.lower(), most)]
    distances = [(_distance(meant, name.lower()), name) for name in fitting]
    best, name = min(distances, default=(len(word), ""))
    return name if best <= most and best < len(word) else None


def _could_be(a: str, b: str, most: int) -> bool:
    """Whether so few changes can make one of the other: a change adds or takes one letter."""
    return abs(len(a) - len(b)) <= most and len(set(a).difference(b)) <= most


@lru_cache(maxsize=4)
def _lowered(known: tuple[str, ...]) -> tuple[dict[str, str], frozenset[str]]:
    """Names by what they are in lower case, and the letters in them."""
    names = {name.lower(): name for name in known}
    return names, frozenset("".join(names))


def _one_away(word: str, letters: Iterable[str]) -> Iterator[str]:
    """The word, and what is one change from it (see `_distance`)."""
    yield word
    for place in range(len(word) + 1 if len(word) > 1 else 0):
        head, tail = word[:place], word[place:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        for letter in sorted(letters):
            yield head + letter + tail[1:]
            yield head + letter + tail


def _distance(a: str, b: str) -> int:
    """Letters to change, add, drop or swap: the optimal string alignment distance."""
    before, row = [0] * (len(b) + 1), list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        above, row = row, [i, *[0] * len(b)]
        for j, other in enumerate(b, 1):
            row[j] = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                row[j] = min(row[j], before[j - 2] + 1)
        before = above
    return row[-1]


def rather(span: Span, meant: str | None) -> tuple[Fix, ...]:
    """The fix that writes what was most likely meant, if that is known."""
    return (write(span, meant),) if meant else ()


def unused(name: str, source: Source) -> str:
    """A name like one that is taken, which the text does not have yet: `stem2`."""
    taken = words(source.text)
    # A text may have thousands of such names, and as many mistakes.
    numbers = chain(range(2, 100), count(len(taken)))
    return next(f"{name}{i}" for i in numbers if f"{name}{i}" not in taken)


def listed(words: list[str] | tuple[str, ...]) -> str:
    """`a`, `b` and `c`."""
    quoted = [f"`{word}`" for word in words]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
