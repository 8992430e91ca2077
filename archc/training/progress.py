"""What a training tells while it runs. The command line prints it; by default nobody listens."""

from collections.abc import Mapping
from typing import TypeAlias

Metrics: TypeAlias = Mapping[str, float | int | None]
"""What `metrics.jsonl` says of an epoch."""


class Progress:
    """Hears of a training and ignores it."""

    def say(self, remark: str) -> None:
        """A remark of one line."""

    def warn(self, warning: str) -> None:
        """Something that is most likely wrong; it is said where remarks are not."""

    def begin_epoch(self, epoch: int, epochs: int, images: int, done: int) -> None:
        """An epoch of so many images begins, counted from 1; a resumed one has some behind it."""

    def advance(self, images: int) -> None:
        """So many more images of the epoch are done."""

    def end_epoch(self, metrics: Metrics) -> None:
        """The epoch is trained and evaluated."""

    def pause(self) -> None:
        """The epoch stops on its way."""
