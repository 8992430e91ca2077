"""Bodies: the steps in braces behind a call, and `body` in the block that is called."""

from archc.elaborate.blocks import Definition
from archc.elaborate.frame import Frame
from archc.elaborate.walk import Walker
from archc.errors import composition as errors
from archc.errors.steps import no_body
from archc.graph import GroupItem, Region
from archc.syntax import tree as t


def check_body(walker: Walker, step: t.Call, definition: Definition) -> None:
    """A call ends in a body where the block's text says `body`, and only there."""
    wants = definition.file.text(definition.block).has_body
    if wants and step.body is None:
        walker.report(errors.no_body_given(step.span))
    elif step.body is not None and not wants:
        walker.report(no_body(step.body.span, step.name.name))


def build_body(walker: Walker, step: t.Call) -> None:
    """`body`: the steps in braces behind the call, with the names of the place where they stand."""
    closure = walker.scope.body
    if closure is None:
        # Said where the block is called.
        walker.flow(None, step.span)
        return
    frame = closure.frame
    assert isinstance(frame, Frame)
    entry = walker.value
    scope = closure.scope._replace(withs=walker.scope.withs)
    inner = Walker(walker.context, frame, scope, entry, walker.static)
    walker.frame.bodies += 1
    # Numbered also where the text around is: `_2` alone is the second body in the first text.
    again = f"_{walker.frame.bodies}" if walker.frame.bodies > 1 or closure.suffix else ""
    inner.suffix = closure.suffix + again
    frame.kept.add(entry.id)
    inner.steps(closure.group.steps)
    region = Region(
        "body", closure.group.span, inner.scope.names, tuple(inner.items), entry, inner.value
    )
    walker.value = region.exit
    walker.items.append(GroupItem(step.span, None, entry, region, region.exit))
