"""Nested items to lines: what fits stays on its line, what does not breaks at `|`, then inside of
brackets."""

from collections.abc import Sequence
from itertools import groupby, zip_longest

from archc.syntax.format.columns import align
from archc.syntax.format.nodes import BRANCH, BREAKS, Bracket, Item, Leaf, Part
from archc.syntax.format.words import Gap
from archc.tuples import NamedTuple

WIDTH = 100
_STEP = 2  # columns of indentation


class Line(NamedTuple):
    """A line of the result; a blank one has neither code nor comment."""

    indent: int
    code: str
    comment: str = ""


def lay_out(items: Sequence[Item], end: Gap) -> str:
    """The text of a file."""
    printer = _Printer()
    printer.body("steps", items, end, 0)
    printer.newline(0)
    return "".join(f"{line}\n" for line in _with_comments(printer.lines))


class _Printer:
    """Writes line by line; `indent`, `code` and `comment` are those of the current line."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.indent = 0
        self.code = ""
        self.comment = ""

    @property
    def column(self) -> int:
        return self.indent + len(self.code)

    def newline(self, indent: int, blank: bool = False) -> None:
        """Ends the current line, if there is anything on it."""
        if self.code or self.comment:
            self.lines.append(Line(self.indent, self.code, self.comment))
        if blank and self.lines:
            self.lines.append(Line(0, ""))
        self.indent, self.code, self.comment = indent, "", ""

    def comments(self, gap: Gap, indent: int, first: bool = False) -> bool:
        """Writes a gap's comments: behind the code, or on lines of their own. Returns whether what
        comes next is still the first of its block, where no blank line stands."""
        for comment in gap.comments:
            if comment.own or not self.code or self.comment:
                self.newline(indent, comment.blank and not first)
                first = False
            self.comment = comment.text
        return first

    def body(self, kind: str, items: Sequence[Item], end: Gap, indent: int) -> None:
        """Items on lines of their own, from a new line on."""
        by_author = any(gap.broken for gap in (*(item.gap for item in items), end))
        each_row = kind == "rows" and not by_author
        if kind == "rows":
            items = align(items, WIDTH - indent)
        first = True
        for n, (item, following) in enumerate(zip_longest(items, items[1:])):
            tail = len(following.separator.before) if following else 0
            separator = item.separator
            begins = n == 0
            rest = _rest(kind, items[n + 1 :]) if _bulky(item) else 0
            if begins or each_row or _kept(kind, item):
                self.code += "" if begins else separator.before
                first = self.comments(item.gap, indent + separator.indent, first)
                self.newline(indent + separator.indent, item.gap.blank and not first)
                self.code = separator.after
            elif self.goes_here(item, indent, tail, rest):
                self.code += separator.flat
            else:
                self.code += separator.before
                self.newline(indent + separator.indent)
                self.code = separator.after
            self.parts(item, tail, rest)
            first = False
        self.comments(end, indent, first)

    def goes_here(self, item: Item, indent: int, tail: int, rest: int) -> bool:
        """Whether an item goes on the current line: as a whole, or, where it is to break, up to its
        opening bracket."""
        separator = item.separator
        here = self.column + len(separator.flat)
        if item.flat is not None and not _opens(here, item.flat, rest):
            width = len(item.flat) + tail
            if here + width <= WIDTH:
                return True
            if indent + separator.indent + len(separator.after) + width <= WIDTH:
                return False
        return here + _head(item.parts) <= WIDTH

    def parts(self, item: Item, tail: int, rest: int) -> None:
        """One item, from the current place on; `tail` columns follow it on its last line, and
        `rest` are better written behind its last bracket than on a line of their own."""
        opens = item.flat is not None and _opens(self.column, item.flat, rest)
        if item.flat is not None and self.column + len(item.flat) + tail <= WIDTH and not opens:
            self.code += item.flat
            return
        base = self.indent
        broken = _broken(item.parts, self.column, base, tail, opens)
        for n, part in enumerate(item.parts):
            lead = part.lead if n else ""
            if part.gap.comments:
                behind = base if isinstance(part, Leaf) and part.text == "else" else base + _STEP
                self.comments(part.gap, behind)
                self.newline(behind)
                lead = ""
            if isinstance(part, Leaf):
                self.code += lead + part.text
            elif n in broken:
                self.code += lead + part.open
                self.bracket(part, base)
            else:
                self.code += lead + (part.flat or "")

    def bracket(self, bracket: Bracket, base: int) -> None:
        """What a broken bracket holds, and its end."""
        self.body(bracket.kind, bracket.items, bracket.end, base + _STEP)
        self.newline(base)
        self.code = bracket.close


def _kept(kind: str, item: Item) -> bool:
    """Whether the author's break before an item stays, or a comment needs one."""
    broken = item.gap.broken and kind in BREAKS
    return broken or bool(item.gap.comments) or item.separator is BRANCH


