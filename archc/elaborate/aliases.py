"""`block a = step`: a step under a name, with some of its arguments given."""

from collections.abc import Mapping, Sequence
from typing import Any

from archc.elaborate.arguments import Slot, match
from archc.elaborate.blocks import Definition, Target
from archc.elaborate.evaluate import Evaluated, evaluate
from archc.elaborate.faults import Fault, Unknown
from archc.elaborate.frame import MAX_DEPTH, Frame
from archc.elaborate.guesses import unknown_step
from archc.elaborate.names import Names
from archc.elaborate.numbering import Numbers
from archc.elaborate.scope import Scope
from archc.elaborate.walk import Walker
from archc.errors import composition as errors
from archc.layers import LAYERS
from archc.layers.base import Parameter
from archc.syntax import tree as t


def meant(
    walker: Walker, step: t.Call, definition: Definition, alias: t.Call
) -> tuple[t.Call, Target] | None:
    """The call that a call of an alias stands for: the alias's arguments, then those of the call
    for what they leave unset. None behind a mistake, which is reported here."""
    endless = _endless(definition)
    if endless is not None:
        walker.context.report(errors.too_deep(endless.span, MAX_DEPTH))
        return None
    place = Walker(
        walker.context,
        Frame(definition.file, Numbers({}, {}), walker.frame.entry, definition.block.name.name),
        Scope(definition.file.names, definition.file.defaults_before(definition.block.span.start)),
        walker.value,
        walker.static,
    )
    target = place.resolve(alias.name.name)
    if target is None:
        walker.report(unknown_step(place, alias).diagnostic)
        return None
    slots = _slots(target, place)
    if slots is None:
        first = (_evaluated(argument, place.names) for argument in alias.arguments)
        return step._replace(name=alias.name, arguments=(*first, *step.arguments)), target
    own = match(alias, slots, place.names, takes_rest=True)
    for diagnostic in own.diagnostics:
        if diagnostic.code != "E0204":  # the call may give what is missing
            walker.report(diagnostic)
    preset = {
        arg: _evaluated(argument, place.names)
        for arg, argument in {**own.given, **own.rest}.items()
    }
    left = [slot for slot in slots if slot.name not in preset]
    given = match(step, left, walker.names, takes_rest=True)
    arguments = {**preset, **given.given, **given.rest}
    for diagnostic in given.diagnostics:
        walker.report(diagnostic)
    merged = step._replace(
        name=alias.name, arguments=tuple(_keys(arguments)), body=step.body or alias.body
    )
    return merged, target


def _slots(target: Target, place: Walker) -> Sequence[Slot | Parameter] | None:
    """The parameters that a call of the target can name by place; None where only Python knows
    them."""
    if target.layer is not None:
        return target.layer.parameters
    if target.foreign is not None:
        return None
    assert target.definition is not None
    block = target.definition.block
    if not isinstance(block.alias, t.Call) or block.parameters:
        return block_slots(block)
    known = place.context.left
    if id(block) not in known:
        known[id(block)] = _left(target.definition, block.alias, place)
    found: Sequence[Slot | Parameter] | None = known[id(block)]
    return found


def _left(
    definition: Definition, alias: t.Call, place: Walker
) -> Sequence[Slot | Parameter] | None:
    """What an alias leaves of the parameters of its step."""
    inner = Walker(
        place.context,
        Frame(definition.file, Numbers({}, {}), place.frame.entry, definition.block.name.name),
        Scope(definition.file.names),
        place.value,
        True,
    )
    further = inner.resolve(alias.name.name)
    if further is None:
        return []
    slots = _slots(further, inner)
    if slots is None:
        return None
    own = match(alias, slots, inner.names, takes_rest=True)
    return [slot for slot in slots if slot.name not in own.given]


def block_slots(block: t.Block) -> list[Slot]:
    """A block's parameters, `..rest` apart."""
    return [
        Slot(p.name.name, p.default is None, "a parameter of the block")
        for p in block.parameters
        if not p.rest
    ]


def _evaluated(argument: t.Argument, names: Names) -> t.Argument:
    inner: Any = argument.value
    if not isinstance(inner, Evaluated):
        try:
            inner = Evaluated(argument.span, evaluate(argument.value, names))
        except (Fault, Unknown):
            return argument
    return argument._replace(value=inner)


def _keys(arguments: Mapping[str, t.Argument]) -> list[t.Argument]:
    return [argument._replace(form="key", name=name) for name, argument in arguments.items()]


def _endless(definition: Definition) -> t.Block | None:
    """The first block of a circle of aliases."""
    seen: dict[int, t.Block] = {}
    place: Definition | None = definition
    while place is not None and isinstance(place.block.alias, t.Call):
        if id(place.block) in seen:
            return min(seen.values(), key=lambda block: block.span.start)
        seen[id(place.block)] = place.block
        word = place.block.alias.name.name
        own = word == place.block.name.name and word in LAYERS
        place = None if own else place.file.find(word)
    return None
