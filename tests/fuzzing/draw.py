"""An input of a seed: the text of a spec, its neighbours, and what is said from outside."""

from collections.abc import Callable, Mapping
from random import Random
from typing import NamedTuple

from .material import parts, small_texts, texts, words
from .nesting import deep, long, network
from .odd import BYTES, CHARACTERS, ENCODINGS

NUMBERS = (
    "0", "-1", "1", "2", "7", "100", "65536", "2147483647", "2147483648", "99999999999999999999",
    "9" * 500, "1e308", "1e999", "0.5", "1000000", ".0", "007", "1_000", "0x10", "\u0663",
)  # fmt: skip
SHAPES = (
    "3x32x32", "1x28x28", "16", "3x?x?", "256 int", "? int", "a=3x8x8", "=", "x=", "0x3", "a=b=3",
    "", "3x", "[3 8 8]", "[C]", "99999x99999", "3x8x8 | relu", "3\nrelu", "a 3x8x8", "\u0663x3",
)  # fmt: skip
SETTINGS = (
    "n=2", "n=-1", "width=.5", "classes=10", "n=", "=", "n", "n=[1 2]", "n=relu", "n=C", "k3=1",
    "n=1\nrelu", "n=1 2", 'n="a', "a.b=1", "\u00b2=1", "n=yes", "n=@x", "n=1e999", "x=y=z",
)  # fmt: skip
USES = (
    'use "a.arch"', 'use "b.arch" as r', 'use "main.arch"', 'use "../a.arch"', 'use "/etc/passwd"',
    "use torchvision.resnet as r", 'use "a.arch:f"', 'use "\x00"', 'use ""', 'use "."', "use std",
    'use python "a:B" as g', 'use "a\u202e.arch"', "use a", "use mnist as m", "use nothing.here",
    f'use "{"a/" * 3000}"',
)  # fmt: skip
TOML = (
    "[tool.archc]", 'color = "never"', 'format = "json"', 'ignore = ["W0101"]', "ignore = 3",
    "ignore = [1]", 'ignore = ["E0101"]', "[tool]", "archc = 3", "x = 1", "[[tool.archc]]",
    'format = "\\u202e"', "ignore = [[]]", "format = {}", '"\\u001b[2J" = 1', "color = 1",
    'color = "\\u001b"', "a.b.c = 1",
)  # fmt: skip
_Slip = Callable[[Random, str], str]
_Change = Callable[[Random, list[str], int], None]


class Case(NamedTuple):
    """An input: the bytes of a file, or a text as `-e` takes it; the block that is asked for; the
    texts of `--input` and `--set`; and the files beside it by name."""

    kind: str
    main: bytes | str
    block: str | None = None
    inputs: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    files: Mapping[str, bytes] = {}


def draw_case(seed: str) -> Case:
    """The input of a seed."""
    draw = Random(seed)
    kind = draw.choices(tuple(_KINDS), [weight for weight, _ in _KINDS.values()])[0]
    return _KINDS[kind][1](draw)._replace(kind=kind)


def _random_bytes(draw: Random) -> Case:
    return Case("", draw.randbytes(int(2 ** draw.uniform(0, 9))))


def _soup(draw: Random) -> Case:
    """Words of the language in any order."""
    gap = draw.choice((" ", " ", " ", "", "\n", " | "))
    text = gap.join(draw.choices(words(), k=draw.randrange(1, 20)))
    head = f"input {draw.choice(SHAPES[:6])}\n" if draw.random() < 0.7 else ""
    return Case("", head + text)


def _mutated(draw: Random) -> Case:
    """A spec with a few slips, as a file."""
    text = _text(draw)
    for _ in range(draw.choice((0, 1, 1, 1, 2, 3, 6))):
        text = draw.choice(_SLIPS)(draw, text)
    return Case("", text.encode("utf-8", "surrogatepass"))


def _odd(draw: Random) -> Case:
    """A text with characters that are hard to show, as a text."""
    text = _text(draw)
    for _ in range(draw.choice((1, 1, 2, 5))):
        at = draw.randint(0, len(text))
        text = text[:at] + draw.choice(tuple(CHARACTERS.values())) + text[at:]
    return Case("", text)


def _encoded(draw: Random) -> Case:
    """A text in another encoding, or damaged bytes."""
    text = _text(draw) + draw.choice(("", "# \u00e9\n", '"\u00fc"', "\ufeff"))
    if draw.random() < 0.5:
        return Case("", text.replace("\n", "\r\n").encode(draw.choice(ENCODINGS), "replace"))
    data = text.encode()
    for _ in range(draw.choice((1, 2, 4))):
        at = draw.randint(0, len(data))
        change = draw.choice((*BYTES, bytes([draw.randrange(256)]), b""))
        data = data[:at] + change + data[at + draw.randrange(3) :]
    return Case("", data)


