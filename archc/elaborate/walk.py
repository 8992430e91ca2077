"""The one walk over a file's steps: names, arguments and shapes together, since `C` may stand in an
argument."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from archc.diagnostic import Diagnostic
from archc.elaborate.arguments import Bound, bind
from archc.elaborate.evaluate import UNKNOWN
from archc.elaborate.inputs import Entry
from archc.elaborate.trail import trail
from archc.errors import names as errors
from archc.graph import LayerItem, Region, Value
from archc.layers import ALIASES, LAYERS
from archc.layers.base import Layer, Mismatch
from archc.layers.values import Value as ArgumentValue
from archc.layers.values import Word
from archc.shape import Shape, describe
from archc.source import Span
from archc.syntax import tree as t


class Walked(NamedTuple):
    """A region and what is wrong in it."""

    region: Region
    diagnostics: tuple[Diagnostic, ...]


def walk(site: Span, steps: Sequence[t.Step | t.Broken], entry: Entry) -> Walked:
    """Elaborates a file's steps. Behind a mistake shapes are unknown and not spoken of."""
    walker = _Walker(entry)
    for step in steps:
        walker.step(step)
    region = Region("file", site, tuple(walker.items), walker.entry, walker.value)
    return Walked(region, tuple(walker.diagnostics))


class _Walker:
    """What the walk has seen so far."""

    def __init__(self, entry: Entry) -> None:
        self.entry = Value(0, entry.shape, entry.site)
        self.value = self.entry
        self.items: list[LayerItem] = []
        self.diagnostics: list[Diagnostic] = []
        self.words: Counter[str] = Counter()

    def step(self, step: t.Step | t.Broken) -> None:
        if isinstance(step, t.Call):
            self.call(step)
        elif isinstance(step, t.Broken):
            self.flow(None, step.span)
        else:
            self.diagnostics.append(errors.not_yet(_head(step), _CONSTRUCTS[type(step)]))
            self.flow(None, step.span)

    def call(self, call: t.Call) -> None:
        word = call.name.name
        self.words[word] += 1
        declared = LAYERS.get(word)
        if declared is None:
            self.diagnostics.append(_unknown_step(call))
            self.flow(None, call.span)
            return
        if call.body is not None:
            self.diagnostics.append(errors.no_body(call.body.span, word))
        x = self.value.shape
        if x is not None:
            try:
                declared.accept(x)
            except Mismatch as mismatch:
                self.refuse(call, mismatch, {})
                # Its arguments are still checked for names and kinds.
                self.bound(call, declared, None)
                self.flow(mismatch.result, call.span)
                return
        bound = self.bound(call, declared, x)
        if x is None or bound.layer is None:
            self.flow(None, call.span)
            return
        self.apply(call, bound, bound.layer, x)

    def bound(self, call: t.Call, declared: type[Layer], x: Shape | None) -> Bound:
        names = sizes(x, self.entry.shape)
        bound = bind(call, declared, names, None if x is None else x.rank)
        self.diagnostics += bound.diagnostics
        return bound

    def apply(self, call: t.Call, bound: Bound, layer: Layer, x: Shape) -> None:
        try:
            shape = layer.shape(x)
        except Mismatch as mismatch:
            self.refuse(call, mismatch, bound.places)
            self.flow(mismatch.result, call.span)
            return
        before = self.value
        self.flow(shape, call.span)
        name = f"{call.name.name}{self.words[call.name.name]}"
        self.items.append(
            LayerItem(call.span, call.name.name, name, layer, bound.args, {"x": before}, self.value)
        )

    def flow(self, shape: Shape | None, site: Span) -> None:
        self.value = Value(self.value.id + 1, shape, site)

    def refuse(self, call: t.Call, mismatch: Mismatch, places: Mapping[str, Span]) -> None:
        labels = trail(self.entry, self.items) if mismatch.trail else ()
        self.diagnostics.append(
            Diagnostic(
                mismatch.code,
                "error",
                mismatch.message,
                places.get(mismatch.about or "", call.span),
                labels,
                mismatch.help,
                mismatch.note,
            )
        )


def sizes(x: Shape | None, entry: Shape | None) -> dict[str, ArgumentValue]:
    """`C`, `H`, `W`, `D`, `L` of a value, and `Cin`; under the empty name what the value is."""
    if x is None:
        return dict.fromkeys(("C", "Cin", "H", "W", "D", "L"), UNKNOWN)
    names: dict[str, ArgumentValue] = {"": Word(describe(x))}
    if x.layout != "ids":
        names["C"] = x.channels
    names.update(zip({0: "", 1: "L", 2: "HW", 3: "DHW"}.get(x.rank, ""), x.positions, strict=False))
    names["Cin"] = UNKNOWN if entry is None else entry.channels
    return names


def _unknown_step(call: t.Call) -> Diagnostic:
    word = call.name.name
    if word in _LATER or word.startswith("nn."):
        return errors.not_yet(call.name.span, f"the step `{word}`")
    here = ALIASES.get(word.lower()) or (word.lower() if word.lower() in LAYERS else None)
    return errors.unknown_step(call.name.span, word, (*LAYERS, *_LATER), here)


def _head(step: t.Step) -> Span:
    """The place to point at in a step of several lines: its first one."""
    line, _, _ = step.span.text.partition("\n")
    return step.span._replace(end=step.span.start + len(line))


_CONSTRUCTS: dict[type, str] = {
    t.Group: "a group `{ ... }`",
    t.Merge: "branches",
    t.Repeat: "a repeat",
    t.Loop: "a loop",
    t.Condition: "a condition",
    t.Recall: "a named value",
    t.Labelled: "a label",
    t.With: "`with`",
    t.Tap: "a named value",
    t.Let: "`let`",
    t.Output: "`output`",
    t.Default: "`default`",
    t.Share: "`share`",
}

_LATER = (
    "deconv", "unpool", "instnorm", "gn", "rms", "lrn", "droppath", "reshape", "permute", "hwc",
    "chw", "tokens", "map", "transpose", "take", "mean", "sum", "slice", "pad", "up", "shuffle",
    "pixelshuffle", "pixelunshuffle", "s2d", "embed", "pos", "cls", "mha", "windows", "attn",
    "lstm", "gru", "rnn", "scale", "sample", "cbr", "se", "mlp", "residual", "body",
)  # fmt: skip
"""Steps of the language that have no layer yet."""
