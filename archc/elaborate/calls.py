"""Calls: a step by its word, and blocks with their parameters."""

from collections.abc import Mapping, Sequence

from archc.diagnostic import Diagnostic, Label
from archc.elaborate.aliases import block_slots, meant
from archc.elaborate.arguments import at_missing_pipe, find, match
from archc.elaborate.blocks import Definition, Target
from archc.elaborate.bodies import build_body, check_body
from archc.elaborate.composition import use_share
from archc.elaborate.evaluate import Evaluated, evaluate
from archc.elaborate.faults import Fault, Unknown
from archc.elaborate.frame import MAX_DEPTH, Frame
from archc.elaborate.guesses import unknown_step
from archc.elaborate.names import UNKNOWN, Names, exact, sizes
from archc.elaborate.placing import place_layer
from archc.elaborate.scope import Closure, Rest, Scope
from archc.elaborate.walk import Walker, handles
from archc.elaborate.windows import windows
from archc.errors import composition as errors
from archc.errors.steps import missing_pipe
from archc.graph import Arg, CallItem, Hand, Item, Region, Value, outputs
from archc.layers.values import Ref
from archc.layers.values import Value as ArgumentValue
from archc.syntax import tree as t

Elaborated = tuple[Region, tuple[str, ...]]
"""A block's region, and the network's inputs that it reads."""


@handles(t.Call)
def call(walker: Walker, step: t.Call) -> None:
    """A step by its word."""
    word = step.name.name
    # Outside of blocks `body` is no step.
    if word == "body" and (walker.static or walker.frame.calls or walker.scope.body):
        build_body(walker, step)
    elif word == "windows" and step.body is not None and walker.resolve(word) is None:
        windows(walker, step, step.body)
    elif word in walker.frame.shares and word not in walker.scope.names:
        use_share(walker, step, walker.frame.shares[word])
    elif walker.scope.names.get(word) is UNKNOWN:
        walker.flow(None, step.span)
    else:
        target = walker.resolve(word)
        if target is None and walker.frame.file.may_have(word):
            walker.flow(None, step.span)
        elif target is None:
            guess = unknown_step(walker, step)
            walker.report(guess.diagnostic)
            build_as_if(walker, guess.call, guess.target, guess.sure)
        else:
            build(walker, step, target, walker.name_of(step))


def build(walker: Walker, step: t.Call, target: Target, name: str, in_text: bool = True) -> None:
    """A layer or a block, called. `in_text` says that the step is a part of the tree."""
    place = at_missing_pipe(step, walker.names) if target.definition is None else None
    if place is not None:
        two_steps(walker, step, target, place)
        return
    if target.layer is not None:
        place_layer(walker, step, target.layer, name, in_text)
        return
    if target.foreign is not None:
        from archc.elaborate.foreign import foreign  # few networks have one

        foreign(walker, step, target.foreign, name)
        return
    assert target.definition is not None
    alias = target.definition.block.alias
    if not isinstance(alias, t.Call) or target.definition.block.parameters:
        call_block(walker, step, target.definition, name)
        return
    walker.context.work.step(step.span)
    meaning = meant(walker, step, target.definition, alias)
    if meaning is None:
        walker.flow(None, step.span)
    else:
        build(walker, *meaning, name, in_text=False)


_OF_THE_GUESS = ("E0203", "E0204", "E0205", "E0210", "E0211", "E0225", "E0236", "E03")
"""Codes of mistakes that may be none where a step is something else than it was taken for."""


def build_as_if(walker: Walker, step: t.Call, target: Target | None, sure: bool = False) -> None:
    """Goes on behind an unknown step as if it were what it most likely means, unless its arguments
    do not fit that: nothing is said of a guess that is not `sure`."""
    x, context = walker.x, walker.context
    if target is None:
        bound = match(step, (), walker.names, takes_rest=True)
        for argument in bound.rest.values():
            walker.evaluate(argument.value)
        walker.flow(None, step.span)
        return
    before = len(context.diagnostics)
    build(walker, step, target, "", in_text=False)
    said = context.diagnostics[before:]
    doubtful = [] if sure else [d for d in said if _within(d, step)]
    guessed = [d for d in doubtful if d.code.startswith(_OF_THE_GUESS)]
    if guessed or x is None:
        context.diagnostics[before:] = [d for d in said if d not in guessed]
        walker.flow(None, step.span)


