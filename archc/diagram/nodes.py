"""Nodes as HTML-like labels of DOT: a head, and below it what the stage costs."""

from collections.abc import Mapping

from archc.cost.units import short_count
from archc.diagram.chart import End, Merge
from archc.diagram.structures import Key
from archc.diagram.text import label, shape_text
from archc.diagram.themes import Colors, Theme
from archc.diagram.units import Calls, Gap, Row, Stage
from archc.shape import Shape
from archc.tuples import NamedTuple

# Sizes in points.
_BAR = 56
_BAR_HEIGHT = 10
_NUMBER_WIDTH = 96
_MOST_COLUMNS = 8

_WIDE_SPACE = "&#160;&#160;"


class Look(NamedTuple):
    """How nodes are drawn, and the totals that their bars are shares of; there are none of MACs
    where the input has open sizes."""

    theme: Theme
    sideways: bool
    packed: bool
    parameters: int
    macs: int | None


def end_node(end: End, look: Look) -> str:
    """Where the data comes in, or goes out."""
    colors = look.theme.ends
    between = "<BR/>" if look.sideways else _WIDE_SPACE
    shape = "" if end.shape is None else f"{between}{shape_text(end.shape)}"
    return _rounded(f"{label(end.name)}{shape}", colors)


def merge_node(merge: Merge, look: Look) -> str:
    """Where branches meet that no sign stands for."""
    return _rounded(label(merge.kind), look.theme.families["merge"])


def stage_node(stage: Stage, look: Look) -> str:
    """A stage; one with weights shows its numbers and their shares."""
    head = f"<B>{label(stage.head)}</B>"
    behind = [label(text) for text in stage.behind]
    times = _times(stage.copies) + _shared(stage.shared)
    if look.sideways:
        text = head + times + (f"<BR/>{' · '.join(behind)}" if behind else "")
    else:
        text = " · ".join([head, *behind]) + times
    return _framed(text, look.theme.families[stage.family], "", stage, look)


def calls_node(calls: Calls, letters: Mapping[Key, str], look: Look) -> str:
    """Calls of a block: what is given to each, and what the channels become."""
    names = _columns(calls)
    lines = [
        [_letters(row, letters), *(row.arguments.get(n, "") for n in names)] for row in calls.rows
    ]
    single = len(lines) == 1 and not names
    title = f"{calls.title} {lines[0][0]}" if single or len(lines) == 1 else calls.title
    text = f"<B>{label(title.strip())}</B>"
    if calls.holder:
        text = f"<B>{label(calls.holder)}</B> · {label(title.strip())}"
    text += _times(calls.copies) + _shared(calls.shared)
    if single:
        channels = _channels(calls.rows[0])
        text += f"{_WIDE_SPACE}{channels}" if channels else ""
    rows = "" if single else _table(calls, names, lines, look)
    return _framed(text, look.theme.families["part"], rows, calls, look)


def gap_node(gap: Gap, look: Look) -> str:
    """What the picture leaves out."""
    return _framed(f"… {gap.stages} more", look.theme.families["view"], "", gap, look)


def _columns(calls: Calls) -> list[str]:
    """The arguments that a table shows: all, or where they are too many those that differ."""
    names = list(dict.fromkeys(name for row in calls.rows for name in row.arguments))
    if len(names) > _MOST_COLUMNS:
        names = [n for n in names if len({row.arguments.get(n) for row in calls.rows}) > 1]
    return names[:_MOST_COLUMNS]


def _letters(row: Row, letters: Mapping[Key, str]) -> str:
    return ", ".join(filter(None, (letters.get(key, "") for key in row.keys)))


def _table(calls: Calls, names: list[str], lines: list[list[str]], look: Look) -> str:
    """A line a row: its structure, arguments, number and channels."""
    several = len(lines) > 1
    head = [*([""] if several else []), *names, "channels"]
    shown = [
        [
            *([_which(line[0], row)] if several else []),
            *(label(text) for text in line[1:]),
            _channels(row),
        ]
        for row, line in zip(calls.rows, lines, strict=True)
    ]
    theme = look.theme
    cells = [[_cell(label(text), theme.faint) for text in head]]
    cells += [[_cell(text, theme.text) for text in line] for line in shown]
    used = [column for column in zip(*cells, strict=True) if any(map(_says_something, column[1:]))]
    rows = "".join(f"<TR>{''.join(line)}</TR>" for line in zip(*used, strict=True))
    return (
        f'<TR><TD BGCOLOR="{theme.body}"><TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0"'
        f' CELLPADDING="3">{rows}</TABLE></TD></TR>'
    )


