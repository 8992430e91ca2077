"""The names of a text's parts: labels, or words with a number among equal words of the same text.

Names come from the text alone, built or not, so that they stay the same whatever an `if` decides.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from archc.syntax import tree as t

Key = tuple[int, int]
"""Where a step stands in its text."""


def number(steps: Iterable[t.Step]) -> Mapping[Key, str]:
    """The name of every layer, call, repeat, loop and labelled part of a block's text."""
    names: dict[Key, str] = {}
    _Numbering(names).steps(steps)
    return names


def key(step: t.Step) -> Key:
    """Where a step stands."""
    return step.span.start, step.span.end


class _Numbering:
    """Counts the words of one container: a block's text, a repeated or labelled group, a turn."""

    def __init__(self, names: dict[Key, str]) -> None:
        self.names = names
        self.words: Counter[str] = Counter()

    def steps(self, steps: Iterable[t.Step]) -> None:
        for step in steps:
            self.step(step)

    def step(self, step: t.Step) -> None:
        if isinstance(step, t.Call):
            self.name(step, step.name.name)
            if step.body is not None:
                self.step(step.body)
        elif isinstance(step, t.Group):
            self.steps(step.steps)
        elif isinstance(step, t.Merge):
            for branch in step.branches:
                self.steps(branch.steps)
        elif isinstance(step, t.Repeat):
            self.name(step, _word(step))
            self.inside(step.step)
        elif isinstance(step, t.Loop):
            self.name(step, "loop")
            self.inside(step.body)
        elif isinstance(step, t.Condition):
            self.step(step.then)
            if step.otherwise is not None:
                self.step(step.otherwise)
        elif isinstance(step, t.Labelled):
            self.labelled(step)
        elif isinstance(step, t.With):
            self.step(step.body)
        elif isinstance(step, t.Tap) and step.step is not None:
            self.step(step.step)
        elif isinstance(step, t.Share):
            self.names[key(step)] = step.name.name
            self.inside(step.step)

    def name(self, step: t.Step, word: str) -> None:
        word = word.replace(".", "_")
        self.words[word] += 1
        self.names[key(step)] = f"{word}{self.words[word]}"

    def inside(self, step: t.Step) -> None:
        """A container's content counts anew; a single step in it has the container's own name."""
        inner = _Numbering(self.names)
        inner.step(step)
        # Steps in braces bring names of their own, those of a body too: nothing to lend them to.
        braces = isinstance(step, t.Call) and step.body is not None
        if not isinstance(step, t.Group | t.Merge | t.Condition) and not braces:
            self.names[key(step)] = ""

    def labelled(self, step: t.Labelled) -> None:
        label = step.label.name
        self.names[key(step)] = label
        if isinstance(step.step, t.Group | t.Merge | t.Condition | t.With):
            self.inside(step.step)
            return
        # The label takes the word's place, without being counted.
        _Numbering(self.names).step(step.step)
        self.names[key(step.step)] = label


def _word(step: t.Repeat) -> str:
    """A repeated step lends its word to the list, anything else is a `repeat`."""
    inner = step.step
    while isinstance(inner, t.Repeat):
        inner = inner.step
    return inner.name.name if isinstance(inner, t.Call) else "repeat"
