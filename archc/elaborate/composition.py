"""Steps that hold other steps: merges, repeats, loops, conditions, labels, `with` and shares."""

from collections.abc import Hashable, Iterator

from archc.diagnostic import Diagnostic, Label
from archc.elaborate import merges
from archc.elaborate.evaluate import Fault, bind_names
from archc.elaborate.frame import Shared
from archc.elaborate.names import MAX_STEPS, UNKNOWN, exact
from archc.elaborate.scope import Scope
from archc.elaborate.statements import arguments_for
from archc.elaborate.walk import (
    Walker,
    append_group,
    content,
    handles,
)
from archc.errors import composition as errors
from archc.errors import warnings
from archc.errors.shapes import open_size
from archc.graph import (
    Absent,
    LayerItem,
    LoopItem,
    MergeItem,
    Region,
    RepeatItem,
    ShareItem,
    Test,
    built_steps,
    outputs,
    parts,
)
from archc.graph.totals import Totals
from archc.layers.base import Mismatch
from archc.layers.settled import settled
from archc.layers.values import Value as ArgumentValue
from archc.shape import Shape, describe
from archc.symbolic import Open
from archc.syntax import tree as t
from archc.syntax.tokens import MERGES


@handles(t.Merge)
def merge(walker: Walker, step: t.Merge) -> None:
    """Branches of one value, combined."""
    kind = step.kind.name
    if kind not in MERGES:
        walker.report(errors.unknown_merge(step.kind.span, kind, MERGES))
        for branch in step.branches:
            walker.check_only(branch.steps)
        walker.flow(None, step.span)
        return
    entry = walker.value
    start = entry
    if kind == "split" and walker.x is not None:
        try:
            shares, x = len(step.branches), walker.x
            share = settled(kind, x, lambda: merges.split(x, shares))
            start = walker.frame.value(share, step.kind.span)
        except Mismatch as mismatch:
            walker.refuse(step.span, mismatch, {})
            start = walker.frame.value(None, step.span)
    branches = tuple(_branch(walker, branch, start) for branch in step.branches)
    built = [branch for branch in branches if isinstance(branch, Region)]
    if not built:
        walker.value = entry
        return
    _warn_of_absence(walker, step, branches, len(built))
    shape = _merged(walker, step, built)
    walker.value = entry
    out = walker.flow(shape, step.span)
    walker.items.append(MergeItem(step.span, kind, start, branches, out))


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
                mismatch.code, "error", mismatch.message, step.kind.span, labels, mismatch.help
            )
        )
        return None


@handles(t.Repeat)
def repeat(walker: Walker, step: t.Repeat) -> None:
    """Copies in sequence, each with its own weights."""
    count = walker.evaluate(step.times)
    steps = content(step.step)
    if count is UNKNOWN or walker.static:
        walker.check_only(steps)
        walker.flow(None, step.span)
        return
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        walker.report(
            open_size(step.times.span, "of copies")
            if isinstance(count, Open)
            else errors.bad_count(step.times.span, count)
        )
        walker.check_only(steps)
        walker.flow(None, step.span)
        return
    if count > MAX_STEPS:
        walker.report(errors.too_many_steps(step.times.span, MAX_STEPS))
        walker.flow(None, step.span)
        return
    if count == 0:
        walker.check_only(steps)
    # A body's parts are not in the list: each copy needs parts of its own there.
    mentioned = walker.context.names_in(step.step)
    own_bodies = walker.scope.body is not None and "body" in mentioned
    tapped = walker.context.tapped_in(step.step)
    entry = walker.value
    runs: list[tuple[Region, int]] = []
    built = 0
    while built < count:
        before = _state(walker, tapped)
        region = walker.region("turn", steps)
        walker.value = region.exit
        same = count - built if _state(walker, tapped) == before and not own_bodies else 1
        runs.append((region, same))
        built += same
        if region.exit.shape is None:
            break
    if sum(times * built_steps(region) for region, times in runs) > MAX_STEPS:
        walker.report(errors.too_many_steps(step.times.span, MAX_STEPS))
        walker.flow(None, step.span)
        return
    out = walker.value
    name = walker.name_of(step)
    walker.items.append(RepeatItem(step.span, name, step.times, entry, tuple(runs), out))


def _state(walker: Walker, tapped: frozenset[str]) -> tuple[object, ...]:
    """All that a further copy could depend on, where copies name the values `tapped`: after a copy
    that changes nothing of it, the others are equal."""
    values = (walker.frame.values.get(name) for name in tapped)
    named = tuple(value and value.shape for value in values)
    return walker.value.shape, named, len(walker.frame.used_shares)


