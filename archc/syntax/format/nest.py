"""Words to nested brackets of items: steps, branches, rows, cells, each with its separator."""

from collections.abc import Sequence

from archc.syntax.format.nodes import (
    BRANCH,
    CELL,
    ELEMENT,
    FIRST,
    LINE,
    PIPE,
    ROW,
    Bracket,
    Item,
    Leaf,
    Part,
    Separator,
    flat_bracket,
    flat_parts,
)
from archc.syntax.format.words import END, Gap, Word
from archc.syntax.tokens import CLOSERS, OPENERS

# Kinds of tokens that stand without a space before and behind them.
_INFIX = frozenset({
    "PLUS", "MINUS", "STAR", "SLASH", "DSLASH", "PERCENT", "POW", "DOTS", "COLON", "EQUAL",
    "GLUED",
})  # fmt: skip
_NO_SPACE_BEHIND = _INFIX | {"NEG", "REST", "LPAR", "CALL", "LSQB", "INDEX"}
_NO_SPACE_BEFORE = _INFIX | {"INDEX", "COMMA", "LABEL"}
_GLUED = {"CMP": "GLUED", "AND": "GLUED", "OR": "GLUED", "NOT": "NEG"}
"""What has no spaces among a step's values, which end at spaces."""
_DEFINES = ("LET", "PARAM", "SHARE", "BLOCK")
_DEFINES_STEP = ("SHARE", "BLOCK")


def nest(words: Sequence[Word]) -> tuple[tuple[Item, ...], Gap]:
    """The items of a file, and what stands behind the last one."""
    return _Nest(words).steps(in_train=False)


