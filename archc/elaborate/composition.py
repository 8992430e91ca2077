"""Steps that hold other steps: merges, repeats, loops, conditions, labels, `with` and shares."""

from collections.abc import Sequence

from archc.diagnostic import Diagnostic, Label
from archc.elaborate import merges
from archc.elaborate.cures import at_ends
from archc.elaborate.frame import Begun, Shared, SharedUse
from archc.elaborate.names import UNKNOWN
from archc.elaborate.statements import arguments_for
from archc.elaborate.walk import (
    Walker,
    append_group,
    content,
    handles,
)
from archc.errors import composition as errors
from archc.errors import warnings
from archc.errors.declarations import shares_one_step
from archc.errors.syntax import called_with_parentheses
from archc.graph import (
    Absent,
    CallItem,
    GroupItem,
    Item,
    MergeItem,
    RecallItem,
    Region,
    ShareItem,
    Test,
    weights,
)
from archc.layers.base import ALIASES, LAYERS, Mismatch
from archc.layers.settled import settled
from archc.shape import Shape
from archc.source import Span
from archc.syntax import tree as t
from archc.syntax.tokens import MERGES


def _as_steps(step: t.Merge) -> str:
    """`fc(n)` and `relu(conv 8)` as they are written here."""
    word = ALIASES.get(step.kind.name.lower(), step.kind.name)
    inner = [one for branch in step.branches for one in branch.steps]
    names = [one.name.name for one in inner if isinstance(one, t.Call) and not one.arguments]
    if len(names) < len(inner):
        return " | ".join([*(one.span.text for one in inner), word])
    return " ".join([word, *names] if LAYERS[word].parameters else [word])


@handles(t.Merge)
def merge(walker: Walker, step: t.Merge) -> None:
    """Branches of one value, combined."""
    kind = step.kind.name
    if kind not in MERGES:
        if kind in LAYERS or kind.lower() in ALIASES:
            text = _as_steps(step)
            walker.report(called_with_parentheses(step.kind.span, kind, text, step.span))
        else:
            walker.report(errors.unknown_merge(step.kind.span, kind, MERGES))
        for branch in step.branches:
            walker.check_only(branch.steps)
        walker.flow(None, step.span)
        return
    entry = walker.value
    kept = entry.id in walker.frame.kept or walker.x is None
    start = entry
    if kind == "split" and walker.x is not None:
        try:
            shares, x = len(step.branches), walker.x
            share = settled(kind, x, lambda: merges.split(x, shares))
            start = walker.frame.value(share, step.kind.span)
        except Mismatch as mismatch:
            walker.refuse(step.span, mismatch)
            start = walker.frame.value(None, step.span)
    branches = tuple(_branch(walker, branch, start) for branch in step.branches)
    built = [branch for branch in branches if isinstance(branch, Region)]
    if not built:
        walker.value = entry
        return
    _warn_of_absence(walker, step, branches, len(built))
    begun = walker.context.begun
    taken_up = [first_taken_up(region.items, begun) for region in built]
    if not kept and taken_up[0] is not None and None not in taken_up:
        # No branch goes on with the value that arrives.
        walker.report(warnings.dropped(taken_up[0].site, taken_up[0].name))
    shape = _merged(walker, step, built)
    walker.value = entry
    out = walker.flow(shape, step.span)
    walker.items.append(MergeItem(step.span, kind, entry, branches, out))


def first_taken_up(items: Sequence[Item], known: dict[int, Begun]) -> RecallItem | None:
    """The tap with which steps begin, if they drop the value that arrives. `known` is what other
    steps begin with: a block is looked at once, however many call it."""
    first = items[0] if items else None
    if isinstance(first, GroupItem | CallItem):
        return _begins(first.region, known)
    if isinstance(first, MergeItem):
        built = [branch for branch in first.branches if isinstance(branch, Region)]
        found = [_begins(branch, known) for branch in built]
        return found[0] if found and None not in found else None
    return first if isinstance(first, RecallItem) else None


def _begins(region: Region, known: dict[int, Begun]) -> RecallItem | None:
    if id(region) not in known:
        known[id(region)] = Begun(region, first_taken_up(region.items, known))
    return known[id(region)].tap


def _branch(walker: Walker, branch: t.Branch, start: Shape | object) -> Region | Absent:
    inner = walker.region  # a branch's own scope
    before, walker.value = walker.value, start  # type: ignore[assignment]
    try:
        if branch.test is not None:
            test = walker.truth(branch.test)
            if test is UNKNOWN:
                walker.check_only(branch.steps)
                return walker.region("branch", (), entry=walker.frame.value(None, branch.span))
            if not test:
                walker.check_only(branch.steps)
                return Absent(branch)
        return inner("branch", branch.steps)
    finally:
        walker.value = before


