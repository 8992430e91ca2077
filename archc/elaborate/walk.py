"""The one walk over a text's steps: names, arguments and shapes together, since `C` may decide an
`if` or a count. What each kind of step does stands in the modules that register for it."""

from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from types import MappingProxyType
from typing import Any

from archc.diagnostic import Diagnostic
from archc.elaborate.blocks import BlockRef, ForeignRef, PythonRef, Target, layer_target
from archc.elaborate.cures import as_fixes
from archc.elaborate.evaluate import evaluate, truth
from archc.elaborate.faults import Fault, Unknown
from archc.elaborate.frame import Change, Context, Frame
from archc.elaborate.images import meant
from archc.elaborate.names import UNKNOWN, Exhausted, Names, sizes
from archc.elaborate.numbering import key
from archc.elaborate.scope import Scope
from archc.elaborate.trail import shrunk, trail
from archc.errors import composition as composed
from archc.errors import warnings
from archc.errors.base import nearest
from archc.graph import GroupItem, Item, Region, Test, Value
from archc.layers.base import Mismatch
from archc.layers.values import Value as ArgumentValue
from archc.layers.values import Word
from archc.shape import Shape
from archc.source import Span
from archc.syntax import tree as t

Handler = Callable[["Walker", Any], None]
HANDLERS: dict[type, Handler] = {}
"""What does which kind of step; filled by the modules that define them."""


def handles(kind: type) -> Callable[[Handler], Handler]:
    """Registers a function for a kind of step."""

    def register(handler: Handler) -> Handler:
        HANDLERS[kind] = handler
        return handler

    return register


