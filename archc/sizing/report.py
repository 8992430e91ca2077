"""What is said of a network's input sizes: in words, and for programs."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from archc.shape import Shape
from archc.sizing.replay import Refusal
from archc.sizing.search import Found, Group
from archc.sizing.space import Axis, Point
from archc.sizing.words import sizes_text
from archc.tuples import NamedTuple


class Sizes(NamedTuple):
    """The input sizes that a compiled network takes, at a batch of 2 in training mode.

    `inputs` are the spec's own shapes by name (`x` for the only one without a name), `found` what
    was tried; `evaluation` is what holds without the outputs of training, where that is more. As a
    text it says so in words.
    """

    inputs: dict[str, Shape]
    source: str
    """The spec's name, which places in its own text go without."""
    found: Found
    evaluation: Found | None

    def __str__(self) -> str:
        lines = [*self._found_lines(self.found), *self._channels()]
        if self.evaluation is not None:
            lines += ["in evaluation, without the outputs of training:"]
            lines += [f"  {line}" for line in self._found_lines(self.evaluation)]
        return "\n".join([*lines, *_tried(self.found)])

    @property
    def line(self) -> str:
        """The sizes alone, in one line."""
        said = [_group_line(axes, groups[0]) for axes, groups in self._alike(self.found)]
        return "; ".join([*said, *self._none_found(self.found)] or self._channels())

    def as_json(self) -> dict[str, Any]:
        """For programs; docs/conventions.md describes it."""
        return {
            "inputs": {
                name: {"shape": _dims(shape), "axes": dict(self._axes_json(name, shape))}
                for name, shape in self.inputs.items()
            },
            **self._found_json(self.found),
            **({"evaluation": self._evaluation_json()} if self.evaluation else {}),
        }

    # --- words ---

    def _found_lines(self, found: Found) -> Iterator[str]:
        for axes, groups in self._alike(found):
            yield _group_line(axes, groups[0])
            for size, refusal in groups[0].refusals:
                yield f"  {size:,}: {self._refusal_text(refusal)}"
        yield from self._none_found(found)
        if found.besides is not None:
            point = self._point_text(found, found.besides)
            yield f"other combinations fit as well, such as {point}"
        if found.but_not is not None:
            sizes, refusal = found.but_not
            yield f"not all combinations fit: {self._point_text(found, sizes)}"
            yield f"  {self._refusal_text(refusal)}"

    def _none_found(self, found: Found) -> list[str]:
        names = ", ".join(map(self._name, found.axes))
        none = bool(found.axes and not found.groups)
        return [f"{names}: no sizes were found that fit, give some with --input"] if none else []

    def _alike(self, found: Found) -> Iterator[tuple[str, list[Group]]]:
        """Groups of which the same is to be said, with the names of their axes."""
        for _, alike in groupby(found.groups, key=lambda group: group.runs):
            groups = list(alike)
            yield ", ".join(" = ".join(map(self._name, group.axes)) for group in groups), groups

    def _channels(self) -> list[str]:
        return [
            f"{self._dotted(name, 'C')}: exactly {shape.channels:,}"
            for name, shape in self.inputs.items()
            if shape.layout != "ids"
        ]

    def _name(self, axis: Axis) -> str:
        return self._dotted(axis.input, axis.name)

    def _dotted(self, name: str, axis: str) -> str:
        """An axis as it is called where it may be the only input's."""
        return f"{name}.{axis}" if len(self.inputs) > 1 else axis

    def _point_text(self, found: Found, point: Point) -> str:
        named = zip(found.axes, point, strict=True)
        return ", ".join(f"{self._name(axis)} = {size:,}" for axis, size in named)

    def _refusal_text(self, refusal: Refusal) -> str:
        site = refusal.site
        other = "" if site.source.name == self.source else f"{site.source.name}:"
        step = "" if refusal.message.startswith(f"`{refusal.word}") else f"`{refusal.word}`: "
        return f"{step}{refusal.message} ({other or 'line '}{site.first[0]})"

    # --- for programs ---

    def _axes_json(self, name: str, shape: Shape) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        if shape.layout != "ids":
            yield "C", [{"from": shape.channels, "to": shape.channels, "step": 1}]
        for group in self.found.groups:
            for axis in group.axes:
                if axis.input == name:
                    yield axis.name, _runs_json(group)

    def _found_json(self, found: Found) -> dict[str, Any]:
        return {
            "equal": [
                [_full_name(axis) for axis in group.axes]
                for group in found.groups
                if len(group.axes) > 1
            ],
            "refusals": [
                {"axes": [_full_name(axis) for axis in group.axes], "size": size}
                | self._refusal_json(refusal)
                for group in found.groups
                for size, refusal in group.refusals
            ],
            "besides": found.besides and _point_json(found, found.besides),
            "but_not": found.but_not
            and {"sizes": _point_json(found, found.but_not[0])}
            | self._refusal_json(found.but_not[1]),
            "tried": {
                _full_name(axis): {"from": group.first, "to": group.last, "each": group.each}
                for group in found.groups
                for axis in group.axes
            },
        }

    def _refusal_json(self, refusal: Refusal) -> dict[str, Any]:
        site = refusal.site
        place = {"file": site.source.name, "line": site.first[0], "column": site.first[1]}
        return {"step": refusal.word, "message": refusal.message, **place}

    def _evaluation_json(self) -> dict[str, Any]:
        assert self.evaluation is not None
        axes = {
            _full_name(axis): _runs_json(group)
            for group in self.evaluation.groups
            for axis in group.axes
        }
        return {"axes": axes, **self._found_json(self.evaluation)}


def _group_line(axes: str, group: Group) -> str:
    return f"{axes}: {sizes_text(group.runs)}"


def _full_name(axis: Axis) -> str:
    return f"{axis.input}.{axis.name}"


def _point_json(found: Found, point: Point) -> dict[str, int]:
    named = zip(found.axes, point, strict=True)
    return {_full_name(axis): size for axis, size in named}


def _runs_json(group: Group) -> list[dict[str, Any]]:
    return [{"from": run.start, "to": run.stop, "step": run.step} for run in group.runs]


def _tried(found: Found) -> list[str]:
    """How far the statements were tried."""
    if not found.groups:
        return []
    first = max(group.first for group in found.groups)
    last = min(group.last for group in found.groups)
    each = "" if all(group.each for group in found.groups) else ", not each one"
    return [f"tried from {first:,} to {last:,}{each}"]


def _dims(shape: Shape) -> list[int | None]:
    """The sizes, null for open ones."""
    return [size if isinstance(size, int) else None for size in shape.dims]
