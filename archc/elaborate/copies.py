"""Copies of steps: repeats and loops, equal ones elaborated once."""

from collections.abc import Hashable

from archc.diagnostic import has_errors
from archc.elaborate.evaluate import bind_names
from archc.elaborate.faults import Fault
from archc.elaborate.names import MAX_STEPS, UNKNOWN, exact
from archc.elaborate.scope import Scope
from archc.elaborate.walk import (
    Walker,
    content,
    handles,
)
from archc.errors import composition as errors
from archc.errors.shapes import open_size
from archc.graph import (
    LoopItem,
    Region,
    RepeatItem,
    built_steps,
    outputs,
)
from archc.graph.totals import Totals
from archc.layers.values import Value as ArgumentValue
from archc.symbolic import Open
from archc.syntax import tree as t


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
        if _enough(walker, len(runs)):
            walker.flow(None, step.span)
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
    walked = 0
    for row in rows:
        scope = _turn(walker, step, row)
        if scope is None:
            return None
        key = (walker.value.shape, *(exact(scope.names[name]) for name in read))
        region, named = made.get(key, (None, None))
        if region is None or named is not frame.values:
            before = _traces(walker)
            walked += 1
            region = walker.region("turn", step.body.steps, scope=scope)
            if _traces(walker) == before and not any(True for _ in outputs(region.items)):
                made[key] = region, frame.values
        turns.append(region)
        walker.value = region.exit
        if region.exit.shape is None:
            break
        if _enough(walker, walked):
            walker.flow(None, step.span)
            break
    return tuple(turns)


def _enough(walker: Walker, walked: int) -> bool:
    """Whether there is a mistake, so that nothing is built, and so many unlike copies are looked at
    that more tell nothing new."""
    return walked >= _WITH_MISTAKES and has_errors(walker.context.diagnostics)


_WITH_MISTAKES = 1000


def _traces(walker: Walker) -> tuple[object, ...]:
    """What a turn leaves behind besides the value that flows."""
    frame = walker.frame
    named = id(frame.values), len(frame.used_shares), frame.bodies
    return (*named, len(walker.context.diagnostics))


def _turn(walker: Walker, step: t.Loop, row: ArgumentValue) -> Scope | None:
    try:
        return walker.scope.bind(bind_names(step.names, row, step.rows.span))
    except Fault as fault:
        walker.report(*fault.diagnostics)
        return None