class Walker:
    """A walk along the steps of one region. Behind a mistake the value's shape is unknown and not
    spoken of; with `static` nothing is built and names, keys and kinds alone are checked."""

    def __init__(
        self, context: Context, frame: Frame, scope: Scope, entry: Value, static: bool = False
    ) -> None:
        self.context = context
        self.frame = frame
        self.scope = scope
        self.entry = entry
        self.value = entry
        self.static = static
        self.inner = False
        """Whether what flows on may come by here again: in copies, turns, branches and the like."""
        self.suffix = ""
        self.items: list[Item] = []

    @property
    def x(self) -> Shape | None:
        """The current value's shape."""
        return None if self.static else self.value.shape

    @property
    def names(self) -> Names:
        """What expressions can read here."""
        frame = self.frame
        return Names(
            self.scope.names,
            sizes(self.x, frame.entry.shape),
            frame.values,
            self.block,
            self.context.work,
        )

    def block(self, name: str) -> BlockRef | PythonRef | None:
        """A block or a Python layer of this text's file as a value."""
        return self.frame.file.value(name, self.frame.own)

    def steps(self, steps: Sequence[t.Step]) -> None:
        """Walks along steps."""
        for step, following in zip_longest(steps, steps[1:]):
            try:
                self.context.work.step(step.span)
                HANDLERS[type(step)](self, step)
            except Exhausted as exhausted:
                # The step that holds all others is the one that is too large.
                raise exhausted.at(step.span) from None
            except RecursionError:
                # Where no room is left to say so, the step around this one does.
                raise Exhausted(composed.too_deep(step.span)) from None
            if isinstance(step, t.Repeat):
                self.warn_of_repeat(step, following)

    def warn_of_repeat(self, step: t.Repeat, following: t.Step | None) -> None:
        """`2 * conv 8 | relu` has one activation behind both."""
        if not isinstance(following, t.Call):
            return
        repeated, same_line = step.step, step.span.last[0] == following.span.first[0]
        if not isinstance(repeated, t.Call) or not same_line:
            return
        first, second = (self.resolve(call.name.name) for call in (repeated, following))
        if first and second and first.layer and second.layer and second.layer.follows:
            words = repeated.name.name, following.name.name
            self.report(warnings.repeats_one_layer(following.span, repeated.span, *words))

    def region(
        self,
        kind: Any,
        steps: Sequence[t.Step],
        *,
        scope: Scope | None = None,
        entry: Value | None = None,
        static: bool = False,
    ) -> Region:
        """Walks along a region that stands here; its named values are those of this text."""
        scope = scope or self.scope
        if static:
            scope = scope._replace(names=scope.names.unsettled())
        walker = Walker(
            self.context,
            self.frame.unbuilt() if static else self.frame,
            scope,
            entry or self.value,
            self.static or static,
        )
        walker.suffix = self.suffix
        walker.inner = True
        if kind in ("branch", "share"):
            self.frame.kept.add(walker.entry.id)
        before = self.frame.changes
        labels = self.frame.labels
        if kind in ("turn", "share"):
            self.frame.labels = dict(labels)
        if kind == "turn":
            shares = self.frame.enter_turn()
            walker.steps(steps)
            self.frame.leave_turn(shares)
        else:
            walker.steps(steps)
        if kind in ("turn", "share"):
            self.frame.labels = labels
        if kind == "branch":
            self.frame.changes = before
        site = steps[0].span.to(steps[-1].span) if steps else self.value.site
        return Region(
            kind, site, walker.scope.names, tuple(walker.items), walker.entry, walker.value
        )

    def check_only(self, steps: Sequence[t.Step], scope: Scope | None = None) -> None:
        """Checks what is not built for names, keys and kinds."""
        self.region("group", steps, scope=scope, static=True)

    def flow(self, shape: Shape | None, site: Span) -> Value:
        """Lets a new value flow on."""
        before = self.value.shape
        self.value = self.frame.value(None if self.static else shape, site)
        if before is not None and self.value.shape not in (None, before):
            assert self.value.shape is not None
            earlier = self.frame.changes
            self.frame.changes = Change(site, before, self.value.shape, earlier)
        return self.value

    def report(self, *diagnostics: Diagnostic) -> None:
        """Adds diagnostics, with the calls that led here."""
        for diagnostic in diagnostics:
            labels = (*diagnostic.labels, *self.frame.calls)
            self.context.report(diagnostic._replace(labels=labels))

    def refuse(
        self,
        site: Span,
        mismatch: Mismatch,
        call: t.Call | None = None,
        given: Mapping[str, t.Argument] = MappingProxyType({}),
    ) -> None:
        """Reports what a rule refuses of a step; `given` are the arguments that it says itself."""
        argument = given.get(mismatch.about or "")
        place = argument.span if argument else site
        if self.context.said(place):
            return
        line, shape = self.input_line, self.x
        image = meant(line, shape) if line and shape and mismatch.shrank else None
        fix = image.fix if image else None
        changes = self.frame.changes
        made = changes.site if changes and changes.after == self.value.shape else None
        self.report(
            Diagnostic(
                mismatch.code,
                "error",
                mismatch.message,
                place,
                trail(self.frame.entry, changes) if mismatch.trail else (),
                f"write `{image.shape}`: {image.why}" if image and fix else mismatch.help,
                mismatch.note + (shrunk(changes, site) if mismatch.shrank else ""),
                (fix,) if fix else as_fixes(mismatch.cures, site, call, given, line, made),
            )
        )

    @property
    def input_line(self) -> Span | None:
        """The `input` line of the value that arrives, if nothing has changed it."""
        site = self.entry.site
        unchanged = self.value is self.entry and not self.frame.calls and not self.inner
        return site if unchanged and site.text.startswith("input") else None

    def evaluate(self, expr: t.Expr) -> ArgumentValue:
        """An expression's value, UNKNOWN behind a mistake, which is reported here if it is one of
        the expression itself."""
        try:
            return evaluate(expr, self.names)
        except Fault as fault:
            self.report(*fault.diagnostics)
        except Unknown:
            pass
        return UNKNOWN

    def truth(self, expr: t.Expr) -> bool | Word:
        """Whether a condition holds; UNKNOWN behind a mistake, which is reported."""
        value = self.evaluate(expr)
        if value is UNKNOWN:
            return UNKNOWN
        try:
            return truth(expr.span, value)
        except Fault as fault:
            self.report(*fault.diagnostics)
            return UNKNOWN

    def name_of(self, step: t.Step) -> str:
        """The part's name in its container."""
        name = self.frame.numbers.names[key(step)]
        return name + self.suffix if name else name

    def refuse_second(self, step: t.Step, label: t.Name) -> None:
        """A label, or a share's name, that another part of the same container has."""
        before = self.frame.numbers.before.get(key(step))
        if before is not None:
            self.report(composed.label_twice(label.span, label.name, before))

    def resolve(self, word: str) -> Target | None:
        """What a word stands for here; None for an unknown one."""
        value = self.scope.names.get(word) or self.block(word)
        if isinstance(value, BlockRef):
            return Target(None, value.definition)
        if isinstance(value, PythonRef):
            return Target(None, None, ForeignRef(value, value.cls))
        if isinstance(value, Word) and value is not UNKNOWN:
            definition = self.frame.file.find(value)
            return Target(None, definition) if definition else layer_target(value)
        return layer_target(word)

    def parameters_of(self, word: str) -> tuple[str, ...] | None:
        """The parameters of a layer or block; None where any key may do."""
        target = self.resolve(word)
        if target is not None and target.layer is not None:
            return tuple(parameter.name for parameter in target.layer.parameters)
        if target is None or target.definition is None:
            return None
        block = target.definition.block
        if block.alias is not None or any(parameter.rest for parameter in block.parameters):
            return None
        return tuple(parameter.name.name for parameter in block.parameters)

    def no_value(self, site: Span, name: str) -> Value | None:
        """Reports a named value that is not there; gives the one that was most likely meant."""
        known = tuple(self.frame.values)
        self.report(composed.unknown_value(site, name, known))
        self.frame.taken.add(name)  # what is named so further down was meant to be taken up here
        meant = nearest(name, known)
        return self.frame.find(meant) if meant else None

    def named_later(self, name: str) -> bool:
        """Whether what is not built reads what a later turn of its loop may have named, or what is
        inside of a part."""
        part, dot, _ = name.partition(".")
        known = part in self.frame.later or (dot and part in self.frame.numbers.names.values())
        return self.static and bool(known)


def content(step: t.Step) -> tuple[t.Step, ...]:
    """The steps in a group; any other step is the only one."""
    return step.steps if isinstance(step, t.Group) else (step,)


def append_group(
    walker: Walker,
    site: Span,
    steps: Sequence[t.Step],
    kind: Any,
    name: str | None,
    test: Test | None = None,
) -> None:
    """A group whose value flows on."""
    entry = walker.value
    region = walker.region(kind, steps)
    walker.value = region.exit
    walker.items.append(GroupItem(site, name, entry, region, region.exit, test))
