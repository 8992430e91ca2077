"""Where the examples of a training lie: on the device, in memory, or in files to be read."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from archc.recipe.choice import Choice
from archc.training.arrays import Part
from archc.training.data import Data, Examples, Loaded, Split
from archc.training.laid import Layout
from archc.training.memory import size
from archc.training.prepare import prepare
from archc.training.problem import RunError
from archc.training.streamed import Read, Streamed, streamed


class _Kept:
    """A source of rows, in memory or in a file, changed when they are needed."""

    def __init__(
        self,
        take: Callable[[Tensor], Split],
        count: int,
        change: Callable[[Split], Split] = lambda split: split,
    ) -> None:
        self._take = take
        self._count = count
        self._change = change
        self._none = change(take(torch.empty(0, dtype=torch.int64)))
        self.bytes_each = self._none.bytes_each

    def __len__(self) -> int:
        return self._count

    def __getitems__(self, numbers: list[int]) -> Read:
        try:
            return Read(self._change(self._take(torch.tensor(numbers, dtype=torch.int64))))
        except RunError as error:
            return Read(self._none, (str(error),))


def behind(split: Split, pipe: Sequence[Choice]) -> Examples:
    """Images behind `prepare`."""
    return streamed(_Kept(split.take, split.size, partial(_prepared, pipe))) if pipe else split


def _prepared(pipe: Sequence[Choice], split: Split) -> Split:
    return split._replace(images=prepare(split.images, pipe))


def of_rows(part: Part, layout: Layout) -> Examples:
    """Arrays of the user's, laid; in memory where they are there as they come."""
    if part.in_memory and not layout.pipe:
        return layout.lay(part.rows(slice(None)))
    return streamed(_Kept(part.rows, part.size, layout.lay))


def held(loaded: Loaded, room: int | None, say: Callable[[str], None]) -> Loaded:
    """In memory where all of it takes no more bytes than `room` (None: there is enough), else read
    batch by batch. Raises RunError where something cannot be read."""
    parts = {
        name: part
        for name in ("train", "val", "test")
        if isinstance(part := getattr(loaded, name), Streamed)
    }
    needed = sum(part.nbytes for part in parts.values())
    if room is not None and needed > room:
        say(
            f"the data is read batch by batch: it would take {size(needed)} of memory, and "
            f"{size(room)} are free for it"
        )
        return loaded
    collected: dict[str, Any] = {name: part.collected() for name, part in parts.items()}
    return loaded._replace(**collected)


def placed(data: Data, device: torch.device) -> Data:
    """On the device as a whole where that takes no more than half of its free memory, else batch by
    batch."""
    if device.type == "cuda" and _bytes(data, Split) > torch.cuda.mem_get_info(device)[0] // 2:
        data = Data(*map(_by_batch, data))
    return Data(*(part.to(device) for part in data))


def _by_batch(part: Examples) -> Examples:
    if not isinstance(part, Split):
        return part
    # Copying from memory takes no further process.
    return streamed(_Kept(part.take, part.size), readers=0)


def whereabouts(data: Data) -> str:
    """What data takes and where: `11.5 MB of data in memory`."""
    streams = _bytes(data, Streamed)
    if streams:
        return f"{size(streams)} of data, which is read batch by batch"
    device = data.train.home.type
    where = "in memory" if device == "cpu" else f"on {device}"
    return f"{size(_bytes(data, Split))} of data {where}"


def _bytes(data: Data, kind: type[Split] | type[Streamed]) -> int:
    return sum(part.nbytes for part in data if isinstance(part, kind))
