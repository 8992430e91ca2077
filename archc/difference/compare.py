"""Two networks, aligned step by step."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Literal

from archc.cost import Row, Summary, summarize
from archc.cost.summary import leaves_anything
from archc.cost.walk import steps
from archc.difference.wiring import Wiring, wiring
from archc.graph import Graph, LayerItem
from archc.layers.base import attribute
from archc.layers.values import written
from archc.tuples import NamedTuple

Pair = tuple[int | None, int | None]

_MOST = 250_000
"""Pairs of steps up to which steps are compared with each other, whatever their paths."""
_STATED = ("in",)
"""Arguments that say what must hold and change nothing."""


class Part(NamedTuple):
    """A step that builds something. `arguments` are all that it has, as a spec writes them; `key`
    is equal for steps that do the same, `sources` are the places of the steps that it takes values
    from."""

    row: Row
    arguments: Mapping[str, str]
    key: Hashable
    sources: tuple[int, ...]


class Change(NamedTuple):
    """A step of one network alone, or one that the other has in another form."""

    kind: Literal["removed", "added", "changed"]
    before: Part | None
    after: Part | None
    takes: tuple[str, str] | None = None
    """The steps whose results it takes, before and after, where they differ."""

    @property
    def bare(self) -> bool:
        """Whether nothing of the step itself differs, but its shapes or costs."""
        return self.kind == "changed" and not self.arguments and self.takes is None

    @property
    def arguments(self) -> dict[str, tuple[str, str]]:
        """The arguments that differ, with their values before and after."""
        if self.before is None or self.after is None or self.before.key == self.after.key:
            return {}
        one, other = self.before.arguments, self.after.arguments
        return {
            name: (one.get(name, "none"), other.get(name, "none"))
            for name in {**one, **other}
            if one.get(name) != other.get(name)
        }


class Difference(NamedTuple):
    """What differs between two networks. `renamed` counts steps with parameters that are the same
    but for their paths, which makes no difference to what the network computes."""

    before: Summary
    after: Summary
    changes: tuple[Change, ...]
    outputs: tuple[str, ...]
    """Outputs that other steps make; an empty name is the final value."""
    renamed: int

    @property
    def equal(self) -> bool:
        """Whether both are the same network: same steps, connections, inputs and outputs."""
        one, other = self.before, self.after
        same_ends = (one.input, one.output, one.train_outputs) == (
            other.input, other.output, other.train_outputs
        )  # fmt: skip
        return same_ends and not self.changes and not self.outputs

    def __str__(self) -> str:
        from archc.difference.text import as_text

        return as_text(self)


def compare(before: Graph, after: Graph) -> Difference:
    """Aligns the steps of two networks in order of execution: by their paths, by what they do or by
    their words, whichever leaves the fewest differences."""
    totals = summarize(before), summarize(after)
    wires = wiring(before), wiring(after)
    one = _parts(before, totals[0], wires[0])
    other = _parts(after, totals[1], wires[1])
    inputs = max(len(before.inputs), len(after.inputs))
    found = [_changes(one, other, pairs, inputs) for pairs in _alignments(one, other)]
    changes, partner = min(found, key=lambda it: sum(not change.bare for change in it[0]))
    ends, new_ends = (wire.outputs for wire in wires)
    moved = (n for n in ends if n in new_ends and _moved(ends[n], new_ends[n], partner))
    paths = ((one[a].row, other[b].row.path) for a, b in partner.items() if a >= 0)
    renamed = sum(row.parameters > 0 and row.path != path for row, path in paths)
    return Difference(*totals, changes, tuple(moved), renamed)


def _parts(graph: Graph, summary: Summary, wires: Wiring) -> list[Part]:
    items = [step.item for step in steps(graph) if leaves_anything(step)]
    made = zip(items, summary.rows, wires.sources, strict=True)
    return [_part(item, row, sources) for item, row, sources in made]


def _part(item: object, row: Row, sources: tuple[int, ...]) -> Part:
    if not isinstance(item, LayerItem):
        return Part(row, {}, (row.step, len(sources)), sources)
    names = [
        parameter.name
        for parameter in item.layer.parameters
        if parameter.name not in (*item.layer.ports, *_STATED)
    ]
    # What the layer has read: `k=3` and `k=[3 3]` are one.
    read = tuple(repr(getattr(item.layer, attribute(name))) for name in names)
    arguments = {name: written(item.args[name].value) for name in names if name in item.args}
    return Part(row, arguments, (row.step, read), sources)


def _alignments(one: Sequence[Part], other: Sequence[Part]) -> Iterator[list[Pair]]:
    """Ways to pair the steps of two networks that stand for each other."""
    yield list(_paired(one, other, (0, len(one)), (0, len(other)), (_path,)))
    most = min(len(one), len(other))
    start = next((n for n in range(most) if one[n].key != other[n].key), most)
    same = (n for n in range(most - start) if one[~n].key != other[~n].key)
    end = next(same, most - start)
    a, b = (start, len(one) - end), (start, len(other) - end)
    if (a[1] - start) * (b[1] - start) > _MOST:
        return
    around: list[Pair] = [(n, n) for n in range(start)]
    around += zip(range(a[1], len(one)), range(b[1], len(other)), strict=True)
    yield around + list(_paired(one, other, a, b, (_key, _word)))
    yield around + list(_paired(one, other, a, b, (_word,)))


def _paired(
    one: Sequence[Part],
    other: Sequence[Part],
    a: tuple[int, int],
    b: tuple[int, int],
    keys: Sequence[Callable[[Part], Hashable]],
) -> Iterator[Pair]:
    """Pairs of steps with equal keys; between those, of steps with equal next keys."""
    if not keys:
        yield from ((n, None) for n in range(*a))
        yield from ((None, n) for n in range(*b))
        return
    for same, x, y in _matched(one, other, a, b, keys[0]):
        if same:
            yield from zip(range(*x), range(*y), strict=True)
        else:
            yield from _paired(one, other, x, y, keys[1:])


def _path(part: Part) -> Hashable:
    return part.row.path, part.row.step


def _key(part: Part) -> Hashable:
    return part.key


def _word(part: Part) -> Hashable:
    return part.row.step


def _matched(
    one: Sequence[Part],
    other: Sequence[Part],
    a: tuple[int, int],
    b: tuple[int, int],
    key: Callable[[Part], Hashable],
) -> Iterator[tuple[bool, tuple[int, int], tuple[int, int]]]:
    """Ranges of steps in order, and whether they stand for each other by their keys."""
    keys = [key(part) for part in one[slice(*a)]], [key(part) for part in other[slice(*b)]]
    for tag, i, j, k, n in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        yield tag == "equal", (a[0] + i, a[0] + j), (b[0] + k, b[0] + n)


def _changes(
    one: Sequence[Part], other: Sequence[Part], pairs: Sequence[Pair], inputs: int
) -> tuple[tuple[Change, ...], Mapping[int, int]]:
    """What differs in an alignment, in order, and which steps stand for each other in it."""
    partner = {a: b for a, b in pairs if a is not None and b is not None}
    partner |= {-1 - n: -1 - n for n in range(inputs)}
    made = (_change(one, other, pair, partner) for pair in _in_order(pairs))
    return tuple(change for change in made if change), partner


def _in_order(pairs: Sequence[Pair]) -> list[Pair]:
    """Pairs by the places in the first network, what is new behind the step it follows."""
    behind = {b: a for a, b in pairs if a is not None and b is not None}
    last, places = -1, {}
    for b in sorted(b for _, b in pairs if b is not None):
        places[b] = last = behind.get(b, last)
    return sorted(pairs, key=lambda p: (places[p[1] or 0] if p[0] is None else p[0], p[1] or 0))


def _change(
    one: Sequence[Part], other: Sequence[Part], pair: Pair, partner: Mapping[int, int]
) -> Change | None:
    a, b = pair
    if b is None:
        return Change("removed", one[a or 0], None)
    if a is None:
        return Change("added", None, other[b])
    before, after = one[a], other[b]
    takes = None
    if len(before.sources) != len(after.sources) or any(
        _moved(x, y, partner) for x, y in zip(before.sources, after.sources, strict=True)
    ):
        takes = _named(one, before.sources), _named(other, after.sources)
    if takes is None and before.key == after.key and _costs(before.row) == _costs(after.row):
        return None
    return Change("changed", before, after, takes)


def _moved(source: int, now: int, partner: Mapping[int, int]) -> bool:
    """Whether a value comes from elsewhere: from steps that both networks have, and that do not
    stand for each other. Beside a step that came or went this is nothing new."""
    return source in partner and now in partner.values() and partner[source] != now


def _named(parts: Sequence[Part], sources: Sequence[int]) -> str:
    return ", ".join(parts[n].row.path if n >= 0 else "the input" for n in sources)


def _costs(row: Row) -> tuple[object, ...]:
    return row.input, row.output, row.parameters, row.macs, row.train