def _which(letter: str, row: Row) -> str:
    """`A × 3`: the structure and the number of calls."""
    bold = f"<B>{label(letter)}</B>" if letter else ""
    return "&#160;".join(filter(None, (bold, _count(row.copies))))


def _says_something(cell: str) -> bool:
    return cell != _cell("", "")


def _cell(text: str, color: str) -> str:
    if not text:
        return "<TD></TD>"
    return f'<TD ALIGN="RIGHT"><FONT POINT-SIZE="12">{_colored(text, color)}</FONT></TD>'


def _channels(row: Row) -> str:
    if not row.fixed:
        return ""
    before, behind = _width(row.input), _width(row.output)
    return before if before == behind else f"{before} → {behind}"


def _width(shape: Shape) -> str:
    return shape_text(shape) if shape.layout == "ids" else str(shape.channels)


def _times(copies: int | str) -> str:
    count = _count(copies)
    return f"{_WIDE_SPACE}<B>{count}</B>" if count else ""


def _count(copies: int | str) -> str:
    return "" if copies in (1, "") else f"× {label(str(copies))}"


def _shared(shared: bool) -> str:
    return f"{_WIDE_SPACE}<I>shared</I>" if shared else ""


def _rounded(text: str, colors: Colors) -> str:
    return (
        '<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="4" STYLE="ROUNDED"'
        f' COLOR="{colors.border}" BGCOLOR="{colors.fill}"><TR><TD>{_colored(text, colors.text)}'
        "</TD></TR></TABLE>"
    )


def _framed(text: str, colors: Colors, rows: str, stage: Stage | Calls | Gap, look: Look) -> str:
    # The table's own fill closes the gap that Graphviz leaves between border and cells.
    head = (
        f'<TR><TD CELLPADDING="4" BGCOLOR="{colors.fill}">{_colored(text, colors.text)}</TD></TR>'
    )
    body = f"<HR/>{rows}" if rows else ""
    if stage.parameters or stage.macs:
        body += f'<HR/><TR><TD BGCOLOR="{look.theme.body}">{_costs(stage, look)}</TD></TR>'
    return (
        '<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"'
        f' COLOR="{colors.border}" BGCOLOR="{colors.border}">{head}{body}</TABLE>'
    )


def _costs(stage: Stage | Calls | Gap, look: Look) -> str:
    theme = look.theme
    costs = [("params", theme.parameters, stage.parameters, look.parameters)]
    if look.macs is not None:
        costs.append(("MACs", theme.macs, stage.macs, look.macs))
    cells = [
        cell
        for unit, color, part, whole in costs
        for cell in (
            _number(f"{short_count(part)} {unit}", look),
            _bar(color, part, whole, theme.track),
        )
    ]
    rows = cells if look.sideways else ["".join(cells)]
    table = "".join(f"<TR>{row}</TR>" for row in rows)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3">{table}</TABLE>'


def _number(words: str, look: Look) -> str:
    size = "" if look.sideways else f' ALIGN="RIGHT" WIDTH="{_NUMBER_WIDTH}"'
    text = f'<FONT POINT-SIZE="12">{_colored(words, look.theme.text)}</FONT>'
    return f"<TD{size}>{text}</TD>"


def _bar(color: str, part: int, whole: int, track: str) -> str:
    """A share of a whole as a bar; anything above zero shows."""
    # What only training needs may cost more than all that an evaluation runs.
    length = max(1, round(_BAR * min(1, part / whole if whole else 1))) if part else 0
    pieces = ((length, color), (_BAR - length, track))
    cells = "".join(
        f'<TD FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{_BAR_HEIGHT}" BGCOLOR="{fill}"></TD>'
        for width, fill in pieces
        if width
    )
    return (
        '<TD><TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" FIXEDSIZE="TRUE"'
        f' WIDTH="{_BAR}" HEIGHT="{_BAR_HEIGHT}"><TR>{cells}</TR></TABLE></TD>'
    )


def _colored(text: str, color: str) -> str:
    return f'<FONT COLOR="{color}">{text}</FONT>'
