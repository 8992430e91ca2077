"""The names of a text's parts: labels, or words with a number among equal words of the same text.

Names come from the text alone, built or not, so that they stay the same whatever an `if` decides.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from archc.source import Span
from archc.syntax import tree as t
from archc.tuples import NamedTuple

Key = tuple[int, int]
"""Where a step stands in its text."""


class Numbers(NamedTuple):
    """The names of a text's parts, and where a label stands before that is given again."""

    names: Mapping[Key, str]
    before: Mapping[Key, Span]


def number(steps: Iterable[t.Step]) -> Numbers:
    """The name of every layer, call, repeat, loop and labelled part of a block's text."""
    numbering = _Numbering({}, {})
    numbering.steps(steps)
    numbering.settle()
    return Numbers(numbering.names, numbering.before)


def key(step: t.Step) -> Key:
    """Where a step stands."""
    return step.span.start, step.span.end


class _Numbering:
    """Counts the words of one container: a block's text, a repeated or labelled group, a turn."""

    def __init__(
        self, names: dict[Key, str], before: dict[Key, Span], text: "_Numbering | None" = None
    ) -> None:
        self.names = names
        self.before = before
        self.text = text or self
        """The text, or the turn, that the shares in a labelled group belong to."""
        self.words: list[tuple[Key, str]] = []
        self.labels: dict[str, Span] = {}

    def steps(self, steps: Iterable[t.Step]) -> None:
        for step in steps:
            self.step(step)

    def step(self, step: t.Step) -> None:
        if isinstance(step, t.Call):
            self.words.append((key(step), step.name.name))
            if step.body is not None:
                self.step(step.body)
        elif isinstance(step, t.Group):
            self.steps(step.steps)
        elif isinstance(step, t.Merge):
            for branch in step.branches:
                self.steps(branch.steps)
        elif isinstance(step, t.Repeat):
            self.words.append((key(step), _word(step)))
            self.inside(step.step)
        elif isinstance(step, t.Loop):
            self.words.append((key(step), "loop"))
            self.inside(step.body)
        elif isinstance(step, t.Condition):
            self.arms(step)
        elif isinstance(step, t.Labelled):
            self.labelled(step)
        elif isinstance(step, t.With):
            self.step(step.body)
        elif isinstance(step, t.Tap) and step.step is not None:
            self.step(step.step)
        elif isinstance(step, t.Share):
            self.text.label(step, step.name)
            self.inside(step.step)

    def arms(self, step: t.Condition) -> None:
        """Only one arm is built: another may have the same labels."""
        holders = (self, self.text)
        above = [dict(holder.labels) for holder in holders]
        self.step(step.then)
        if step.otherwise is None:
            return
        then = [holder.labels for holder in holders]
        for holder, labels in zip(holders, above, strict=True):
            holder.labels = labels
        self.step(step.otherwise)
        for holder, labels in zip(holders, then, strict=True):
            holder.labels = {**labels, **holder.labels}

    def label(self, step: t.Step, label: t.Name) -> None:
        if label.name in self.labels:
            self.before[key(step)] = self.labels[label.name]
        self.labels[label.name] = label.span
        self.names[key(step)] = label.name

    def settle(self) -> None:
        """Numbers the words, once all labels of the container are known: a number whose name is a
        label is left out."""
        counts: Counter[str] = Counter()
        for place, word in self.words:
            word = word.replace(".", "_")
            counts[word] += 1
            while f"{word}{counts[word]}" in self.labels:
                counts[word] += 1
            self.names[place] = f"{word}{counts[word]}"

    def inside(self, step: t.Step, text: "_Numbering | None" = None) -> None:
        """A container's content counts anew; a single step in it has the container's own name."""
        inner = _Numbering(self.names, self.before, text)
        inner.step(step)
        inner.settle()
        # Steps in braces bring names of their own, those of a body too: nothing to lend them to.
        braces = isinstance(step, t.Call) and step.body is not None
        if not isinstance(step, t.Group | t.Merge | t.Condition) and not braces:
            self.names[key(step)] = ""

    def labelled(self, step: t.Labelled) -> None:
        self.label(step, step.label)
        if isinstance(step.step, t.Group | t.Merge | t.Condition | t.With):
            self.inside(step.step, self.text)
            return
        # The label takes the word's place, without being counted.
        inner = _Numbering(self.names, self.before, self.text)
        inner.step(step.step)
        inner.settle()
        self.names[key(step.step)] = step.label.name


def _word(step: t.Repeat) -> str:
    """A repeated step lends its word to the list, anything else is a `repeat`."""
    inner = step.step
    while isinstance(inner, t.Repeat):
        inner = inner.step
    return inner.name.name if isinstance(inner, t.Call) else "repeat"
