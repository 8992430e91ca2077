"""Where the examples of a training lie: on the device, in memory, or in files to be read."""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from archc.recipe.choice import Choice
from archc.training.data import Data, Examples, Loaded, Split
from archc.training.memory import size
from archc.training.prepare import prepare
from archc.training.streamed import Read, Streamed, streamed


class _Kept:
    """A source of what lies in memory, prepared when it is needed."""

    def __init__(self, split: Split, pipe: Sequence[Choice], bytes_each: int) -> None:
        self.bytes_each = bytes_each
        self._split = split
        self._pipe = tuple(pipe)

    def __len__(self) -> int:
        return self._split.size

    def __getitems__(self, numbers: list[int]) -> Read:
        batch = self._split.take(torch.tensor(numbers, dtype=torch.int64))
        return Read(batch._replace(images=prepare(batch.images, self._pipe)))


def behind(split: Split, pipe: Sequence[Choice], dims: tuple[int, ...]) -> Examples:
    """Images behind `prepare`, which makes them `dims`, C, H, W."""
    channels, height, width = dims
    return streamed(_Kept(split, pipe, channels * height * width)) if pipe else split


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
    return streamed(_Kept(part, (), part.nbytes // max(1, part.size)), readers=0)


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