class _Parts:
    """The parts of one item, as they come."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.before = ""  # the kind of the last token

    def tight(self, kind: str) -> bool:
        return not self.parts or self.before in _NO_SPACE_BEHIND or kind in _NO_SPACE_BEFORE

    def lead(self, kind: str) -> str:
        return "" if self.tight(kind) else " "

    def add(self, part: Part, kind: str) -> None:
        self.parts.append(part)
        self.before = kind


class _Nest:
    """Reads words one by one. The text has been parsed: every bracket has its partner."""

    def __init__(self, words: Sequence[Word]) -> None:
        self.words = words
        self.at = 0

    def next(self, ahead: int = 0) -> Word:
        return self.words[min(self.at + ahead, len(self.words) - 1)]

    def take(self) -> Word:
        word = self.next()
        self.at += 1
        return word

    # --- what brackets hold ---

    def steps(self, in_train: bool) -> tuple[tuple[Item, ...], Gap]:
        """Steps up to the closing bracket, and commas between branches."""
        items: list[Item] = []
        gap, comma = Gap(), False
        while not self.ends():
            if self.next().kind == "COMMA":
                gap, comma = gap.then(self.take().gap), True
                continue
            gap = gap.then(self.next().gap)
            separator = BRANCH if comma else PIPE if gap.continues else LINE
            items.append(_item(separator if items else FIRST, gap, self.step(in_train)))
            gap, comma = Gap(), False
        return tuple(items), gap.then(self.next().gap)

    def elements(self) -> tuple[tuple[Item, ...], Gap]:
        """Arguments or parameters, with commas between them; or one expression."""
        items: list[Item] = []
        gap = Gap()
        while not self.ends():
            if self.next().kind == "COMMA":
                gap = gap.then(self.take().gap)
                continue
            gap = gap.then(self.next().gap)
            items.append(_item(ELEMENT if items else FIRST, gap, self.expression(cell=False)))
            gap = Gap()
        return tuple(items), gap.then(self.next().gap)

    def list(self) -> tuple[str, tuple[Item, ...], Gap]:
        """The kind of a list, its cells or rows."""
        if self.is_comprehension():
            return "elements", *self.elements()
        rows: list[list[Item]] = []
        gap = Gap()
        while not self.ends():
            word = self.next()
            if word.kind == "COMMA":
                gap = gap.then(self.take().gap)
                continue
            if word.separated or not rows:
                rows.append([])
            gap = gap.then(word.gap)
            rows[-1].append(_item(CELL, gap, self.expression(cell=True)))
            gap = Gap()
        closing = self.next()
        end = gap.then(closing.gap)
        if len(rows) > 1 or (rows and closing.separated):
            return "rows", _rows(rows), end
        cells = rows[0] if rows else []
        return (
            "cells",
            tuple(c if n else c._replace(separator=FIRST) for n, c in enumerate(cells)),
            end,
        )

    def is_comprehension(self) -> bool:
        depth, at = 0, self.at
        while depth >= 0:
            kind = self.words[at].kind
            if kind == "FOR" and not depth:
                return True
            depth += (kind in OPENERS) - (kind in CLOSERS)
            at += 1
        return False

    # --- items ---

    def ends(self) -> bool:
        return self.next().kind in CLOSERS or self.next().kind == END

    def step(self, in_train: bool) -> tuple[Part, ...]:
        """One step or declaration."""
        parts = _Parts()
        starts = True  # whether a step may begin here: also behind `n *`, a label, `share x =`
        defines, names = "", False
        free = False  # whether spaces around operators are, as behind `if`
        in_train = in_train or self.next().kind == "TRAIN"
        while not self.ends() and not (parts.parts and self.next().separated):
            kind = self.next().kind
            if kind == "COMMA" and not names:
                break
            if starts and self.begins_more(parts):
                continue
            if defines and kind == "EQUAL":
                self.word(parts, "IS")
                starts, defines = defines in _DEFINES_STEP, ""
                continue
            if kind == "CALL":
                self.bracket(parts, "branches" if starts else "elements", in_train)
            elif kind in OPENERS:
                self.bracket(parts, "", in_train)
            elif kind == "COMMA" and self.comma_goes():
                self.take()
            elif not (starts or defines or in_train) and self.reads_short():
                self.short(parts)
            else:
                defines = kind if starts and kind in _DEFINES else defines
                free = free or kind in ("LET", "PARAM", "IF") or (names and kind == "IN")
                names = kind == "FOR" or (names and kind != "IN")
                self.word(parts, "" if free else _GLUED.get(kind, ""))
            starts = False
        return tuple(parts.parts)

    def begins_more(self, parts: _Parts) -> bool:
        """Reads `n *`, `(n-1) *` and `label:`, behind which a step begins."""
        kind, behind = self.next().kind, self.next(1).kind
        if kind == "LPAR":
            self.bracket(parts, "elements", in_train=False)
        elif (kind in ("INT", "NAME") and behind == "STAR") or (kind, behind) == ("NAME", "COLON"):
            self.word(parts)
        else:
            return False
        self.word(parts, "LABEL" if self.next().kind == "COLON" else "TIMES")
        return True

    def expression(self, cell: bool) -> tuple[Part, ...]:
        """An argument up to its comma, or a cell of a list."""
        parts = _Parts()
        names = False
        while not self.ends():
            word = self.next()
            if cell and parts.parts and (word.separated or not parts.tight(word.kind)):
                break
            if word.kind == "COMMA":
                if not names:
                    break
                if self.comma_goes():
                    self.take()
                    continue
            if word.kind in OPENERS:
                self.bracket(parts, "elements", in_train=False)
            else:
                names = word.kind == "FOR" or (names and word.kind != "IN")
                self.word(parts)
        return tuple(parts.parts)

    # --- parts ---

    def word(self, parts: _Parts, kind: str = "") -> None:
        word = self.take()
        kind = kind or word.kind
        parts.add(Leaf(parts.lead(kind), word.text, word.gap), kind)

    def bracket(self, parts: _Parts, kind: str, in_train: bool) -> None:
        word = self.take()
        if word.kind == "LBRACE":
            kind = "steps"
        if kind in ("steps", "branches"):
            items, end = self.steps(in_train)
        elif word.kind == "LSQB":
            kind, items, end = self.list()
        else:
            kind = "elements"
            items, end = self.elements()
        closing = self.take()
        # The gap of an item's first part is the item's own.
        gap = word.gap if parts.parts else Gap()
        flat = flat_bracket(word.text, kind, items, end, closing.text)
        made = Bracket(parts.lead(word.kind), gap, word.text, kind, items, end, closing.text, flat)
        parts.add(made, closing.kind)

    def comma_goes(self) -> bool:
        """Commas between the names of a loop are left out, but for one that a break needs."""
        return not (self.next().gap.comments or self.next(1).gap.comments)

    def reads_short(self) -> bool:
        """Whether `k=3` stands here, for which there is `k3`."""
        name, equal, value, behind = (self.next(n) for n in range(4))
        return (
            name.kind == "NAME"
            and name.text in ("k", "s", "p", "d", "g")
            and equal.kind == "EQUAL"
            and (value.kind == "INT" or (value.kind == "SIZE" and "?" not in value.text))
            and behind.kind not in _INFIX | {"INDEX", "CMP", "AND", "OR"}
            and not (equal.gap.comments or value.gap.comments)
        )

    def short(self, parts: _Parts) -> None:
        name, _, value = self.take(), self.take(), self.take()
        parts.add(Leaf(parts.lead("COMPACT"), name.text + value.text, name.gap), "COMPACT")


def _item(separator: Separator, gap: Gap, parts: tuple[Part, ...]) -> Item:
    first, *others = parts
    if isinstance(first, Leaf):
        first = first._replace(gap=Gap())
    return Item(separator, gap, (first, *others), flat_parts((first, *others)))


def _rows(rows: list[list[Item]]) -> tuple[Item, ...]:
    """Rows of cells as items; a comma ends a line that a comment breaks within a row."""
    items: list[Item] = []
    for row in rows:
        parts: list[Part] = [*row[0].parts]
        for cell in row[1:]:
            if cell.gap.comments:
                parts.append(Leaf("", ","))
            first, *others = cell.parts
            parts += [first._replace(lead=" ", gap=cell.gap), *others]
        if len(rows) == 1:
            parts.append(Leaf("", ";"))
        separator = ROW if items else FIRST
        items.append(Item(separator, row[0].gap, tuple(parts), flat_parts(parts)))
    return tuple(items)