@handles(t.Loop)
def loop(walker: Walker, step: t.Loop) -> None:
    """A loop, unrolled."""
    rows = walker.evaluate(step.rows)
    if rows is UNKNOWN or walker.static:
        names: dict[str, ArgumentValue] = {name.name: UNKNOWN for name in step.names}
        walker.check_only(step.body.steps, walker.scope.bind(names))
        walker.flow(None, step.span)
        return
    if type(rows) is not tuple:
        walker.report(errors.not_rows(step.rows.span))
        walker.flow(None, step.span)
        return
    if not rows:
        names = {name.name: UNKNOWN for name in step.names}
        walker.check_only(step.body.steps, walker.scope.bind(names))
        return
    entry = walker.value
    turns = _turns(walker, step, rows)
    totals = Totals()
    if turns is None:
        walker.flow(None, step.span)
    elif sum(map(totals.steps, turns)) > MAX_STEPS:
        walker.report(errors.too_many_steps(step.rows.span, MAX_STEPS))
        walker.flow(None, step.span)
    else:
        name = walker.name_of(step)
        walker.items.append(LoopItem(step.span, name, step, entry, turns, walker.value))


def _turns(
    walker: Walker, step: t.Loop, rows: tuple[ArgumentValue, ...]
) -> tuple[Region, ...] | None:
    """The loop's turns up to a mistake; those that read equal values and change nothing but what
    flows are one region. None where a row is mistaken."""
    frame = walker.frame
    read = [name.name for name in step.names if name.name in walker.context.names_in(step.body)]
    made: dict[Hashable, tuple[Region, object]] = {}
    turns: list[Region] = []
    for row in rows:
        scope = _turn(walker, step, row)
        if scope is None:
            return None
        key = (walker.value.shape, *(exact(scope.names[name]) for name in read))
        region, named = made.get(key, (None, None))
        if region is None or named is not frame.values:
            before = _traces(walker)
            region = walker.region("turn", step.body.steps, scope=scope)
            if _traces(walker) == before and not any(True for _ in outputs(region)):
                made[key] = region, frame.values
        turns.append(region)
        walker.value = region.exit
        if region.exit.shape is None:
            break
    return tuple(turns)


def _traces(walker: Walker) -> tuple[object, ...]:
    """What a turn leaves behind besides the value that flows."""
    frame = walker.frame
    named = id(frame.values), len(frame.used_shares), frame.bodies
    return (*named, len(walker.context.diagnostics))


def _turn(walker: Walker, step: t.Loop, row: ArgumentValue) -> Scope | None:
    try:
        return walker.scope.bind(bind_names(step.names, row, step.rows.span))
    except Fault as fault:
        walker.report(fault.diagnostic)
        return None


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
    shared = Shared(step, walker.scope)
    walker.frame.shares = walker.frame.shares.bind({step.name.name: shared})


def use_share(walker: Walker, call: t.Call, shared: Shared) -> None:
    """A use of shared weights."""
    name = shared.share.name.name
    if call.arguments:
        walker.report(errors.share_with_arguments(call.span, name))
    entry = walker.value
    scope = shared.scope._replace(withs=walker.scope.withs)
    region = walker.region("share", content(shared.share.step), scope=scope)
    first = name not in walker.frame.used_shares
    if not walker.static:
        built = walker.frame.used_shares.setdefault(name, region)
        _refuse_other_weights(walker, call, built, region)
    walker.value = region.exit
    if first or name not in walker.frame.labels:
        walker.frame.labels[name] = region.items[0] if len(region.items) == 1 else None
    walker.items.append(ShareItem(call.span, name, first, entry, region, region.exit))


def _refuse_other_weights(walker: Walker, call: t.Call, built: Region, region: Region) -> None:
    """Refuses a use of shared weights on what they were not built for."""
    for item, other in zip(_layers(built), _layers(region), strict=False):
        made, wanted = (one.layer.code(one.input_shape).init for one in (item, other))
        if made == wanted or walker.context.said(other.site):
            continue
        first, arriving = describe(item.input_shape), describe(other.input_shape)
        walker.report(errors.other_weights(other.site, call.name.name, first, arriving, call.span))


def _layers(region: Region) -> Iterator[LayerItem]:
    for item in region.items:
        if isinstance(item, LayerItem):
            yield item
        for _, inner in parts(item):
            yield from _layers(inner)
