"""Steps that build nothing themselves: names, defaults, taps, outputs, braces."""

from typing import Any

from archc.elaborate.arguments import spread
from archc.elaborate.misfits import unknown_key
from archc.elaborate.names import UNKNOWN, Later, exact
from archc.elaborate.overrides import Given
from archc.elaborate.walk import Walker, append_group, handles
from archc.errors import warnings
from archc.errors.composition import unnamed
from archc.graph import OutputItem, RecallItem, TapItem
from archc.layers.values import Ref
from archc.syntax import tree as t


@handles(t.Broken)
def broken(walker: Walker, step: t.Broken) -> None:
    """What could not be read: what flows behind it is unknown, and what it was to name."""
    walker.context.broken = True
    value = walker.flow(None, step.span)
    walker.scope = walker.scope.bind(dict.fromkeys(step.names, UNKNOWN))
    for name in step.names:
        walker.frame.name(name, value)


@handles(t.Let)
def let(walker: Walker, step: t.Let) -> None:
    """A name for the rest of the scope; at the top of a file, for its blocks too."""
    named = {step.name.name: walker.evaluate(step.value)}
    walker.scope = walker.scope.bind(named)
    awaited = walker.frame.file.names.get(step.name.name)
    if isinstance(awaited, Later) and awaited.let is step:
        walker.context.work.settled[awaited] = named[step.name.name]


@handles(t.Default)
def default(walker: Walker, step: t.Default) -> None:
    """Arguments for the steps of a word that are written below."""
    given = arguments_for(walker, step, "default")
    walker.scope = walker.scope._replace(defaults=walker.scope.defaults.add(given))


def arguments_for(walker: Walker, step: t.Default | t.With, source: Any) -> Given:
    """The arguments that a `default` or `with` gives, by name."""
    word, names = step.name.name, walker.names
    named: dict[str, t.Argument] = {}
    known = walker.parameters_of(word)
    for place, argument in enumerate(spread(step.arguments, names)):
        if argument.name is None:
            meant = known[place] if known is not None and place < len(known) else None
            walker.report(unnamed(argument.span, meant))
        elif known is not None and argument.name not in known:
            walker.report(unknown_key(argument, word, argument.name, known)[0])
        else:
            named[argument.name] = argument
    reads = walker.context.names_in(step.arguments)
    key = (id(step), *(exact(names.get(name)) for name in sorted(reads)))
    return Given(source, word, named, walker.scope.names, key)


@handles(t.Tap)
def tap(walker: Walker, step: t.Tap) -> None:
    """A name for the value here."""
    if step.step is not None:
        walker.steps([step.step])
    name = step.name.name
    walker.frame.name(name, walker.value)
    walker.frame.named[name] = step.name.span
    walker.items.append(TapItem(step.span, name, walker.value))


@handles(t.Recall)
def recall(walker: Walker, step: t.Recall) -> None:
    """Takes up a named value in place of the current one."""
    name = step.name
    bound = walker.scope.names.get(name)
    value = walker.frame.find(bound.name if isinstance(bound, Ref) else name)
    if value is None:
        meant = None if walker.named_later(name) else walker.no_value(step.span, name)
        walker.flow(meant.shape if meant else None, step.span)
        return
    dropped = walker.value
    if dropped.shape is not None and dropped.id not in walker.frame.kept and not walker.static:
        walker.report(warnings.dropped(step.span, name))
    walker.value = value
    walker.items.append(RecallItem(step.span, name, value))


@handles(t.Output)
def output(walker: Walker, step: t.Output) -> None:
    """The value here is an output too."""
    walker.frame.kept.add(walker.value.id)
    walker.items.append(OutputItem(step.span, step.name.name, step.train, walker.value))


@handles(t.Group)
def group(walker: Walker, step: t.Group) -> None:
    """Steps in braces."""
    append_group(walker, step.span, step.steps, "group", None)