def _within(diagnostic: Diagnostic, step: t.Call) -> bool:
    source, start, end = step.span
    place = diagnostic.span
    return place.source == source and start <= place.start and place.end <= end


def two_steps(walker: Walker, step: t.Call, target: Target, place: int | None) -> None:
    """A step with the word of another among its values: the `|` between them is missing. There may
    be many such words in a line."""
    meant: Target | None = target
    while meant is not None and place is not None:
        word = step.arguments[place].value
        assert isinstance(word, t.Name)
        walker.report(missing_pipe(word.span, step.name.name, word.name))
        first = step.arguments[:place]
        site = step.name.span.to(first[-1].span) if first else step.name.span
        build(walker, t.Call(site, step.name, first, None), meant, "", in_text=False)
        step = t.Call(word.span.to(step.span), word, step.arguments[place + 1 :], step.body)
        meant = walker.resolve(word.name) or unknown_step(walker, step).target
        layer = meant is not None and meant.definition is None
        place = at_missing_pipe(step, walker.names) if layer else None
    build_as_if(walker, step, meant, sure=True)


def call_block(walker: Walker, step: t.Call, definition: Definition, name: str) -> None:
    """A block with parameters and a body of its own."""
    check_body(walker, step, definition)
    args, rest = block_arguments(walker, step, definition.block)
    if args is None or walker.x is None:
        if step.body is not None:
            walker.check_only(step.body.steps)
        walker.flow(None, step.span)
        return
    label = Label(step.name.span, f"`{definition.block.name.name}` is called here")
    if len(walker.frame.calls) >= MAX_DEPTH:
        walker.context.report(errors.too_deep(step.span, MAX_DEPTH))
        walker.flow(None, step.span)
        return
    values = _passed_values(walker, args)
    if values is None:
        walker.flow(None, step.span)
        return
    wanted = _wanted(walker, name)
    region, implicit = _region(walker, step, definition, args, rest, values, label, wanted)
    for put in implicit:
        found = walker.frame.find(put)
        assert found is not None
        args[put], values[put] = Arg(Ref(put), None, "step"), found
    entry = walker.value
    out = walker.flow(region.exit.shape, step.span)
    handed = _handed(walker, name, region)
    if any(hand.value.id == region.exit.id for hand in region.hands):
        walker.frame.kept.add(out.id)
    walker.items.append(
        CallItem(
            step.span, name, definition.block, args, values, entry, region, out,
            step.body is not None, handed,
        )
    )  # fmt: skip


def _wanted(walker: Walker, name: str) -> tuple[str, ...]:
    """The names of values inside of a part that this text or its callers read."""
    prefix = f"{name}."
    names = walker.frame.wanted if name else frozenset()
    return tuple(sorted(n.removeprefix(prefix) for n in names if n.startswith(prefix)))


def _handed(walker: Walker, name: str, region: Region) -> tuple[Hand, ...]:
    """The values that a region hands out as values of the text that calls it."""
    handed = tuple(
        hand._replace(value=walker.frame.value(hand.value.shape, hand.value.site))
        for hand in region.hands
    )
    for hand in handed:
        if hand.output is None:
            walker.frame.name(f"{name}.{hand.name}", hand.value)
    return handed


def block_arguments(
    walker: Walker, step: t.Call, block: t.Block
) -> tuple[dict[str, Arg] | None, Rest]:
    """The arguments of a block by its parameters; None where one is mistaken or unknown."""
    slots = block_slots(block)
    walker.context.work.compute(len(slots), step.span)
    overrides = walker.scope.overrides(block.name.name)
    takes_rest = any(parameter.rest for parameter in block.parameters)
    matched = match(step, slots, walker.names, overrides, takes_rest=takes_rest)
    for diagnostic in matched.diagnostics:
        walker.report(diagnostic)
    args: dict[str, Arg] = {}
    complete = matched.clear
    rest: list[tuple[str, ArgumentValue]] = []
    given = {**matched.given, **matched.rest}
    for slot in (*(slot.name for slot in slots), *matched.rest):
        try:
            arg = find(slot, given, walker.names, overrides)
        except Fault as fault:
            walker.report(*fault.diagnostics)
            complete = False
            continue
        except Unknown:
            complete = False
            continue
        if arg is not None and slot in matched.rest:
            rest.append((slot, arg.value))
        elif arg is not None:
            args[slot] = arg
    places = {name: argument.span for name, argument in matched.rest.items()}
    passed: list[object] = [argument.value for argument in matched.rest.values()]
    earlier = (name for v in passed if isinstance(v, Evaluated) for name in v.others)
    others = tuple(dict.fromkeys((*earlier, *(slot.name for slot in slots))))
    return (args if complete else None), Rest(tuple(rest), places, others)


