"""Starts the processes of `--nproc`, watches them, and ends them together.

Each is this same command with its place in its environment, as torchrun would start it. The first
one speaks; what others say is kept for the case that one of them fails.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO

import click

from archc.cli.context import ARGUMENTS
from archc.processes import LISTENING, WATCHED, here
from archc.tuples import NamedTuple

_GRACE = 5.0
"""Seconds that the others have to end, once one has failed."""
_PATIENCE = 60.0
"""Seconds that all have to save, once they were asked to stop."""
_LINES = 20


class Worker(NamedTuple):
    """A process, and what it says on standard error; the first one's is ours."""

    process: "subprocess.Popen[bytes]"
    said: IO[bytes] | None


def wanted(nproc: int | None, resume: str | None) -> int:
    """How many processes to start: 1 where this one is to train. A run goes on with as many as it
    had. Raises UsageError."""
    if WATCHED in os.environ:
        threading.Thread(target=_follow, daemon=True).start()
        return 1
    try:
        started = here()
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if started is not None:
        if nproc is not None:
            raise click.UsageError("torchrun starts the processes: leave out --nproc")
        return 1
    if nproc is None and resume:
        return _processes(Path(resume))
    return nproc or 1


def launch(count: int, given: str) -> int:
    """Runs this command in so many processes, with a text on standard input; returns its exit
    status."""
    arguments = click.get_current_context().meta[ARGUMENTS]
    workers: list[Worker] = []
    with _signals() as asked, _tied() as (listening, watched):
        try:
            workers += (_start(arguments, rank, count, listening, watched) for rank in range(count))
            listening.close()
            for worker in workers:
                _hand(worker, given.encode())
            return _watch(workers, asked)
        finally:
            for worker in workers:
                worker.process.kill()
                worker.process.wait()


@contextmanager
def _tied() -> Iterator[tuple[socket.socket, int]]:
    """A socket for the first process to listen on, and the end of a pipe for all to watch."""
    watched, ours = os.pipe()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        try:
            yield listening, watched
        finally:
            os.close(watched)
            os.close(ours)


@contextmanager
def _signals() -> Iterator[list[int]]:
    """The signals to stop that have come, in place of what they do."""
    asked: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _start(
    arguments: tuple[str, ...], rank: int, count: int, listening: socket.socket, watched: int
) -> Worker:
    said = None if rank == 0 else tempfile.TemporaryFile()  # noqa: SIM115
    process = subprocess.Popen(
        # -P, and the folder of this very archc first on the path, whatever the current folder has.
        [sys.executable, "-P", "-m", "archc", *arguments],
        env=_environment(rank, count, listening, watched),
        stdin=subprocess.PIPE,
        stdout=None if rank == 0 else subprocess.DEVNULL,
        stderr=said,
        pass_fds=(watched, listening.fileno()) if rank == 0 else (watched,),
        # Ctrl-C reaches the launcher alone, which passes it on once.
        process_group=0,
    )
    return Worker(process, said)


def _environment(rank: int, count: int, listening: socket.socket, watched: int) -> dict[str, str]:
    home = Path(__file__).resolve().parents[2]
    paths = [str(home), *filter(None, [os.environ.get("PYTHONPATH")])]
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    shares = {
        "OMP_NUM_THREADS": str(max(1, cores // count)),
        # Without it gloo asks for the address of this machine's name, which may have none.
        "GLOO_SOCKET_IFNAME": "lo0" if sys.platform == "darwin" else "lo",
    }
    return {
        **shares,
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(count),
        "LOCAL_WORLD_SIZE": str(count),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(listening.getsockname()[1]),
        LISTENING: str(listening.fileno()),
        WATCHED: str(watched),
    }


def _hand(worker: Worker, given: bytes) -> None:
    assert worker.process.stdin is not None
    # It may have ended already, and says why.
    with suppress(BrokenPipeError), worker.process.stdin as stdin:
        stdin.write(given)


def _watch(workers: list[Worker], asked: list[int]) -> int:
    """Waits until all have ended; the first one that fails, or a signal, ends the others."""
    passed = 0
    failed: int | None = None
    deadline = float("inf")
    # Each is asked every time: the one that failed first is to be seen before those it took along.
    while None in [worker.process.poll() for worker in workers]:
        time.sleep(0.05)
        if len(asked) > passed:
            deadline = time.monotonic() + (_PATIENCE if not passed else 0)
            for worker in workers:
                worker.process.send_signal(asked[passed])
            passed += 1
        if failed is None and not asked:
            failed = _failed(workers)
            deadline = deadline if failed is None else time.monotonic() + _GRACE
        if time.monotonic() > deadline:
            for worker in workers:
                worker.process.kill()
    if not asked:
        failed = _failed(workers) if failed is None else failed
        return 0 if failed is None else _report(workers, failed)
    statuses = [worker.process.returncode for worker in workers]
    if set(statuses) <= {0}:
        return 0
    failed = next((rank for rank, status in enumerate(statuses) if status in (1, 2)), None)
    return 128 + asked[0] if failed is None else _report(workers, failed)


def _failed(workers: list[Worker]) -> int | None:
    """The process that has failed, one that was killed first: others end for want of it, by an
    error or, in torch's own threads, by SIGABRT."""
    statuses = {rank: worker.process.returncode for rank, worker in enumerate(workers)}
    failed = [rank for rank, status in statuses.items() if status]
    return min(
        failed,
        key=lambda rank: statuses[rank] > 0 or statuses[rank] == -signal.SIGABRT,
        default=None,
    )


def _report(workers: list[Worker], failed: int) -> int:
    """Says what the first process could not say, and returns the exit status."""
    for worker in workers[1:]:
        assert worker.said is not None
        worker.said.seek(0)
        lines = worker.said.read().decode(errors="replace").splitlines()
        if worker.process.returncode > 0 and lines:
            print("\n".join(lines[-_LINES:]), file=sys.stderr)
    status = workers[failed].process.returncode
    if status > 0:
        return status
    name = signal.Signals(-status).name
    cause = ", perhaps for want of memory" if name == "SIGKILL" else ""
    print(
        f"archc: process {failed} of {len(workers)} was killed by {name}{cause};"
        " the others were stopped",
        file=sys.stderr,
    )
    return 1


def _processes(folder: Path) -> int:
    """How many processes a run had; 1 where that cannot be read, which is reported later."""
    try:
        count = json.loads((folder / "config.json").read_text("utf-8")).get("processes", 1)
    except (OSError, ValueError, AttributeError):
        return 1
    return count if isinstance(count, int) and 0 < count < 1000 else 1


def _follow() -> None:
    """Ends this process when the launcher has ended."""
    os.read(int(os.environ[WATCHED]), 1)
    os._exit(1)
