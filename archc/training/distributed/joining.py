"""How processes find each other, and how they part when something goes wrong."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from torch.distributed.distributed_c10d import PrefixStore, Store
from torch.distributed.rendezvous import rendezvous

from archc.processes import LISTENING, Place
from archc.training import hardware
from archc.training.alone import Alone
from archc.training.distributed.sharded import Sharded
from archc.training.distributed.together import Together
from archc.training.machine import Machine
from archc.training.problem import RunError, ToldElsewhere

_PATIENCE = timedelta(minutes=5)


@contextmanager
def joined(place: Place, machine: Callable[[], Machine]) -> Iterator[Alone]:
    """All processes together, on what `machine` says. What goes wrong within is reported by the
    first process, or by the only one that knows of it; elsewhere it comes out as ToldElsewhere."""
    store = _store(place)
    told = PrefixStore("archc", store)
    try:
        yield _join(place, store, machine())
        dist.destroy_process_group()
    except Exception as error:
        raise _parting(error, place, told) from None


def _join(place: Place, store: Store, machine: Machine) -> Together:
    device = machine.device or hardware.devices()[0]
    if device == "auto":
        device = hardware.devices()[0]
    if device == "mps":
        raise RunError("several processes train on cpu or cuda: give --device cpu")
    if device == "cuda":
        _take_gpu(place)
    try:
        backend = "cpu:gloo,cuda:nccl" if device == "cuda" else "gloo"
        dist.init_process_group(backend, store=store, rank=place.rank, world_size=place.size)
    except (dist.DistError, RuntimeError, ValueError) as error:
        raise _unreachable(error) from None
    ordered = device == "cpu" or bool(machine.deterministic)
    made = Sharded if machine.shard else Together
    return made(place, PrefixStore("archc", store), ordered)


def _unreachable(error: Exception) -> RunError:
    at = f"{os.environ.get('MASTER_ADDR')}:{os.environ.get('MASTER_PORT')}"
    return RunError(f"cannot join the other processes at {at}: {str(error).splitlines()[0]}")


def _take_gpu(place: Place) -> None:
    count = torch.cuda.device_count()
    if place.local_size > count:
        there = f"there is {count}" if count == 1 else f"there are {count}"
        raise RunError(
            f"{place.local_size} processes on a machine need as many GPUs, and {there}:"
            f" --device cpu trains on the CPU"
        )
    torch.cuda.set_device(place.local)


def _store(place: Place) -> Store:
    """Where processes leave notes for each other; those of an earlier start do not count."""
    listening = os.environ.get(LISTENING)
    try:
        if listening is None:
            found = rendezvous("env://", place.rank, place.size, timeout=_PATIENCE)
            return PrefixStore(f"start/{place.restarts}", next(iter(found))[0])
        return dist.TCPStore(  # type: ignore[attr-defined]
            os.environ["MASTER_ADDR"],
            int(os.environ["MASTER_PORT"]),
            place.size,
            is_master=place.rank == 0,
            timeout=_PATIENCE,
            wait_for_workers=False,
            master_listen_fd=int(listening) if place.rank == 0 else None,
        )
    except (dist.DistError, RuntimeError, ValueError) as error:
        raise _unreachable(error) from None


def _parting(error: Exception, place: Place, told: Store) -> Exception:
    """What to raise for an error of this process."""
    known = error
    if _is_loss(error):
        known = RunError(
            "another process has ended: --resume goes on from the last checkpoint, if there is one"
        )
    if place.rank == 0:
        told.set("told", "1")
        return known
    if _is_told(told):
        return ToldElsewhere("the first process reports it")
    if isinstance(known, RunError):
        return RunError(f"process {place.rank} of {place.size}: {known}")
    return known


def _is_told(store: Store, seconds: float = 3) -> bool:
    """Whether the first process reports what went wrong, or is gone."""
    try:
        store.wait(["told"], timedelta(seconds=seconds))
    except dist.DistStoreError:
        return False
    except (dist.DistError, RuntimeError):
        return True
    return True


def _is_loss(error: Exception) -> bool:
    """Whether a connection broke."""
    if isinstance(error, dist.DistError):
        return True
    return isinstance(error, RuntimeError) and any(
        name in str(error) for name in ("gloo", "Gloo", "NCCL")
    )