def _bulky(item: Item) -> bool:
    """Whether an item is long and ends in a bracket of steps."""
    last = item.parts[-1]
    return (
        item.flat is not None
        and len(item.flat) > WIDTH // 2
        and isinstance(last, Bracket)
        and last.kind in ("branches", "steps")
    )


def _rest(kind: str, items: Sequence[Item]) -> int:
    """The columns of what follows on the same line; 0 where it is more than a few words."""
    width = 0
    for item in items:
        if _kept(kind, item):
            break
        width += len(item.separator.flat) + len(item.flat or " " * WIDTH)
        if width > WIDTH // 4:
            return 0
    return width


def _opens(column: int, flat: str, rest: int) -> bool:
    """Whether a bulky item breaks although it fits: so that the few words behind it stay there."""
    return rest > 0 and column + len(flat) + rest > WIDTH


def _head(parts: Sequence[Part]) -> int:
    """The width of an item up to the bracket that will break: the first that must, or the last; of
    several braces the first."""
    forced = [n for n, part in enumerate(parts) if isinstance(part, Bracket) and not part.flat]
    braces = [n for n, part in enumerate(parts) if _is_brace(part)]
    brackets = [n for n, part in enumerate(parts) if isinstance(part, Bracket)]
    if not brackets:
        return WIDTH
    at = min(forced + braces) if forced or len(braces) > 1 else brackets[-1]
    bracket = parts[at]
    width = sum(len(part.lead) + len(part.flat or "") for part in parts[:at])
    return width + len(bracket.lead) + (len(bracket.open) if isinstance(bracket, Bracket) else 0)


def _is_brace(part: Part) -> bool:
    return isinstance(part, Bracket) and part.kind == "steps" and bool(part.items)


def _broken(parts: Sequence[Part], column: int, base: int, tail: int, opens: bool) -> set[int]:
    """Which brackets of an item break: those that must, and as few others as let lines fit. On a
    line that is too long it is the last one whose opening bracket fits; the arms of an `if` break
    together."""
    broken = {n for n, part in enumerate(parts) if isinstance(part, Bracket) and part.flat is None}
    braces = {n for n, part in enumerate(parts) if _is_brace(part)}
    if opens:
        broken.add(len(parts) - 1)
    if len(braces) > 1:
        broken |= braces
    candidate: int | None = None
    n = 0
    while n < len(parts):
        part = parts[n]
        if part.gap.comments:
            column, candidate = base + _STEP, None
        elif n:
            column += len(part.lead)
        if isinstance(part, Leaf):
            column += len(part.text)
        else:
            fits = column + len(part.open) <= WIDTH
            breaks = n in broken or (not fits and candidate is None and bool(part.items))
            if breaks and (fits or candidate is None):
                broken.add(n)
                column, candidate = base + len(part.close), None
            else:
                candidate = n if fits and part.items else candidate
                column += len(part.flat or part.open)
        last = n == len(parts) - 1
        if column + (tail if last else 0) > WIDTH and candidate is not None:
            broken.add(candidate)
            n, column = candidate, base + len(parts[candidate].close)  # type: ignore[union-attr]
            candidate = None
        n += 1
    # A body behind a head of several lines has lines of its own.
    return broken | {n for n in braces if broken and n > min(broken)}


def _with_comments(lines: Sequence[Line]) -> list[str]:
    """The lines as texts; comments behind neighbouring lines of one depth stand in one column."""
    texts = []
    for (indent, trailing), group in groupby(
        lines, lambda x: (x.indent, bool(x.code and x.comment))
    ):
        run = list(group)
        column = max(indent + len(line.code) for line in run) + 2
        if any(column + len(line.comment) > WIDTH for line in run):
            column = 0
        for line in run:
            text = " " * indent + line.code
            if trailing:
                text = text.ljust(column - 2) + "  "
            texts.append((text + line.comment).rstrip())
    return texts
