"""What flows between the steps of the reference, and how a step refuses it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn


class Flow(NamedTuple):
    """A tensor with its batch, and which of its axes holds the channels: `vector` and `first` say
    axis 1, `last` the last one, `ids` none. `pool` gives the places of maxima, right behind a pool.
    """

    t: Tensor
    layout: str
    pool: "tuple[Callable[[], Tensor], tuple[int, ...]] | None" = None

    @property
    def dims(self) -> tuple[int, ...]:
        return tuple(self.t.shape[1:])

    @property
    def axis(self) -> int:
        """The axis of the channels."""
        return -1 if self.layout == "last" else 1

    @property
    def c(self) -> int:
        return self.t.shape[self.axis]

    @property
    def positions(self) -> tuple[int, ...]:
        return self.dims[:-1] if self.layout in ("last",) else self.dims[1:]

    @property
    def rank(self) -> int:
        return len(self.positions)


POLICIES = frozenset({
    "layout", "stated", "empty", "undefined", "ranges", "exclusive", "batch axis", "uneven halves",
    "broadcast", "ports", "lists", "window tokens",
})  # fmt: skip
"""The kinds of refusals that torch does not share: those of docs/stricter.md."""


class Stricter(Exception):
    """archc refuses on purpose what torch would take; the argument names the policy, or is `value`
    for an expression of the text that has none."""

    def __init__(self, policy: str) -> None:
        assert policy == "value" or policy in POLICIES, policy
        super().__init__(policy)


class OtherWeights(Exception):
    """A share's step would need other weights than its first use has made."""


class Refused(Exception):
    """torch, or a policy, refuses a step."""

    def __init__(self, step: object, reason: str, policy: str = "") -> None:
        super().__init__(reason)
        self.step = step
        self.policy = policy


Make = Callable[[Callable[[], nn.Module]], Any]
"""Builds a module in its place among the network's parts, or finds a shared one."""


def takes(x: Flow, *layouts: str, least: int = 0, most: int = 99) -> None:
    """Refuses layouts and ranks that the language does not give to a step."""
    if x.layout not in layouts:
        raise Stricter("layout")
    if x.layout != "vector" and not least <= x.rank <= most:
        raise Stricter("layout")


def along_channels(x: Flow, factor: Tensor) -> Tensor:
    """One number a channel, laid so that it meets the channels of `x`."""
    return factor.reshape(-1, *[1] * (x.rank if x.layout == "first" else 0))


def fixed(numbers: object) -> Tensor:
    return torch.tensor(numbers, dtype=torch.get_default_dtype())
