"""Sums over processes in the order of their ranks, so that they have the bits of sums in one.

A ring, as in gloo and NCCL, adds each part of a tensor in another order. Here each process adds up
one part of all processes' tensors, and then all exchange the sums: the same traffic as a ring's.
"""

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed import GradBucket  # type: ignore[attr-defined]
from torch.futures import Future


def scattered_sum(parts: Tensor, out: Tensor, group: Any = None) -> Tensor:
    """Of as many equal parts as there are processes, end to end, the sum of everybody's own part,
    written to `out`. The order is that of the ranks: ((p0 + p1) + p2) + ..."""
    count = dist.get_world_size(group)
    received = torch.empty_like(parts)
    dist.all_to_all_single(received, parts, group=group)
    first, *others = received.view(count, -1)
    out.copy_(first)
    for part in others:
        out.add_(part)
    return out


def ordered_sum(tensor: Tensor) -> Tensor:
    """The sum of flat tensors of all processes, in place."""
    count = dist.get_world_size()
    length = -(-tensor.numel() // count)
    padded = tensor.new_zeros(length * count)
    padded[: tensor.numel()] = tensor
    mine = scattered_sum(padded, tensor.new_empty(length))
    dist.all_gather_into_tensor(padded, mine)
    tensor.copy_(padded[: tensor.numel()])
    return tensor


def ordered_hook(_state: object, bucket: GradBucket) -> Future[Tensor]:
    """Sums a bucket of DistributedDataParallel in order."""
    done: Future[Tensor] = Future()
    done.set_result(ordered_sum(bucket.buffer()))
    return done


def ring_hook(_state: object, bucket: GradBucket) -> Future[Tensor]:
    """Sums a bucket as the backend does, while the backward pass goes on."""
    work = dist.all_reduce(bucket.buffer(), async_op=True)
    assert work is not None
    return work.get_future().then(lambda done: done.value()[0])