def _warn_of_absence(
    walker: Walker, step: t.Merge, branches: tuple[Region | Absent, ...], built: int
) -> None:
    for branch in branches:
        if not isinstance(branch, Absent) or built > 1 or step.kind.name != "add":
            continue
        first = branch.branch.steps[0]
        if not isinstance(first, t.Call) or first.name.name != "id":
            walker.report(warnings.leaves_one_branch(branch.branch.span))


def _merged(walker: Walker, step: t.Merge, built: list[Region]) -> Shape | None:
    shapes = [region.exit.shape for region in built]
    known = [shape for shape in shapes if shape is not None]
    if walker.static or len(known) < len(shapes):
        return None
    if len(known) == 1:
        return known[0]
    try:
        kind = step.kind.name
        return settled(kind, known[0], lambda: merges.merged(kind, known))
    except Mismatch as mismatch:
        labels = tuple(
            Label(region.site, f"this branch gives {shape}")
            for region, shape in zip(built, known, strict=True)
        )
        walker.report(
            Diagnostic(
                mismatch.code,
                "error",
                mismatch.message,
                step.kind.span,
                labels,
                mismatch.help,
                fixes=at_ends(mismatch.cures, [region.site for region in built]),
            )
        )
        # What the first help leads to, where nothing else can come by here.
        return None if walker.inner or walker.frame.calls else mismatch.result


@handles(t.Condition)
def condition(walker: Walker, step: t.Condition) -> None:
    """The arm that is built is a group; the others are checked only."""
    test = walker.truth(step.test)
    otherwise = step.otherwise
    if test is UNKNOWN or walker.static:
        walker.check_only(step.then.steps)
        if otherwise is not None:
            walker.check_only([otherwise])
        walker.flow(None, step.span)
        return
    taken, left = (step.then, otherwise) if test else (otherwise, step.then)
    if left is not None:
        walker.check_only(content(left))
    steps = content(taken) if taken is not None else ()
    append_group(walker, step.span, steps, "arm", None, Test(step.test, bool(test)))


@handles(t.Labelled)
def labelled(walker: Walker, step: t.Labelled) -> None:
    """A part with a name: groups have names of their own in it."""
    walker.refuse_second(step, step.label)
    if isinstance(step.step, t.Group | t.Merge | t.Condition | t.With):
        labels = dict(walker.frame.labels)
        append_group(walker, step.span, content(step.step), "group", step.label.name)
        walker.frame.labels = labels
    else:
        walker.steps([step.step])
    made = None if walker.x is None or not walker.items else walker.items[-1]
    walker.frame.labels[step.label.name] = made


@handles(t.With)
def with_(walker: Walker, step: t.With) -> None:
    """Arguments for all that is built inside, called blocks included."""
    given = arguments_for(walker, step, "with")
    scope = walker.scope
    walker.scope = scope._replace(withs=scope.withs.add(given))
    append_group(walker, step.body.span, step.body.steps, "group", None)
    walker.scope = scope


@handles(t.Share)
def share(walker: Walker, step: t.Share) -> None:
    """Declares shared weights; the first use builds them."""
    walker.refuse_second(step, step.name)
    steps = _piped(step.step.span)
    if steps is not None:
        walker.report(shares_one_step(steps))
    frame = walker.frame
    shared = Shared(step, walker.scope, frame.shares, frame.turns)
    frame.shares = frame.shares.bind({step.name.name: shared})


def _piped(step: Span) -> Span | None:
    """The steps on a line from one that a `|` follows there; None where none does."""
    text = step.source.text
    line_end = text.find("\n", step.end)
    rest = text[step.end : line_end if line_end >= 0 else len(text)]
    if not rest.lstrip(" \t").startswith("|"):
        return None
    steps = rest.partition("#")[0].rstrip(" \t|\r")
    return step._replace(end=step.end + len(steps)) if steps else None


def use_share(walker: Walker, call: t.Call, shared: Shared) -> None:
    """A use of shared weights."""
    name = shared.share.name.name
    if call.arguments:
        walker.report(errors.share_with_arguments(call.span, name))
    entry = walker.value
    scope = shared.scope._replace(withs=walker.scope.withs)
    frame = walker.frame
    # The content is built where the share is declared.
    up, frame.turns = frame.turns - shared.turns, shared.turns
    here, frame.shares = frame.shares, shared.earlier
    region = walker.region("share", content(shared.share.step), scope=scope)
    frame.turns += up
    frame.shares = here
    walker.value = region.exit
    if walker.static:
        return
    made = frame.used_shares.setdefault((name, shared.turns), SharedUse(region, call.span))
    first = made.region is region
    if first or name not in walker.frame.labels:
        walker.frame.labels[name] = region.items[0] if len(region.items) == 1 else None
    known = None not in (region.exit.shape, made.region.exit.shape)
    if known and weights(region) != weights(made.region):
        from archc.elaborate.reuse import misfit  # where it is needed: a check starts sooner

        at_top = any(item is shared.share for item in frame.file.tree.items)
        walker.report(misfit(shared.share, at_top, call.span, made, region))
    walker.items.append(ShareItem(call.span, name, first, up, entry, region, region.exit))