def _passed_values(walker: Walker, args: Mapping[str, Arg]) -> dict[str, Value] | None:
    """The caller's values that arguments name."""
    found: dict[str, Value] = {}
    for name, arg in args.items():
        if isinstance(arg.value, Ref):
            value = walker.frame.find(arg.value.name)
            if value is None:
                place = arg.expr.span if arg.expr else walker.value.site
                value = walker.no_value(place, arg.value.name)
            if value is None or value.shape is None:
                return None
            found[name] = value
    return found


def _region(
    walker: Walker,
    step: t.Call,
    definition: Definition,
    args: dict[str, Arg],
    rest: Rest,
    values: Mapping[str, Value],
    label: Label,
    wanted: tuple[str, ...],
) -> Elaborated:
    """The block's region for these arguments, elaborated once for equal calls."""
    known = (
        id(definition.block),
        len(walker.context.work.settled),
        tuple((name, exact(arg.value)) for name, arg in args.items()),
        exact(rest),
        walker.x,
        tuple((name, value.shape) for name, value in values.items()),
        walker.scope.withs.keys,
        walker.frame.window or walker.frame.outer_window,
        wanted,
    )
    regions = walker.context.regions
    if step.body is None and known in regions:
        return regions[known]
    text = definition.file.text(definition.block)
    frame = Frame(
        definition.file,
        text.numbers,
        # A body's values and those around it stand in one text: they are numbered together.
        Value(0, walker.x, step.span) if step.body is None else walker.value,
        definition.block.name.name,
        (*walker.frame.calls, label),
        walker.frame.ids if step.body is not None else None,
    )
    frame.changes = walker.frame.changes
    frame.inputs = walker.frame.inputs
    frame.later = text.tapped
    frame.wanted = text.dotted.union(wanted)
    around = walker.frame.window or walker.frame.outer_window
    if step.body is None:
        frame.outer_window = around
    else:
        frame.window = around
    scope = _scope(walker, step, definition, args, rest, frame)
    for name, value in values.items():
        frame.name(name, frame.value(value.shape, value.site))
    inner = Walker(walker.context, frame, scope, frame.entry, walker.static)
    inner.steps(text.steps)
    region = Region(
        "block",
        definition.block.span,
        inner.scope.names,
        tuple(inner.items),
        inner.entry,
        inner.value,
        () if walker.static else _hands(frame, wanted, inner.items),
    )
    made = region, tuple(frame.implicit)
    if step.body is None:
        regions[known] = made
    return made


def _hands(frame: Frame, wanted: tuple[str, ...], items: Sequence[Item]) -> tuple[Hand, ...]:
    """What a block's region hands out: values that callers read, and outputs of the network."""
    named = [(name, frame.find(name)) for name in wanted]
    read = [Hand(name, value) for name, value in named if value is not None]
    return (*read, *(Hand(item.name, item.value, item) for item in outputs(items)))


def _scope(
    walker: Walker,
    step: t.Call,
    definition: Definition,
    args: dict[str, Arg],
    rest: Rest,
    frame: Frame,
) -> Scope:
    """The names in a block: its file's, then its parameters; defaults may read `C` and earlier
    parameters. The defaults that count are added to `args`."""
    block = definition.block
    names: dict[str, ArgumentValue] = {}
    outer, here = definition.file.names, sizes(walker.x, walker.x)
    place = Names(outer, here, None, definition.file.value, walker.context.work).bind(names)
    for parameter in block.parameters:
        name = parameter.name.name
        if parameter.rest:
            names[name] = rest
        elif name in args:
            value = args[name].value
            names[name] = Ref(name) if isinstance(value, Ref) else value
        elif parameter.default is not None:
            try:
                value = evaluate(parameter.default, place)
                args[name] = Arg(value, parameter.default, "layer")
            except Fault as fault:
                walker.report(*fault.diagnostics)
                value = UNKNOWN
            except Unknown:
                value = UNKNOWN
            names[name] = value
    closure = (
        Closure(step.body, walker.scope, walker.frame, walker.suffix)
        if step.body is not None
        else None
    )
    defaults = definition.file.defaults_before(block.span.start)
    return Scope(outer.bind(names), defaults, walker.scope.withs, closure)