def _grown(draw: Random) -> Case:
    text = network(draw)
    if draw.random() < 0.2:
        text = draw.choice(_SLIPS)(draw, text)
    return Case("", text)


def _options(draw: Random) -> Case:
    """A spec with what is said from outside."""
    inputs = tuple(_option(draw, SHAPES) for _ in range(draw.randrange(3)))
    settings = tuple(_option(draw, SETTINGS) for _ in range(draw.randrange(3)))
    block = draw.choice((None, "f", "unit", "nothing", "a.b", "relu"))
    text = _text(draw) if draw.random() < 0.5 else network(draw)
    return Case("", text.encode(), block, inputs, settings)


def _option(draw: Random, known: tuple[str, ...]) -> str:
    text = draw.choice(known)
    return text if draw.random() < 0.7 else draw.choice(_SLIPS)(draw, text)


def _project(draw: Random) -> Case:
    """Files that use each other, with settings of the project."""
    files = {name: _used(draw).encode() for name in ("a.arch", "b.arch")}
    if draw.random() < 0.3:
        lines = draw.choices(TOML, k=draw.randrange(5))
        files["pyproject.toml"] = "\n".join(["[tool.archc]", *lines]).encode()
    return Case("", _used(draw).encode(), files=files)


def _used(draw: Random) -> str:
    uses = draw.choices(USES, k=draw.randrange(3))
    calls = draw.choices(("r.resnet18", "f 8", "r.f", "b: r.f | @b.a", "m"), k=draw.randrange(3))
    text = draw.choice((network, _text))(draw)
    return "\n".join([*uses, text, *calls, ""])


def _text(draw: Random) -> str:
    """A spec; of a large one a few lines."""
    text = draw.choice(small_texts() if draw.random() < 0.95 else texts())
    if len(text) < 2000 or draw.random() < 0.1:
        return text
    lines = text.splitlines(keepends=True)
    at = draw.randrange(len(lines))
    return "input 3x64x64\n" + "".join(lines[at : at + draw.randrange(2, 25)])


def _by_parts(change: _Change) -> _Slip:
    """A slip in the words and signs of a text."""

    def slip(draw: Random, text: str) -> str:
        found = parts(text) or [""]
        at = draw.randrange(len(found))
        change(draw, found, at)
        return "".join(found)

    return slip


def _swap(draw: Random, found: list[str], at: int) -> None:
    other = draw.randrange(len(found))
    found[at], found[other] = found[other], found[at]


def _number(draw: Random, found: list[str], at: int) -> None:
    places = [i for i, part in enumerate(found) if part[:1].isdigit()]
    found[draw.choice(places) if places else at] = draw.choice(NUMBERS)


def _cut(draw: Random, found: list[str], at: int) -> None:
    del found[at : at + draw.choice((1, 1, 1, 2, 5, 20))]


def _again(draw: Random, found: list[str], at: int) -> None:
    found[at:at] = found[at : at + draw.choice((1, 1, 2, 5, 20))] * draw.choice((1, 1, 2, 50))


def _word(draw: Random, found: list[str], at: int) -> None:
    found[at] = draw.choice(words())


def _put(draw: Random, found: list[str], at: int) -> None:
    found.insert(at, f" {draw.choice(words())} ")


def _letter(draw: Random, found: list[str], at: int) -> None:
    place = draw.randint(0, len(found[at]))
    found[at] = (
        found[at][:place] + chr(draw.randrange(32, 127)) + found[at][place + draw.randrange(2) :]
    )


def _lines(draw: Random, text: str) -> str:
    """Lines lost, doubled, swapped or from another text."""
    lines = text.splitlines(keepends=True) or [""]
    change = draw.choice((_swap, _cut, _again, _splice))
    change(draw, lines, draw.randrange(len(lines)))
    return "".join(lines)


def _splice(draw: Random, found: list[str], at: int) -> None:
    found[at:at] = draw.choice(small_texts()).splitlines(keepends=True)[: draw.randrange(1, 6)]


def _end(draw: Random, text: str) -> str:
    return text[: draw.randint(0, len(text))]


def _joined(draw: Random, text: str) -> str:
    """Cut, with the end of another text."""
    other = draw.choice(small_texts())
    return _end(draw, text) + other[draw.randint(0, len(other)) :]


_CHANGES = (_swap, _number, _number, _cut, _again, _word, _word, _put, _letter, _letter)
_SLIPS = (*map(_by_parts, _CHANGES), _lines, _lines, _end, _joined)

_KINDS = {
    "random bytes": (4, _random_bytes),
    "words": (14, _soup),
    "mutated": (46, _mutated),
    "odd characters": (8, _odd),
    "encodings": (6, _encoded),
    "grown": (8, _grown),
    "options": (6, _options),
    "projects": (4, _project),
    "deep": (1, lambda draw: Case("", deep(draw))),
    "long": (1, lambda draw: Case("", long(draw))),
}  # fmt: skip
"""How often each kind is drawn, and how."""
