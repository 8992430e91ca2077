"""Examples that are read when a batch of them is needed, by processes that read ahead.

The order of the batches is the caller's, and nothing is drawn at random here: a training has the
bits of one whose data lies in memory.
"""

import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from archc.processes import on_this_machine
from archc.training.data import Batches, Pick, Split, in_turn
from archc.training.problem import RunError
from archc.tuples import NamedTuple

_MOST = 16
"""Processes that read; more are rarely faster."""
_FEW = 100
"""Examples that are not worth starting processes for."""
_TOLD = 5
"""Problems that are told at once."""


class Read:
    """A batch on the CPU, or what is wrong with some of its examples."""

    def __init__(self, batch: Split, problems: tuple[str, ...] = ()) -> None:
        self.batch = batch
        self.problems = problems

    def pin_memory(self) -> "Read":
        """The same in memory that a GPU copies from while it computes."""
        return Read(self.batch.each(Tensor.pin_memory), self.problems)


class Source(Protocol):
    """Examples by their numbers, as torch's data sets that give whole batches; each takes so many
    `bytes_each` in memory."""

    bytes_each: int

    def __len__(self) -> int: ...

    def __getitems__(self, numbers: list[int]) -> Read: ...


class Streamed(NamedTuple):
    """Some examples of a source, by their `numbers` in it, int64 [N], behind `changes` that are
    made on `device`. As many as `readers` processes read ahead."""

    source: Source
    numbers: Tensor
    readers: int
    changes: tuple[Callable[[Split], Split], ...] = ()
    device: torch.device = torch.device("cpu")

    @property
    def size(self) -> int:
        """The number of examples."""
        return len(self.numbers)

    @property
    def nbytes(self) -> int:
        """What they would take in memory."""
        return self.size * self.source.bytes_each

    @property
    def home(self) -> torch.device:
        """Where the places of examples are best given."""
        return self.numbers.device

    def to(self, device: torch.device) -> "Streamed":
        """The same with batches on a device."""
        return self._replace(device=device)

    def take(self, indices: Tensor) -> "Streamed":
        """Some of the examples, in the order of the indices."""
        return self._replace(numbers=self.numbers[indices])

    def part(self, start: int, end: int) -> "Streamed":
        """The examples from one place to another."""
        return self._replace(numbers=self.numbers[start:end])

    def changed(self, change: Callable[[Split], Split]) -> "Streamed":
        """The same behind a change that treats each example on its own."""
        return self._replace(changes=(*self.changes, change))

    def none(self) -> Split:
        """None of the examples."""
        return self._finished(self.source.__getitems__([]).batch)

    def batches(self, picks: Iterable[Pick]) -> Batches:
        """A batch for each of the picks, on the device. Raises RunError where some of its examples
        cannot be read."""
        with closing(self._read(picks)) as found:
            for read in found:
                _refuse(read.problems)
                yield self._finished(read.batch.to(self.device))

    def collected(self) -> Split:
        """All of them, in memory. Raises RunError, which tells of several that cannot be read."""
        whole: Split | None = None
        wrong: tuple[str, ...] = ()
        place = 0
        with closing(self._read(in_turn(self.size))) as found:
            for read in found:
                wrong += read.problems
                if len(wrong) >= _TOLD:
                    break
                if wrong:
                    continue
                if whole is None:
                    whole = read.batch.each(lambda part: part.new_empty(self.size, *part.shape[1:]))
                for all_of_it, part in zip(whole.tensors, read.batch.tensors, strict=True):
                    all_of_it[place : place + len(part)] = part
                place += read.batch.size
        _refuse(wrong)
        return self._finished(whole) if whole else self.none()

    def _finished(self, batch: Split) -> Split:
        for change in self.changes:
            batch = change(batch)
        return batch

    def _read(self, picks: Iterable[Pick]) -> Generator[Read, None, None]:
        source: Any = self.source
        loader = DataLoader[Any](
            source,
            batch_sampler=(self.numbers[pick].tolist() for pick in picks),
            num_workers=self.readers if self.size > _FEW else 0,
            collate_fn=_as_it_is,
            pin_memory=self.device.type == "cuda",
            worker_init_fn=_stand_apart,
            # Else it would draw from the training's own stream.
            generator=torch.Generator(),
        )
        batches = _begun(loader)
        try:
            yield from batches
        except RuntimeError as error:
            if "DataLoader worker" not in str(error):
                raise
            raise RunError(
                f"a process that reads images ended, perhaps for want of memory: {error}"
            ) from None
        finally:
            del batches  # Ends the processes.


def streamed(source: Source, readers: int | None = None) -> Streamed:
    """All of a source, read by `readers` processes; as many as there are processors for, if that is
    not said."""
    return Streamed(source, torch.arange(len(source)), _readers() if readers is None else readers)


def _readers() -> int:
    """Processors that are this process's to use."""
    affinity = getattr(os, "sched_getaffinity", None)
    count = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min(_MOST, count // on_this_machine()))


def _refuse(problems: tuple[str, ...]) -> None:
    if problems:
        raise RunError("\n".join([*problems[:_TOLD], *(["..."] if len(problems) >= _TOLD else [])]))


def _as_it_is(read: Any) -> Any:
    return read


def _stand_apart(_number: int) -> None:
    """Signals to a terminal's or a launcher's whole group are for the training, which ends its
    readers when it is done with the step; without it they end by themselves."""
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)


def _begun(loader: DataLoader[Any]) -> Iterator[Read]:
    """torch lets the end of a reader interrupt whatever runs, such as half a step. Here it is
    noticed where a batch is waited for."""
    number = getattr(signal, "SIGCHLD", None)
    if number is None or threading.current_thread() is not threading.main_thread():
        return iter(loader)
    before = signal.getsignal(number)
    try:
        return iter(loader)
    finally:
        signal.signal(number, before or signal.SIG_DFL)
