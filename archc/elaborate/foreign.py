"""Modules of others as steps: their arguments are matched with the parameters that their class
turns out to have, and their shape is asked for."""

from collections.abc import Mapping, Sequence
from keyword import iskeyword
from math import isfinite

from archc.diagnostic import Diagnostic
from archc.elaborate.arguments import Slot, find, match, spread
from archc.elaborate.blocks import BlockRef, ForeignRef, PythonRef
from archc.elaborate.faults import Fault, Unknown
from archc.elaborate.overrides import Given
from archc.elaborate.walk import Walker
from archc.errors import foreign as errors
from archc.errors import names as name_errors
from archc.errors import steps as step_errors
from archc.graph import Arg, LayerItem
from archc.layers.base import Mismatch
from archc.layers.foreign import Foreign, UnknownShape
from archc.layers.values import OPEN, Init, Ref, Value, kind_of
from archc.probe import (
    CONTAINERS,
    LOSSES,
    TORCH_MODULES,
    Construction,
    Plain,
    PythonClass,
    Refused,
    Signature,
)
from archc.source import Span
from archc.symbolic import Open
from archc.syntax import tree as t
from archc.tuples import NamedTuple

_TAKES = "a number, `yes` or `no`, `none`, a text or a list of these"


class _Given(NamedTuple):
    """A step's arguments by the parameters of its class, or by place where these are not known:
    the first of `args` are `values`, the others `keys`."""

    args: Mapping[str, Arg]
    values: tuple[Plain, ...]
    keys: tuple[tuple[str, Plain], ...]
    takes: frozenset[str]
    """The parameters of the class, as far as they are known."""


class _Unfit(Exception):
    """A value that Python text cannot hold."""


def foreign(walker: Walker, step: t.Call, meant: ForeignRef, name: str) -> None:
    """A module of others in the pipe."""
    if step.body is not None:
        walker.report(step_errors.no_body(step.body.span, step.name.name))
    cls, x = meant.cls, walker.x
    given = _given(walker, step, meant.word, cls) if cls is not None else None
    if cls is None or given is None or x is None:
        walker.flow(None, step.span)
        return
    made = Construction(cls, given.values, given.keys)
    layer = Foreign(
        called=meant.word, made=made, origins=tuple(given.args), ask=walker.context.probe.run
    )
    try:
        shape = layer.shape(x)
    except Mismatch as mismatch:
        if isinstance(mismatch, UnknownShape):
            walker.report(errors.shape_unknown(step.span, meant.word, mismatch.message))
        else:
            walker.refuse(step.span, mismatch, step)
        walker.flow(None, step.span)
        return
    if x.layout == "last" and "batch_first" in given.takes - given.args.keys():
        walker.report(errors.batch_second(step.span, meant.word))
    inputs = {"x": walker.value}
    out = walker.flow(shape, step.span)
    walker.items.append(LayerItem(step.span, meant.word, name, layer, given.args, inputs, out))


def _given(walker: Walker, step: t.Call, word: str, cls: PythonClass) -> _Given | None:
    """The arguments of a step; None where one is mistaken or unknown."""
    problem = _no_step(step.name.span, word, cls)
    signature = walker.context.probe.signature(cls) if problem is None else None
    known_here = not cls.of_torch or cls.name in TORCH_MODULES
    if problem is None and not known_here and not isinstance(signature, Signature):
        known = tuple(f"nn.{name}" for name in TORCH_MODULES)
        problem = step_errors.unknown_step(step.name.span, word, known)
    if problem is not None:
        walker.report(problem)
    # What is wrong with a Python layer is said where it is brought.
    if problem is not None or isinstance(signature, Refused):
        return None
    return _arguments(walker, step, word, signature if isinstance(signature, Signature) else None)


def _no_step(place: Span, word: str, cls: PythonClass) -> Diagnostic | None:
    """What modules of torch are known to be without asking."""
    if cls.of_torch and cls.name in CONTAINERS:
        instead = "steps are put together by `|`, `{ }`, `3 * ...` and blocks"
        return errors.no_step(place, word, "which is a container", instead)
    if cls.of_torch and cls.name in LOSSES:
        instead = "`train { loss ... }` names the loss"
        return errors.no_step(place, word, "which is a loss", instead)
    return None


def _arguments(
    walker: Walker, step: t.Call, word: str, signature: Signature | None
) -> _Given | None:
    """The arguments by the parameters of the class; without them all is taken as it comes."""
    if signature is not None and signature.parameters is not None:
        slots = [
            Slot(name, required, "as its class says") for name, required in signature.parameters
        ]
        further = signature.further
    else:
        forms = [argument.form for argument in spread(step.arguments, walker.names)]
        slots = [Slot(str(place), False, "") for place in range(1, forms.count("place") + 1)]
        further = True
    overrides = walker.scope.overrides(word)
    found = match(step, slots, walker.names, overrides, takes_rest=further)
    for diagnostic in found.diagnostics:
        walker.report(diagnostic)
    given = {**found.given, **found.rest}
    placed = [name for name, argument in found.given.items() if argument.form == "place"]
    others = (name for override in overrides for name in override.arguments)
    args: dict[str, Arg] = {}
    plain: dict[str, Plain] = {}
    complete = not found.diagnostics
    for name in dict.fromkeys((*placed, *given, *others)):
        read = _argument(walker, step, word, name, given, overrides)
        if read is None:
            complete = False
        else:
            args[name], plain[name] = read
    if not complete:
        return None
    values = tuple(plain.pop(name) for name in placed)
    takes = frozenset(slot.name for slot in slots)
    return _Given(args, values, tuple(plain.items()), takes)


def _argument(
    walker: Walker,
    step: t.Call,
    word: str,
    name: str,
    given: Mapping[str, t.Argument],
    overrides: Sequence[Given],
) -> tuple[Arg, Plain] | None:
    """An argument and its value in Python; None behind a mistake."""
    in_place = name in given and given[name].form == "place"
    if not in_place and (not name.isidentifier() or iskeyword(name)):
        place = given[name].span if name in given else step.name.span
        walker.report(name_errors.unknown_argument(place, word, name, (), None))
        return None
    try:
        arg = find(name, given, walker.names, overrides)
    except Fault as fault:
        walker.report(*fault.diagnostics)
        return None
    except Unknown:
        return None
    assert arg is not None
    try:
        return arg, _plain(arg.value)
    except _Unfit:
        place = given[name].value.span if name in given else step.name.span
        walker.report(name_errors.wrong_kind(place, word, name, _TAKES, kind_of(arg.value)))
        return None


def _plain(value: Value) -> Plain:
    """A value of a spec in Python; a bare word is a text there. Raises _Unfit."""
    if isinstance(value, tuple) and not isinstance(value, Init | Ref):
        return tuple(map(_plain, value))
    if isinstance(value, Init | Ref | BlockRef | PythonRef | Open) or value == OPEN:
        raise _Unfit
    if isinstance(value, float) and not isfinite(value):
        raise _Unfit
    return str(value) if isinstance(value, str) else value
