"""`windows p { ... }`: a map in windows of tokens, a body that works on them, and the map again."""

from archc.elaborate.arguments import Slot, find, match
from archc.elaborate.faults import Fault, Unknown
from archc.elaborate.misfits import unfit_value
from archc.elaborate.walk import Walker
from archc.errors import composition as errors
from archc.graph import Window, WindowItem
from archc.layers.base import Mismatch
from archc.layers.kinds import Kind, PerPosition, Unfit, YesNo
from archc.layers.settled import needs_number, refuse_large
from archc.layers.values import Value
from archc.shape import Shape, describe
from archc.symbolic import Undecided, product
from archc.syntax import tree as t
from archc.tuples import NamedTuple

_SLOTS = (
    Slot("p", True, "side of a window"),
    Slot("s", False, "shift of the windows"),
    Slot("grid", False, "whether a window's positions are spread evenly over the map"),
)
_KINDS: dict[str, Kind] = {"p": PerPosition(1), "s": PerPosition(0), "grid": YesNo()}


class _Said(NamedTuple):
    sides: tuple[int, int]
    shift: tuple[int, int]
    grid: bool


def windows(walker: Walker, step: t.Call, body: t.Group) -> None:
    """A map in windows: their body sees tokens."""
    said = _arguments(walker, step)
    x = walker.x
    if said is None or x is None:
        walker.check_only(body.steps)
        walker.flow(None, step.span)
        return
    if x.rank != 2 or x.layout not in ("first", "last"):
        message = f"`windows` takes a map, got {describe(x)}"
        walker.refuse(step.name.span, Mismatch("E0301", message, trail=True))
        walker.check_only(body.steps)
        walker.flow(None, step.span)
        return
    try:
        window = _placed(x, said)
        tokens = Shape((product(window.sides), x.channels), "last")
        refuse_large("a window", tokens.dims)
    except Mismatch as mismatch:
        walker.refuse(step.span, mismatch)
        walker.check_only(body.steps)
        walker.flow(None, step.span)
        return
    except Undecided:
        walker.refuse(step.name.span, needs_number("a shift of `windows`", x))
        walker.check_only(body.steps)
        walker.flow(None, step.span)
        return
    entry = walker.value
    start = walker.frame.value(tokens, step.name.span)
    outer, walker.frame.window = walker.frame.window, window
    region = walker.region("group", body.steps, entry=start)
    walker.frame.window = outer
    exit_ = region.exit.shape
    if exit_ is not None and (exit_.layout != "last" or exit_.dims[:-1] != tokens.dims[:-1]):
        walker.report(errors.other_tokens(body.span, str(tokens), describe(exit_)))
        exit_ = None
    out = walker.flow(None if exit_ is None else x.replace_channels(exit_.channels), step.span)
    walker.items.append(WindowItem(step.span, window, entry, region, out))


def _placed(x: Shape, said: _Said) -> Window:
    """A window as it comes to lie: where one is as large as the padded map, nothing is shifted.
    Raises Undecided where an open size does not tell."""
    counts = tuple(-(-size // side) for size, side in zip(x.positions, said.sides, strict=True))
    shift = tuple(s if s and count > 1 else 0 for s, count in zip(said.shift, counts, strict=True))
    return Window(said.sides, (shift[0], shift[1]), said.grid, product(counts))


def _arguments(walker: Walker, step: t.Call) -> _Said | None:
    overrides = walker.scope.overrides("windows")
    matched = match(step, _SLOTS, walker.names, overrides)
    for diagnostic in matched.diagnostics:
        walker.report(diagnostic)
    if matched.diagnostics:
        return None
    read: dict[str, object] = {"s": (0, 0), "grid": False}
    for slot in _SLOTS:
        value: Value = None
        try:
            arg = find(slot.name, matched.given, walker.names, overrides)
            if arg is not None:
                value = arg.value
                read[slot.name] = _KINDS[slot.name].read(value, 2)
        except Fault as fault:
            walker.report(*fault.diagnostics)
            return None
        except Unknown:
            return None
        except Unfit as unfit:
            place = matched.given[slot.name].value.span if slot.name in matched.given else step.span
            walker.report(unfit_value("windows", slot.name, place, value, unfit))
            return None
    return _Said(_pair(read["p"]), _pair(read["s"]), bool(read["grid"]))


def _pair(sides: object) -> tuple[int, int]:
    assert isinstance(sides, tuple)
    return sides[0], sides[1]
