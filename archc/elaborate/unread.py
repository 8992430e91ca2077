"""Named values and inputs that nothing reads."""

from collections.abc import Sequence

from archc.diagnostic import Diagnostic, has_errors
from archc.elaborate.composition import first_taken_up
from archc.elaborate.frame import Context, Frame
from archc.elaborate.inputs import Entry
from archc.errors import declarations, warnings
from archc.graph import Item
from archc.source import Span
from archc.syntax import tree as t
from archc.syntax.mentions import sized_names


def warn_of_unread_values(context: Context, tree: t.File, frame: Frame) -> None:
    """Warns of values that a file names and nothing reads, their sizes included."""
    unread = {name: place for name, place in frame.named.items() if name not in frame.taken}
    sized = sized_names(tree) if unread else ()
    for name, place in unread.items():
        # Where a slip names a value, its name stands elsewhere.
        if name not in sized and place.text == name and _arrow_before(place):
            context.report(warnings.never_taken_up(place, name))


def _arrow_before(place: Span) -> bool:
    return place.source.text[max(0, place.start - 99) : place.start].rstrip().endswith("->")


def refuse_unread_inputs(
    context: Context,
    entries: Sequence[Entry],
    earlier: Sequence[Diagnostic],
    frame: Frame,
    items: Sequence[Item],
) -> None:
    """Refuses inputs that nothing reads. A mistake elsewhere, found now or earlier, may hide what
    would."""
    if has_errors((*context.diagnostics, *earlier)):
        return
    for entry in entries[0 if first_taken_up(items, context.begun) else 1 :]:
        if entry.name is not None and entry.name not in frame.taken:
            context.report(declarations.unread_input(entry.site, entry.name))
