"""Nodes as HTML-like labels of DOT: a head, and below it what the stage costs."""

from typing import NamedTuple

from archc.cost.units import short_count
from archc.diagram.stages import Gap, Stage
from archc.diagram.text import label, shape_text
from archc.diagram.themes import Colors, Theme
from archc.shape import Shape

# Sizes in points.
_BAR = 56
_BAR_HEIGHT = 10
_NUMBER_WIDTH = 96

_WIDE_SPACE = "&#160;&#160;"


class Look(NamedTuple):
    """How nodes are drawn, and the totals that their bars are shares of."""

    theme: Theme
    sideways: bool
    parameters: int
    macs: int


def end_node(name: str, shape: Shape, look: Look) -> str:
    """Where the data comes in, or goes out."""
    colors = look.theme.ends
    between = "<BR/>" if look.sideways else _WIDE_SPACE
    text = _colored(f"{name}{between}{shape_text(shape)}", colors.text)
    return (
        '<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="4" STYLE="ROUNDED"'
        f' COLOR="{colors.border}" BGCOLOR="{colors.fill}"><TR><TD>{text}</TD></TR></TABLE>'
    )


def stage_node(stage: Stage, look: Look) -> str:
    """A stage; one with weights shows its numbers and their shares."""
    times = f"{_WIDE_SPACE}<B>× {stage.copies}</B>" if stage.copies > 1 else ""
    head = f"<B>{label(stage.head)}</B>"
    behind = [label(text) for text in stage.behind]
    if look.sideways:
        text = head + times + (f"<BR/>{' · '.join(behind)}" if behind else "")
    else:
        text = " · ".join([head, *behind]) + times
    return _framed(text, look.theme.families[stage.family], stage, look)


def gap_node(gap: Gap, look: Look) -> str:
    """What the picture leaves out."""
    return _framed(f"… {gap.stages} more", look.theme.families["view"], gap, look)


def _framed(text: str, colors: Colors, stage: Stage | Gap, look: Look) -> str:
    # The table's own fill closes the gap that Graphviz leaves between border and cells.
    head = (
        f'<TR><TD CELLPADDING="4" BGCOLOR="{colors.fill}">{_colored(text, colors.text)}</TD></TR>'
    )
    body = ""
    if stage.parameters or stage.macs:
        body = f'<HR/><TR><TD BGCOLOR="{look.theme.body}">{_costs(stage, look)}</TD></TR>'
    return (
        '<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"'
        f' COLOR="{colors.border}" BGCOLOR="{colors.border}">{head}{body}</TABLE>'
    )


def _costs(stage: Stage | Gap, look: Look) -> str:
    theme = look.theme
    costs = [
        ("params", theme.parameters, stage.parameters, look.parameters),
        ("MACs", theme.macs, stage.macs, look.macs),
    ]
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
    length = max(1, round(_BAR * part / whole)) if part else 0
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
