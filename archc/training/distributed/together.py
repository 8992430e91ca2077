"""A training in several processes with a copy of the module each: DistributedDataParallel."""

import inspect
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.distributed_c10d import Store
from torch.nn.parallel import DistributedDataParallel

from archc.processes import Place
from archc.training.alone import Agree, Alone, Losses, Replica
from archc.training.average import Average
from archc.training.distributed.beat import Beat
from archc.training.distributed.norms import RunningStatistics
from archc.training.distributed.sums import ordered_hook, ordered_sum, ring_hook

_BUFFERS: dict[str, Any] = {"broadcast_buffers": False}
"""Norms are looked after here, and other buffers are alike anyway."""
if "forward_sync_buffers" in inspect.signature(DistributedDataParallel).parameters:
    _BUFFERS = {"forward_sync_buffers": False}  # Its name since torch 2.15.


class Together(Alone):
    """One of several processes. With `ordered` the sums over processes have the bits of one
    process; else they are the backend's, which overlap with the backward pass."""

    def __init__(self, place: Place, store: Store, ordered: bool) -> None:
        self.place = place
        self.rank = place.rank
        self.size = place.size
        self.restarted = place.restarts > 0
        self.may_restart = place.may_restart
        self.ordered = ordered
        self._store = store

    def __str__(self) -> str:
        return f"{self.size} processes, each "

    # --- what is computed where ---

    def dealt(self, batches: Sequence[int]) -> Sequence[tuple[int, bool]]:
        count = len(batches)
        mine = range(self.rank, -(-count // self.size) * self.size, self.size)
        return [(batches[min(place, count - 1)], place < count) for place in mine]

    # --- what changes in a training ---

    def replica(self, module: nn.Module, average: Average | None) -> Replica:
        return Copy(module, self.ordered)

    def losses(self, device: torch.device) -> Losses:
        return SharedLosses(device)

    # --- what all have in common ---

    def collected(self, rows: Tensor, count: int) -> Tensor:
        return gathered(rows).transpose(0, 1).reshape(-1, *rows.shape[1:])[:count]

    def summed(self, sums: dict[str, Tensor]) -> dict[str, Tensor]:
        for value in sums.values():
            dist.all_reduce(value)
        return sums

    def agreement(self) -> Agree:
        return Beat(self.rank)

    def shared(self, content: Callable[[], bytes]) -> bytes:
        mine = bytearray(content() if self.main else b"")
        length = torch.tensor([len(mine)])
        dist.broadcast(length, 0)
        if not length:
            return b""
        shared = torch.frombuffer(mine or bytearray(int(length)), dtype=torch.uint8)
        dist.broadcast(shared, 0)
        return shared.numpy().tobytes()

    @contextmanager
    def first_on_machine(self) -> Iterator[None]:
        key = f"ready/{self.place.machine}"
        while self.place.local and not self._store.check([key]):
            time.sleep(0.05)
        yield
        if not self.place.local:
            self._store.set(key, "1")


class Copy(Replica):
    """A module of which each process has a copy."""

    def __init__(self, module: nn.Module, ordered: bool) -> None:
        super().__init__(module)
        self._ordered = ordered
        self._norms = RunningStatistics(module)
        self._wrapped: DistributedDataParallel | None = None

    @property
    def module(self) -> nn.Module:
        return self._module if self._wrapped is None else self._wrapped

    def begin(self) -> None:
        self._norms.begin()

    def backward(self, last: bool) -> AbstractContextManager[None]:
        if self._wrapped is None or last:
            return nullcontext()
        return self._wrapped.no_sync()

    def reduce(self, counted: Sequence[Sequence[bool]]) -> None:
        if self._wrapped is None:
            self._wrap()
        self._norms.settle(counted)

    def _wrap(self) -> None:
        """Behind the first step's backward pass, which shows which weights have gradients at all:
        those without would else be looked for in every step."""
        weights = [weight for weight in self._module.parameters() if weight.requires_grad]
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        flat = ordered_sum(torch.cat([gradient.flatten() for gradient in gradients]))
        lengths = [gradient.numel() for gradient in gradients]
        for gradient, total in zip(gradients, torch.split(flat, lengths), strict=True):
            gradient.copy_(total.view_as(gradient))
        self._wrapped = DistributedDataParallel(
            self._module,
            gradient_as_bucket_view=True,
            find_unused_parameters=len(gradients) < len(weights),
            **_BUFFERS,
        )
        self._wrapped.register_comm_hook(None, ordered_hook if self._ordered else ring_hook)


class SharedLosses(Losses):
    """Sums that are shared when they are asked for, in the order of the shares."""

    def __init__(self, device: torch.device) -> None:
        super().__init__(device)
        self._pending: list[Tensor] = []
        self._images: list[int] = []

    def add(self, parts: Tensor, images: int) -> None:
        self._pending.append(parts)
        self._images.append(images)

    def total(self) -> Tensor:
        if self._pending:
            # A last step may have fewer shares; zeros change no sum.
            mine = nn.utils.rnn.pad_sequence(self._pending, batch_first=True)
            steps = gathered(mine).permute(1, 2, 0).flatten(1).cpu().numpy()
            # numpy adds one behind the other, as one process does; torch's sums go by pairs.
            means = np.add.accumulate(steps, axis=1)[:, -1]
            losses = means * np.array(self._images, np.float32)
            begun = self._sum.cpu().numpy().reshape(1)
            self._sum.fill_(float(np.add.accumulate(np.concatenate([begun, losses]))[-1]))
            self._pending.clear()
            self._images.clear()
        return self._sum


def gathered(tensor: Tensor) -> Tensor:
    """The tensors of all processes, stacked."""
    everybody = tensor.new_empty((dist.get_world_size() * len(tensor), *tensor.shape[1:]))
    dist.all_gather_into_tensor(everybody, tensor.contiguous())
    return everybody.view(-1, *tensor.shape)
